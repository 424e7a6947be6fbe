"""Series of an AutoBuild whose bars are fetched first."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.infra.clock import ManualClock
from fairlead.infra.errors import NotFound
from fairlead.market.autofetch import AutoFetch
from fairlead.market.lake import Lake
from fairlead.market.providers.catalog import ProviderConfig
from fairlead.market.providers.port import FailureKind, FetchFailed
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.estimating import estimate_of, refuse_hopeless
from fairlead.research.autobuild.executor import failure_of
from fairlead.research.autobuild.filled import FilledCandles
from fairlead.research.autobuild.ports import LakeCandles
from fairlead.research.jsonable import Json
from tests.market.makers import HOUR, START, csv_rows, make_bars, same_bars, write_csv

DOCUMENT: Mapping[str, Json] = {
    "venues": ["x"],
    "universe": {"mode": "whitelist", "whitelist": ["x:A-USDT", "x:NONE"]},
    "timeframe": "1h",
    "history": {"from": "2024-01-01", "to": "2024-03-01", "minimum_days": 30},
}
CONSTRAINTS = read_constraints(DOCUMENT)


@pytest.fixture
def candles(tmp_path: Path) -> FilledCandles:
    folder, lake = tmp_path / "files", Lake(tmp_path / "lake")
    folder.mkdir()
    write_csv(folder / "x_A-USDT_1h.csv", csv_rows(make_bars(60 * 24)))
    clock = ManualClock()
    clock.sleep(90 * 24 * 3_600)
    fetch = AutoFetch(lake, {"x": "csv"}, ProviderConfig(folder=folder), clock)
    return FilledCandles(LakeCandles(lake), fetch)


def test_series_that_is_not_there_is_fetched_whole(candles: FilledCandles) -> None:
    found = candles.ensure("x:A-USDT", CONSTRAINTS)
    assert (found.bars, found.start_ms) == (60 * 24, START)
    assert same_bars(found.open(), make_bars(60 * 24))


def test_failure_keeps_its_kind_and_says_what_to_do(candles: FilledCandles) -> None:
    with pytest.raises(FetchFailed) as failed:
        candles.ensure("x:NONE", CONSTRAINTS)
    assert failed.value.kind is FailureKind.UNSUPPORTED_SYMBOL
    failure = failure_of("x:NONE", failed.value)
    assert failure.error_kind == "unsupported_symbol"
    assert "Check the symbol" in failure.action


def test_universe_without_data_is_refused_unless_it_will_be_fetched() -> None:
    estimate = estimate_of(CONSTRAINTS, [], START + 90 * 24 * HOUR)
    refuse_hopeless(CONSTRAINTS, estimate, {"x": "csv"})
    for fetched in ((), ("y",)):
        with pytest.raises(NotFound, match="nothing to build on"):
            refuse_hopeless(CONSTRAINTS, estimate, fetched)
