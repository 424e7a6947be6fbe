"""What every provider must do, whatever stands behind it: listed in the catalog is tested here."""

from pathlib import Path

import pytest

from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.fetching import SETTLE_MS, Filled, fill
from fairlead.market.lake import Lake
from fairlead.market.providers.catalog import PROVIDERS
from fairlead.market.providers.port import FailureKind, FetchFailed, Row
from fairlead.simulator.faults import FaultKind
from tests.market.makers import DAY, same_bars
from tests.market.providers.conftest import Upstream

# yfinance uses what the next pandas will drop
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")

# Long enough for an idle machine; a busy one only fails earlier, and in the same way.
HANG_S = 0.7


def rows_of(bars: Bars) -> list[Row]:
    """Return bars as rows."""
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def fetch(upstream: Upstream, start_ms: int, end_ms: int) -> list[tuple[Row, ...]]:
    """Return the pages of a fetch."""
    return list(upstream.open().fetch(upstream.instrument, upstream.timeframe, start_ms, end_ms))


def fill_one(lake: Lake, upstream: Upstream) -> Filled:
    """Fill the upstream's whole period; return what happened to its one series."""
    report = fill(
        lake, upstream.open(), [upstream.instrument], upstream.timeframe,
        upstream.start_ms, upstream.end_ms, now_ms=upstream.now_ms,
    )  # fmt: skip
    return report.filled[0]


def failure_of(upstream: Upstream, instrument: str = "", timeframe: str = "") -> FetchFailed:
    """Return how a fetch of three days fails."""
    wanted = parse_timeframe(timeframe) if timeframe else upstream.timeframe
    with pytest.raises(FetchFailed) as failed:
        list(
            upstream.open().fetch(
                instrument or upstream.instrument, wanted, upstream.start_ms,
                upstream.start_ms + 3 * DAY,
            )
        )  # fmt: skip
    return failed.value


def test_every_provider_of_the_catalog_is_tested_here() -> None:
    assert set(PROVIDERS) == {"ccxt", "csv", "kite", "yfinance"}


def test_all_bars_come_once_and_in_order_over_the_seams_of_pages(upstream: Upstream) -> None:
    pages = fetch(upstream, upstream.start_ms, upstream.end_ms)
    assert len(pages) >= upstream.pages
    assert [row for page in pages for row in page] == rows_of(upstream.bars)


def test_range_is_closed_at_its_start_and_open_at_its_end(upstream: Upstream) -> None:
    some = upstream.bars.slice(7, 31)
    end_ms = int(upstream.bars.ts[31])
    rows = [row for page in fetch(upstream, int(some.ts[0]), end_ms) for row in page]
    assert rows == rows_of(some)


def test_time_without_bars_gives_nothing(upstream: Upstream) -> None:
    assert fetch(upstream, upstream.start_ms - 30 * DAY, upstream.start_ms) == []


def test_unknown_symbol_is_unsupported(upstream: Upstream) -> None:
    failure = failure_of(upstream, upstream.unknown)
    assert failure.kind is FailureKind.UNSUPPORTED_SYMBOL
    assert "NONE" in failure.message


def test_symbol_of_another_venue_is_unsupported(upstream: Upstream) -> None:
    failure = failure_of(upstream, "elsewhere:FAIR-USDT")
    assert failure.kind is FailureKind.UNSUPPORTED_SYMBOL


def test_timeframe_that_is_not_offered_is_told(upstream: Upstream) -> None:
    failure = failure_of(upstream, timeframe="7m")
    assert failure.kind in (FailureKind.EXCEPTION, FailureKind.UNSUPPORTED_SYMBOL)
    assert "7m" in failure.message


