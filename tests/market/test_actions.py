"""Splits: found in raw prices, adjusted only when confirmed, excluded by name until then."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InternalDefect, InvalidInput
from fairlead.kernel.series import Bars
from fairlead.market.action_book import (
    ActionBook,
    backtest_bars,
    exclusions,
    research_bars,
    suspects_of,
)
from fairlead.market.actions import (
    RATIOS,
    Action,
    ActionStatus,
    adjust,
    detect_splits,
    read_ratio,
    unresolved,
)
from fairlead.market.calendars import load_calendar
from fairlead.market.lake import Lake
from tests.market.makers import DAY, HOUR, START, make_bars, same_bars

INDIA = load_calendar("XBOM")
AT = 60  # the bar that opens after the split


def sessions(count: int = 120, seed: int = 1, timeframe_ms: int = DAY) -> Bars:
    """Return bars of an Indian share without any split."""
    phase = INDIA.anchor(timeframe_ms)
    ts = INDIA.expected(START, START + 400 * DAY, timeframe_ms, phase)[:count]
    walk = make_bars(count, seed=seed, timeframe_ms=timeframe_ms)
    volume = 1_000 + walk.volume
    return Bars(ts, walk.open, walk.high, walk.low, walk.close, volume, timeframe_ms)


def split(bars: Bars, ratio: Fraction, at: int = AT) -> Bars:
    """Return raw prices of a share that split before bar `at`."""
    factor = np.where(np.arange(len(bars)) >= at, float(ratio), 1.0)
    return replace(
        bars,
        open=bars.open * factor,
        high=bars.high * factor,
        low=bars.low * factor,
        close=bars.close * factor,
        volume=bars.volume / factor,
    )


def day_of(bars: Bars, at: int = AT) -> str:
    """Return the venue's date of a bar."""
    local = INDIA.local(bars.ts[at : at + 1])[0]
    return str(np.datetime64(int(local), "ms").astype("datetime64[D]"))


def confirmed(bars: Bars, ratio: Fraction, at: int = AT) -> Action:
    """Return a confirmed split before bar `at`."""
    return Action("nse:A", day_of(bars, at), ratio, ActionStatus.CONFIRMED)


@settings(max_examples=40)
@given(st.sampled_from(RATIOS), st.integers(1, 50))
def test_every_simple_ratio_is_found_on_its_day_and_clear(ratio: Fraction, seed: int) -> None:
    raw = split(sessions(seed=seed), ratio)
    (suspect,) = detect_splits(raw, INDIA)
    assert (suspect.day, suspect.ts) == (day_of(raw), int(raw.ts[AT]))
    assert suspect.ratio == ratio
    if ratio <= 2:
        assert suspect.clear
    if ratio >= 3:  # far fewer shares, so far less volume: a person looks at it
        assert "hardly anything" in suspect.why


@pytest.mark.parametrize("seed", range(30))
def test_share_that_never_split_has_no_suspect(seed: int) -> None:
    assert detect_splits(sessions(seed=seed), INDIA) == []


def test_split_is_found_between_the_days_of_hourly_bars(tmp_path: Path) -> None:
    hourly = sessions(200, timeframe_ms=HOUR)
    days = INDIA.local(hourly.ts) // DAY
    opening = int(np.flatnonzero(np.diff(days))[10]) + 1
    (suspect,) = detect_splits(split(hourly, Fraction(1, 5), opening), INDIA)
    assert (suspect.day, suspect.ratio) == (day_of(hourly, opening), Fraction(1, 5))
    assert detect_splits(split(hourly, Fraction(1, 5), opening + 2), INDIA) == []


def test_crash_that_matches_no_ratio_is_not_clear() -> None:
    (suspect,) = detect_splits(split(sessions(), Fraction(57, 100)), INDIA)
    assert suspect.ratio is None
    assert "no simple ratio" in suspect.why


def test_price_that_recovers_is_not_clear() -> None:
    whole = sessions()
    one_bad_open = replace(whole, open=whole.open.copy(), low=whole.low.copy())
    one_bad_open.open[AT] = whole.close[AT - 1] / 2
    one_bad_open.low[AT] = one_bad_open.open[AT]
    (suspect,) = detect_splits(one_bad_open, INDIA)
    assert "did not stay" in suspect.why


def test_price_that_halves_on_enormous_turnover_is_not_clear() -> None:
    raw = split(sessions(), Fraction(1, 2))
    raw.volume[AT:] *= 4
    (suspect,) = detect_splits(raw, INDIA)
    assert "as on news" in suspect.why


def test_price_that_halves_while_nothing_trades_is_not_clear() -> None:
    raw = split(sessions(), Fraction(1, 2))
    raw.volume[AT:] /= 100
    (suspect,) = detect_splits(raw, INDIA)
    assert "hardly anything" in suspect.why


def test_split_of_yesterday_is_not_clear_yet() -> None:
    raw = split(sessions(AT + 2), Fraction(1, 2))
    (suspect,) = detect_splits(raw, INDIA)
    assert suspect.why == "only 2 days follow it"


