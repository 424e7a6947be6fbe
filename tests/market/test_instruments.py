"""Terms of instruments without a database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.instruments import default_instrument
from fairlead.market.manifest import SeriesKey, folder_of


def test_unlisted_instrument_trades_always_in_fine_steps() -> None:
    found = default_instrument("binance:BTC-USDT")
    assert (found.venue, found.symbol, found.tick) == ("binance", "BTC-USDT", None)
    assert (found.lot, found.calendar, found.shorting) == (Decimal("1e-8"), "always", True)


def test_indian_instrument_has_lots_ticks_and_sessions() -> None:
    found = default_instrument("nse:SBIN")
    assert (found.lot, found.tick, found.currency) == (Decimal(1), Decimal("0.05"), "INR")
    assert (found.calendar, found.day_offset_ms) == ("XBOM", 19_800_000)


def test_replayed_instrument_has_the_terms_of_its_original() -> None:
    found = default_instrument("replay:nse:SBIN")
    assert (found.key, found.venue, found.symbol) == ("replay:nse:SBIN", "replay", "nse:SBIN")
    assert (found.lot, found.calendar) == (Decimal(1), "XBOM")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "BTC",
        "Binance:BTC",
        ":BTC",
        "x:",
        "x:..",
        "x:.hidden",
        "x:a b",
        "x:a\n",
        "x:" + "a" * 70,
    ],
)
def test_wrong_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="does not name an instrument"):
        default_instrument(key)


@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_no_key_leaves_the_root_of_the_lake(
    tmp_path_factory: pytest.TempPathFactory, venue: str, symbol: str
) -> None:
    root = tmp_path_factory.getbasetemp() / "root"
    try:
        folder = folder_of(root, SeriesKey(f"{venue}:{symbol}", Timeframe(60_000)))
    except InvalidInput:
        return
    assert folder.path.resolve().is_relative_to(root)
    assert len(folder.path.relative_to(root).parts) == 3
