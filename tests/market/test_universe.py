"""Ranks and memberships as they could be known at the time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.market.calendars import load_calendar
from fairlead.market.lake import Lake
from fairlead.market.membership import entries_allowed
from fairlead.market.universe import (
    Universe,
    candidates,
    membership,
    quote_of,
    rank_by_liquidity,
    read_universe,
    whitelist_at,
)
from tests.market.makers import DAY, HOUR, START, make_bars, pick

NAMES = tuple(f"x:N{k}-USDT" for k in range(6))
WEEK = Universe("x", "USDT", 2, rebalance_ms=7 * DAY, lookback_days=7)


def bars_of(days: int, volume: float, *, start: int = START, step: int = HOUR) -> Bars:
    """Return bars of one price with `volume` each."""
    count = days * DAY // step
    flat = np.full(count, 100.0)
    ts = start + np.arange(count, dtype=np.int64) * step
    return Bars(ts, flat, flat, flat, flat, np.full(count, volume), step)


def lake_of(root: Path, volumes: dict[str, float], days: int = 60) -> Lake:
    """Return a lake of instruments with a volume each."""
    lake = Lake(root)
    for name, volume in volumes.items():
        lake.append(name, "1h", bars_of(days, volume))
    return lake


def test_rank_is_by_median_daily_quote_volume_best_first(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, dict(zip(NAMES, (3.0, 1.0, 5.0, 4.0, 2.0, 6.0), strict=True)))
    ranked = rank_by_liquidity(lake, NAMES, "1h", START + 40 * DAY)
    assert [each.instrument for each in ranked] == [NAMES[k] for k in (5, 2, 3, 0, 4, 1)]
    assert ranked[0].quote_volume == 24 * 6.0 * 100
    assert ranked[0].bars == 30 * 24
    assert ranked[0].last_ts == START + 40 * DAY - HOUR


def test_one_wild_day_does_not_make_an_instrument_liquid(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, {NAMES[0]: 2.0}, days=60)
    wild = bars_of(60, 1.0)
    wild.volume[24 * 35 : 24 * 36] = 1e9
    lake.append(NAMES[1], "1h", wild)
    ranked = rank_by_liquidity(lake, NAMES[:2], "1h", START + 40 * DAY)
    assert [each.instrument for each in ranked] == [NAMES[0], NAMES[1]]


def test_unfinished_day_does_not_count(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, {NAMES[0]: 1.0})
    noon = START + 40 * DAY + 12 * HOUR
    at_noon = rank_by_liquidity(lake, NAMES[:1], "1h", noon, 3)
    at_midnight = rank_by_liquidity(lake, NAMES[:1], "1h", START + 40 * DAY, 3)
    assert at_noon == at_midnight


def test_delisted_instrument_ranks_while_it_traded_and_not_after(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, {NAMES[0]: 1.0})
    lake.append(NAMES[1], "1h", bars_of(20, 9.0))
    then = rank_by_liquidity(lake, NAMES[:2], "1h", START + 20 * DAY, 10)
    later = rank_by_liquidity(lake, NAMES[:2], "1h", START + 24 * DAY, 10)
    assert [each.instrument for each in then] == [NAMES[1], NAMES[0]]
    assert [each.instrument for each in later] == [NAMES[0]]


def test_newly_listed_instrument_is_not_flattered(tmp_path: Path) -> None:
    lake = lake_of(tmp_path, {NAMES[0]: 1.0})
    lake.append(NAMES[1], "1h", bars_of(5, 9.0, start=START + 35 * DAY))
    ranked = rank_by_liquidity(lake, NAMES[:2], "1h", START + 40 * DAY, 30)
    assert [(each.instrument, each.quote_volume > 0) for each in ranked] == [
        (NAMES[0], True), (NAMES[1], False)
    ]  # fmt: skip


def test_week_ends_of_an_exchange_do_not_lower_the_median(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    ts = load_calendar("XBOM").expected(START, START + 60 * DAY, DAY, 0)
    flat = np.full(len(ts), 10.0)
    lake.append("nse:A", "1d", Bars(ts, flat, flat, flat, flat, flat, DAY))
    (ranked,) = rank_by_liquidity(lake, ["nse:A"], "1d", START + 40 * DAY, 10)
    assert ranked.quote_volume == 100.0
    assert ranked.bars < 10


def poisoned_pair(root: Path, as_of: int, seed: int) -> tuple[Lake, Lake]:
    """Return two lakes that agree on what had closed at `as_of`, and on nothing later."""
    rng = np.random.default_rng(seed)
    honest, poisoned = Lake(root / "honest"), Lake(root / "poisoned")
    for name in NAMES[:4]:
        bars = bars_of(30, float(rng.uniform(1, 100)), step=4 * HOUR)
        honest.append(name, "4h", bars)
        later = bars.ts + bars.timeframe_ms > as_of
        bars.volume[later] = rng.uniform(0, 1e12, int(later.sum()))
        poisoned.append(
            name, "4h", pick(bars, np.flatnonzero(~later | (rng.random(len(bars)) < 0.5)))
        )
    return honest, poisoned


@settings(max_examples=15)
@given(st.integers(8, 26), st.integers(0, 23), st.integers(0, 2**32 - 1))
def test_no_later_bar_is_ever_read(
    tmp_path_factory: pytest.TempPathFactory, day: int, hour: int, seed: int
) -> None:
    as_of = START + day * DAY + hour * HOUR
    pair = poisoned_pair(tmp_path_factory.mktemp("lakes"), as_of, seed)
    ranks = [rank_by_liquidity(lake, NAMES[:4], "4h", as_of, 7) for lake in pair]
    assert ranks[0] == ranks[1]
    assert len(ranks[0]) == 4
    lists = [whitelist_at(lake, WEEK, "4h", as_of) for lake in pair]
    assert lists[0] == lists[1]
    members = [membership(lake, WEEK, "4h", START, as_of) for lake in pair]
    assert members[0] == members[1]


def test_rank_that_looks_a_few_hours_ahead_would_be_found(tmp_path: Path) -> None:
    as_of = START + 10 * DAY
    pair = poisoned_pair(tmp_path, as_of, 1)
    ahead = [rank_by_liquidity(lake, NAMES[:4], "4h", as_of + DAY, 1) for lake in pair]
    assert ahead[0] != ahead[1]


def test_membership_changes_at_rebalances_only_and_agrees_with_the_whitelist(
    tmp_path: Path,
) -> None:
    lake = lake_of(tmp_path, {NAMES[0]: 5.0, NAMES[1]: 4.0})
    rising = bars_of(60, 1.0)
    rising.volume[24 * 30 :] = 50.0
    lake.append(NAMES[2], "1h", rising)
    start, end = START + 10 * DAY + HOUR, START + 58 * DAY
    members = membership(lake, WEEK, "1h", start, end)
    assert set(members) == set(NAMES[:3])
    assert members[NAMES[0]] == ((start, end),)
    for ts in range(start, end, 35 * HOUR):
        inside = {name for name, spans in members.items() if any(a <= ts < b for a, b in spans)}
        assert inside == set(whitelist_at(lake, WEEK, "1h", ts))
    assert all(
        edge in (start, end) or edge % WEEK.rebalance_ms == 0
        for spans in members.values()
        for span in spans
        for edge in span
    )


def test_periods_that_overlap_agree_on_the_time_they_share(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for seed, name in enumerate(NAMES):
        lake.append(name, "4h", make_bars(350, seed=seed, timeframe_ms=4 * HOUR))
    long = membership(lake, WEEK, "4h", START, START + 58 * DAY)
    short = membership(lake, WEEK, "4h", START + 30 * DAY, START + 45 * DAY)
    clipped = {
        name: tuple(
            (max(a, START + 30 * DAY), min(b, START + 45 * DAY))
            for a, b in spans
            if a < START + 45 * DAY and b > START + 30 * DAY
        )
        for name, spans in long.items()
    }
    assert {name: spans for name, spans in clipped.items() if spans} == short


def test_entries_are_judged_at_the_close_of_their_bar() -> None:
    ts = START + np.arange(5, dtype=np.int64) * HOUR
    allowed = entries_allowed(ts, HOUR, [(START + 2 * HOUR, START + 4 * HOUR)])
    assert allowed.tolist() == [False, True, True, False, False]


def test_candidates_are_of_one_venue_quote_and_timeframe(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    for name in ("x:A-USDT", "x:A-USDT-PERP", "x:A-BTC", "y:A-USDT", "x:B/USDT:USDT"):
        lake.append(name, "1h", make_bars(3))
    lake.append("x:D-USDT", "1d", make_bars(3, timeframe_ms=DAY))
    assert set(candidates(lake, "x", "USDT", "1h")) == {
        "x:A-USDT", "x:A-USDT-PERP", "x:B/USDT:USDT"
    }  # fmt: skip
    assert len(candidates(lake, "x", "", "60")) == 4
    assert quote_of("nse:SBIN") == "INR"


def test_universe_is_read_and_each_fault_is_named() -> None:
    document = {"kind": "top", "venue": "bybit", "quote": "USDT", "count": 20, "rebalance": "7d"}
    assert read_universe(document) == Universe("bybit", "USDT", 20, 7 * DAY, 30)
    for change, path in (
        ({"kind": "all"}, "/universe"),
        ({"venue": ""}, "/universe/venue"),
        ({"count": 0}, "/universe/count"),
        ({"count": True}, "/universe/count"),
        ({"rebalance": "soon"}, "/universe/rebalance"),
        ({"more": 1}, "/universe"),
    ):
        with pytest.raises(InvalidInput) as refused:
            read_universe({**document, **change})
        assert refused.value.path == path


def test_rank_of_bars_longer_than_a_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="by day"):
        candidates(Lake(tmp_path), "x", "", "7d")