@settings(max_examples=40)
@given(st.sampled_from(RATIOS), st.integers(1, 20))
def test_adjusted_prices_are_those_without_a_split_and_turnover_stays(
    ratio: Fraction, seed: int
) -> None:
    whole = sessions(seed=seed)
    raw = split(whole, ratio)
    found = adjust(raw, [confirmed(raw, ratio)], INDIA)
    for name in ("open", "high", "low", "close"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name) * float(ratio))
    np.testing.assert_allclose(found.close * found.volume, raw.close * raw.volume)
    assert same_bars(found.slice(AT, len(raw)), raw.slice(AT, len(raw)))
    assert detect_splits(found, INDIA) == []


def test_several_splits_multiply_and_a_rejected_one_changes_nothing() -> None:
    raw = split(split(sessions(), Fraction(1, 5), 30), Fraction(1, 2), 90)
    both = [confirmed(raw, Fraction(1, 5), 30), confirmed(raw, Fraction(1, 2), 90)]
    found = adjust(raw, both, INDIA)
    np.testing.assert_allclose(found.close[:30], raw.close[:30] / 10)
    np.testing.assert_allclose(found.close[30:90], raw.close[30:90] / 2)
    rejected = [replace(action, status=ActionStatus.REJECTED) for action in both]
    assert adjust(raw, rejected, INDIA) is raw
    assert unresolved(detect_splits(raw, INDIA), rejected) == []
    assert len(unresolved(detect_splits(raw, INDIA), both[:1])) == 1


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Return a lake with a share that split, one that did not, and a coin that halved."""
    lake = Lake(tmp_path / "lake")
    lake.append("nse:A", "1d", split(sessions(), Fraction(1, 5)))
    lake.append("nse:B", "1d", sessions(seed=2))
    coin = split(make_bars(120, timeframe_ms=DAY), Fraction(1, 2))
    lake.append("x:C-USDT", "1d", coin)
    return lake


def test_series_with_an_open_question_is_excluded_by_name(lake: Lake) -> None:
    names = ["nse:A", "nse:B", "x:C-USDT", "nse:NONE"]
    excluded = exclusions(lake, names, "1d", ())
    assert set(excluded) == {"nse:A"}
    day = day_of(lake.bars("nse:A", "1d"))
    assert day in excluded["nse:A"]
    with pytest.raises(InvalidInput, match="nse:A may have split"):
        research_bars(lake, "nse:A", "1d", ())
    assert same_bars(research_bars(lake, "nse:B", "1d", ()), lake.bars("nse:B", "1d"))
    assert suspects_of(lake, "x:C-USDT", "1d") == []


def test_research_takes_adjusted_prices_and_the_lake_keeps_the_raw_ones(lake: Lake) -> None:
    raw = lake.bars("nse:A", "1d")
    book = ActionBook(lake.root)
    book.put([confirmed(raw, Fraction(1, 5))])
    assert exclusions(lake, ["nse:A"], "1d", book.all()) == {}
    np.testing.assert_allclose(
        research_bars(lake, "nse:A", "1d", book.all()).close, sessions().close / 5
    )
    assert same_bars(lake.bars("nse:A", "1d"), raw)
    assert lake.bars("nse:A", "1d").close[0] == sessions().close[0]


def test_run_that_ends_before_a_split_does_not_know_of_it(lake: Lake) -> None:
    raw = lake.bars("nse:A", "1d")
    end_ms = int(raw.ts[AT - 1]) + 1
    known = [confirmed(raw, Fraction(1, 5))]
    found = research_bars(lake, "nse:A", "1d", known, None, end_ms)
    assert same_bars(found, raw.slice(0, AT))


def test_book_keeps_the_last_word_on_each_day(tmp_path: Path) -> None:
    book = ActionBook(tmp_path)
    assert book.all() == ()
    first = Action("nse:A", "2024-02-01", Fraction(1, 5), ActionStatus.CONFIRMED, "given", "BSE")
    other = Action("nse:B", "2024-02-01", Fraction(2, 3), ActionStatus.CONFIRMED)
    book.put([other, first])
    assert ActionBook(tmp_path).all() == (first, other)
    book.put([replace(first, ratio=Fraction(1, 10))])
    assert [action.ratio for action in book.of("nse:A")] == [Fraction(1, 10)]


def test_damaged_book_is_told_and_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "actions.json").write_text("{")
    with pytest.raises(InternalDefect, match="damaged"):
        ActionBook(tmp_path).put([])
    assert (tmp_path / "actions.json").read_text() == "{"


@pytest.mark.parametrize("text", ["", "5", "1:0", "0:5", "-1:5", "1:5:2", "one:two", "1:99999"])
def test_ratio_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="no ratio"):
        read_ratio(text)


def test_named_series_is_tested_adjusted_and_open_questions_are_said(lake: Lake) -> None:
    raw = lake.bars("nse:A", "1d")
    bars, notes = backtest_bars(lake, "nse:A", "1d")
    assert same_bars(bars, raw)
    assert "nse:A may have split" in notes[0]
    ActionBook(lake.root).put([confirmed(raw, Fraction(1, 5))])
    bars, notes = backtest_bars(lake, "nse:A", "1d")
    np.testing.assert_allclose(bars.close, sessions().close / 5)
    assert notes == (f"Prices before {day_of(raw)} are adjusted for the split 1:5.",)
    before, notes = backtest_bars(lake, "nse:A", "1d", int(raw.ts[AT - 1]))
    assert same_bars(before, raw)
    assert notes == ()
    coin, notes = backtest_bars(lake, "x:C-USDT", "1d", 2**62)
    assert (same_bars(coin, lake.bars("x:C-USDT", "1d")), notes) == (True, ())
