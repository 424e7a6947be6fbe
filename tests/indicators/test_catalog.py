"""Whatever is listed in the catalog can be computed, and refuses what it cannot use."""

import math
import subprocess
import sys

import pytest

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import SOURCES
from fairlead.indicators.scans import SCANS
from fairlead.indicators.sources import source_of
from tests.indicators.markets import market


def test_every_listed_indicator_is_computed_and_no_other() -> None:
    assert set(SCANS) == set(INDICATORS)


@pytest.mark.parametrize("name", INDICATORS)
def test_entry_says_what_it_is(name: str) -> None:
    entry = INDICATORS[name]
    assert entry.name == name
    assert entry.title
    assert entry.reference
    assert len(entry.scan(market(400, 1), {})) == len(entry.outputs)
    for setting in entry.parameters:
        assert setting.fault(setting.default) is None
        assert setting.low <= setting.high


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("sma", {"length": 3}, "no parameter 'length'"),
        ("sma", {"window": 0}, "a whole number from 1 to 5000"),
        ("sma", {"window": 2.5}, "a whole number"),
        ("sma", {"window": math.nan}, "a whole number"),
        ("bollinger", {"multiple": math.inf}, "a number from 0.1 to 20"),
        ("macd", {"fast": 26, "slow": 12}, "expected fast below slow"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    name: str, values: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        INDICATORS[name].scan(market(20, 1), values)


def test_source_is_chosen_only_where_it_can_be() -> None:
    bars = market(50, 1)
    (average,) = INDICATORS["sma"].scan(bars, {"window": 1}, source="open")
    assert (average == bars.open).all()
    with pytest.raises(ValueError, match="reads close only"):
        INDICATORS["atr"].scan(bars, {}, source="open")
    with pytest.raises(ValueError, match="expected one of open"):
        INDICATORS["sma"].scan(bars, {}, source="price")


def test_sources_are_what_their_names_say() -> None:
    bars = market(50, 2)
    for name in SOURCES:
        assert source_of(bars, name).shape == (50,)
    assert source_of(bars, "hl2") == pytest.approx((bars.high + bars.low) / 2)
    assert source_of(bars, "hlc3") == pytest.approx((bars.high + bars.low + bars.close) / 3)
    everything = bars.open + bars.high + bars.low + bars.close
    assert source_of(bars, "ohlc4") == pytest.approx(everything / 4)
    assert (source_of(bars, "body_ratio") <= 1).all()


def test_catalog_is_read_without_the_compiler() -> None:
    program = (
        "import sys, fairlead.indicators.catalog, fairlead.strategies.routes\n"
        "print('numba' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