def test_upstream_that_hangs_costs_its_instrument_and_no_more(
    upstream: Upstream, tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    wanted = ([upstream.instrument], upstream.timeframe, upstream.start_ms,
              upstream.start_ms + 3 * DAY)  # fmt: skip
    upstream.switch(FaultKind.HANG, 0)
    report = fill(lake, upstream.open(HANG_S), *wanted, now_ms=upstream.now_ms)
    (group,) = report.failures
    assert group.kind is FailureKind.TIMEOUT
    upstream.switch(None, 0)
    again = fill(lake, upstream.open(), *wanted, now_ms=upstream.now_ms)
    assert again.failures == ()
    assert again.filled[0].added == again.filled[0].missing > 0


@pytest.mark.parametrize("kind", [FaultKind.HTTP_500, FaultKind.CUT_BODY])
def test_upstream_that_breaks_is_an_exception_in_its_own_words(
    upstream: Upstream, kind: FaultKind
) -> None:
    upstream.switch(kind, 0)
    failure = failure_of(upstream)
    assert failure.kind is FailureKind.EXCEPTION
    assert len(failure.message) > 10


@pytest.mark.parametrize(
    "kind", [FaultKind.HTTP_500, FaultKind.HTTP_429, FaultKind.CUT_BODY, FaultKind.HTTP_403]
)
def test_upstream_that_is_busy_for_a_moment_is_asked_again(
    bybit: Upstream, kind: FaultKind
) -> None:
    bybit.switch(kind, 2)
    pages = fetch(bybit, bybit.start_ms, bybit.end_ms)
    assert [row for page in pages for row in page] == rows_of(bybit.bars)


@pytest.mark.parametrize("kind", [FaultKind.HTTP_429, FaultKind.CUT_BODY])
def test_kite_that_is_busy_for_a_moment_is_asked_again(kite: Upstream, kind: FaultKind) -> None:
    kite.switch(kind, 2)
    pages = fetch(kite, kite.start_ms, kite.end_ms)
    assert [row for page in pages for row in page] == rows_of(kite.bars)


@pytest.mark.parametrize("kind", [FaultKind.UNSORTED, FaultKind.DUPLICATE])
def test_rows_out_of_order_or_twice_become_the_right_series(
    upstream: Upstream, kind: FaultKind, tmp_path: Path
) -> None:
    upstream.switch(kind, 0)
    lake = Lake(tmp_path / "lake")
    filled = fill_one(lake, upstream)
    assert (filled.failure, filled.left) == (None, 0)
    assert same_bars(lake.bars(upstream.instrument, upstream.timeframe), upstream.bars)


def test_impossible_rows_are_kept_aside_and_never_repaired(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.switch(FaultKind.IMPOSSIBLE, 0)
    lake = Lake(tmp_path / "lake")
    filled = fill_one(lake, upstream)
    assert filled.reasons.get("high_below_low", 0) == filled.rejected > 0
    assert filled.added + filled.rejected == len(upstream.bars)
    assert filled.left == filled.rejected
    assert all(Path(path).exists() for path in filled.rejects_files)
    kept = lake.bars(upstream.instrument, upstream.timeframe)
    known = set(rows_of(upstream.bars))
    assert all(row in known for row in rows_of(kept))


def test_bars_of_another_timeframe_are_refused_and_nothing_is_stored(
    upstream: Upstream, tmp_path: Path
) -> None:
    upstream.switch(FaultKind.WRONG_TIMEFRAME, 0)
    lake = Lake(tmp_path / "lake")
    filled = fill_one(lake, upstream)
    assert filled.failure is not None
    assert filled.failure.kind is FailureKind.EXCEPTION
    assert filled.added == 0
    assert not lake.has(upstream.instrument, upstream.timeframe)


def test_upstream_that_says_nothing_has_no_data(upstream: Upstream, tmp_path: Path) -> None:
    upstream.switch(FaultKind.EMPTY, 0)
    filled = fill_one(Lake(tmp_path / "lake"), upstream)
    assert filled.failure is not None
    assert filled.failure.kind is FailureKind.NO_DATA


def test_bar_that_still_runs_is_never_stored(upstream: Upstream, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    last = int(upstream.bars.ts[40])
    closing_ms = last + upstream.bars.timeframe_ms
    for now_ms, bars in ((closing_ms, 40), (closing_ms + SETTLE_MS, 41)):
        fill(lake, upstream.open(), [upstream.instrument], upstream.timeframe,
             upstream.start_ms, upstream.end_ms, now_ms=now_ms)  # fmt: skip
        assert len(lake.bars(upstream.instrument, upstream.timeframe)) == bars
