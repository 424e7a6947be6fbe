"""Series that are filled by themselves, by the provider of their venue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fairlead.infra.clock import ManualClock
from fairlead.infra.errors import InvalidInput
from fairlead.market.autofetch import AutoFetch, read_venues
from fairlead.market.lake import Lake
from fairlead.market.providers.catalog import ProviderConfig
from fairlead.market.providers.port import FailureKind, FetchFailed
from fairlead.simulator.faults import FaultKind
from tests.market.makers import DAY, HOUR, START, make_bars, same_bars
from tests.market.providers.conftest import Upstream, bybit  # noqa: F401  # a fixture
from tests.market.providers.test_contract import HANG_S


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture
def venue(bybit: Upstream) -> Iterator[Upstream]:  # noqa: F811
    bybit.switch(None, 0)
    yield bybit
    bybit.switch(None, 0)


def fetch_of(lake: Lake, venue: Upstream, timeout_s: float = 60.0) -> AutoFetch:
    """Return a fetch of Bybit whose clock stands where the venue's does."""
    clock = ManualClock()
    clock.sleep((venue.now_ms - clock.now_ms()) / 1_000)
    config = ProviderConfig(timeout_s, venue.config.roots)
    return AutoFetch(lake, {"bybit": "ccxt:bybit"}, config, clock)


def test_series_of_a_named_venue_is_filled_up_to_its_end(lake: Lake, venue: Upstream) -> None:
    lake.append(venue.instrument, "1h", venue.bars.slice(0, 400))
    fetch = fetch_of(lake, venue)
    fetch.ensure(venue.instrument, "1h", START, START + 700 * HOUR)
    assert same_bars(lake.bars(venue.instrument, "1h"), venue.bars.slice(0, 700))
    fetch.ensure(venue.instrument, "1h", START - 50 * HOUR, 2**62)
    assert same_bars(lake.bars(venue.instrument, "1h"), venue.bars)


def test_series_without_a_first_day_begins_five_years_back(lake: Lake, venue: Upstream) -> None:
    fetch = fetch_of(lake, venue)
    fetch.ensure(venue.instrument, "1d", -(2**62), 2**62)
    held = lake.bars(venue.instrument, "1d")
    assert int(held.ts[0]) == -(-(venue.now_ms - 5 * 365 * DAY) // DAY) * DAY
    assert int(held.ts[-1]) <= venue.now_ms - DAY


def test_series_of_another_venue_is_left_alone(lake: Lake, venue: Upstream) -> None:
    lake.append("binance:FAIR-USDT", "1h", make_bars(10))
    fetch_of(lake, venue).ensure("binance:FAIR-USDT", "1h", START, START + 50 * HOUR)
    assert len(lake.bars("binance:FAIR-USDT", "1h")) == 10


def test_unknown_symbol_is_told_by_its_kind(lake: Lake, venue: Upstream) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetch_of(lake, venue).ensure(venue.unknown, "1h", START, START + 50 * HOUR)
    assert failed.value.kind is FailureKind.UNSUPPORTED_SYMBOL


def test_provider_that_hangs_is_not_waited_for_again_and_again(lake: Lake, venue: Upstream) -> None:
    fetch = fetch_of(lake, venue, HANG_S)
    venue.switch(FaultKind.HANG, 0)
    words = []
    for days in range(1, 8):
        with pytest.raises(FetchFailed) as failed:
            fetch.ensure(venue.instrument, "1h", START, START + days * DAY)
        assert failed.value.kind is FailureKind.TIMEOUT
        words.append(failed.value.message)
    assert [("was not asked" in each) for each in words] == [False] * 5 + [True] * 2


def test_setting_names_venues_and_providers() -> None:
    assert read_venues("") == {}
    assert read_venues("bybit=ccxt:bybit, nse=kite") == {"bybit": "ccxt:bybit", "nse": "kite"}
    for wrong in ("bybit", "=kite", "bybit="):
        with pytest.raises(InvalidInput, match="names no venue"):
            read_venues(wrong)
