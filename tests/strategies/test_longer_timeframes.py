"""Series of a longer timeframe in conditions: when they are seen, and what a definition may say."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.kernel.series import Bars, bars_of
from fairlead.live.admission import WARM_UP_MARGIN
from fairlead.market.calendars import SessionCalendar, load_calendar
from fairlead.market.instruments import IST_OFFSET_MS, default_instrument
from fairlead.research.proof.prove import prove_version
from fairlead.strategies.faults import InvalidDefinition
from fairlead.strategies.kinds.rules.columns import ColumnCache, column_of
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.lower import ColumnKey
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.sessions import VenueDay, sessions_of, slots_holding
from fairlead.strategies.source import version_hash
from tests.indicators.markets import HOUR_MS, market
from tests.strategies.definitions import compiled, crossover, plain

MINUTE_MS, DAY_MS = 60_000, 86_400_000
WEEK_MS = 7 * DAY_MS
NSE = default_instrument("nse:RELIANCE")
NSE_DAY = VenueDay(IST_OFFSET_MS, "XBOM")
Blocks = list[tuple[int, int]]


def clock_oracle(bars: Bars, longer_ms: int, offset_ms: int) -> Blocks:
    """Return for each bar when its longer bar begins and ends, counted from local midnight."""
    blocks = []
    for ts in bars.ts.tolist():
        monday = 4 * DAY_MS if longer_ms == WEEK_MS else 0
        into = (ts + offset_ms - monday) % longer_ms
        blocks.append((ts - into, ts - into + longer_ms))
    return blocks


def session_oracle(bars: Bars, longer_ms: int, calendar: SessionCalendar) -> Blocks:
    """Return the same, counted from each session's open and cut at its close."""
    windows: dict[int, tuple[int, int]] = {}
    for owner, opened, closed in zip(
        calendar.owner.tolist(), calendar.open_ms.tolist(), calendar.close_ms.tolist(), strict=True
    ):
        day = int(calendar.day[owner])
        first, _ = windows.get(day, (opened, closed))
        windows[day] = (first, closed)
    blocks = []
    for ts in bars.ts.tolist():
        day = (ts + IST_OFFSET_MS) // DAY_MS
        opened, closed = windows[day]
        assert opened <= ts < closed
        if longer_ms >= DAY_MS:
            # 1970-01-05 was a Monday
            span = longer_ms // DAY_MS
            first = day - (day - 4) % span if span == 7 else day - day % span
            held = [windows[each] for each in range(first, first + span) if each in windows]
            blocks.append((first, held[-1][1]))
        else:
            start = opened + (ts - opened) // longer_ms * longer_ms
            blocks.append((start, min(start + longer_ms, closed)))
    return blocks


def joined_oracle(bars: Bars, blocks: Blocks, ago: int = 0, window: int = 1) -> Iterator[float]:
    """Yield at each bar the mean of the last closes of longer bars whose end has come."""
    for i in range(len(bars)):
        now = int(bars.ts[i]) + bars.timeframe_ms
        closes = []
        for (_, end), group in itertools.groupby(range(i + 1), key=lambda j: blocks[j]):
            if end <= now:
                closes.append(float(bars.close[list(group)[-1]]))
        closes = closes[: len(closes) - ago]
        yield sum(closes[-window:]) / window if len(closes) >= window else float("nan")


def nse_bars(days: int, timeframe_ms: int, seed: int, missing: float = 0.0) -> Bars:
    """Return bars of the sessions that the calendar knows, from a seeded day of 2022 on."""
    calendar = load_calendar("XBOM")
    assert isinstance(calendar, SessionCalendar)
    rng = np.random.default_rng(seed)
    first = int(np.searchsorted(calendar.open_ms, 1_641_000_000_000)) + int(rng.integers(0, 200))
    grids = [
        np.arange(calendar.open_ms[w], calendar.close_ms[w], timeframe_ms)
        for w in range(first, first + days)
    ]
    ts = np.concatenate(grids)
    ts = ts[rng.random(len(ts)) >= missing]
    flat = market(len(ts), seed, timeframe_ms=timeframe_ms, missing=0.0, holes=0, tick=0.05)
    return bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, timeframe_ms)


def column(bars: Bars, key: ColumnKey, venue: VenueDay) -> list[float]:
    found: list[float] = column_of(bars, key, ColumnCache().of(bars, venue), venue).tolist()
    return found


def equal(found: list[float], expected: list[float]) -> bool:
    return bool(np.allclose(found, expected, rtol=1e-12, atol=0.0, equal_nan=True))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 9_999),
    longer_ms=st.sampled_from([2 * HOUR_MS, 4 * HOUR_MS, DAY_MS, WEEK_MS]),
    offset_ms=st.sampled_from([0, IST_OFFSET_MS]),
    ago=st.integers(0, 2),
)
def test_price_of_longer_bars_is_that_of_an_oracle(
    seed: int, longer_ms: int, offset_ms: int, ago: int
) -> None:
    bars = market(250, seed, missing=0.2)
    key = ColumnKey("", "close", (), 0, longer_ms, ago)
    found = column(bars, key, VenueDay(offset_ms, "always"))
    oracle = [*joined_oracle(bars, clock_oracle(bars, longer_ms, offset_ms), ago)]
    assert np.array_equal(found, oracle, equal_nan=True)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 9_999),
    longer_ms=st.sampled_from([30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, DAY_MS, WEEK_MS]),
    missing=st.sampled_from([0.0, 0.2]),
    ago=st.integers(0, 1),
)
def test_price_of_longer_bars_in_sessions_is_that_of_an_oracle(
    seed: int, longer_ms: int, missing: float, ago: int
) -> None:
    bars = nse_bars(12, 15 * MINUTE_MS, seed, missing)
    calendar = load_calendar("XBOM")
    assert isinstance(calendar, SessionCalendar)
    found = column(bars, ColumnKey("", "close", (), 0, longer_ms, ago), NSE_DAY)
    oracle = [*joined_oracle(bars, session_oracle(bars, longer_ms, calendar), ago)]
    assert np.array_equal(found, oracle, equal_nan=True)


def test_average_of_longer_bars_is_that_of_an_oracle() -> None:
    bars = market(300, 4, missing=0.1)
    key = ColumnKey("sma", "close", (("window", 3.0),), 0, 4 * HOUR_MS, 1)
    oracle = [*joined_oracle(bars, clock_oracle(bars, 4 * HOUR_MS, 0), 1, 3)]
    assert equal(column(bars, key, VenueDay(0, "always")), oracle)


def test_hours_of_a_session_are_counted_from_its_open_and_end_with_it() -> None:
    bars = nse_bars(3, 15 * MINUTE_MS, 2)
    minute = ((bars.ts + IST_OFFSET_MS) % DAY_MS) // MINUTE_MS
    seen = np.nan_to_num(column(bars, ColumnKey("", "close", (), 0, HOUR_MS), NSE_DAY))
    changes = {int(minute[i]) + 15 for i in range(1, len(bars)) if seen[i] != seen[i - 1]}
    assert changes == {60 * hour + 15 for hour in range(10, 16)} | {15 * 60 + 30}


def test_bars_cut_at_the_full_hour_are_counted_from_the_one_that_opens_the_session() -> None:
    # New York opens at 09:30; the clocks change on 2024-03-10
    days = [f"2024-03-{day:02}" for day in (7, 8, 11, 12)]
    zones = [5, 5, 4, 4]
    nine = [
        int(np.datetime64(day, "ms").astype(np.int64)) + (9 + zone) * HOUR_MS
        for day, zone in zip(days, zones, strict=True)
    ]
    ts = (np.array(nine)[:, None] + np.arange(7) * HOUR_MS).ravel()
    flat = market(len(ts), 1, missing=0.0, holes=0)
    bars = bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, HOUR_MS)
    seen = column(bars, ColumnKey("", "close", (), 0, 2 * HOUR_MS), VenueDay(0, "XNYS"))
    # two hours each, and the last one alone until the close at 16:00
    latest = [None, 1, 1, 3, 3, 5, 6]
    for day in range(4):
        for place, known in enumerate(latest):
            at = 7 * day + place
            expected = 7 * day + known if known is not None else at - 1
            assert seen[at] == bars.close[expected] if expected >= 0 else np.isnan(seen[at])


def test_day_is_seen_at_its_sessions_close_and_not_before() -> None:
    bars = nse_bars(4, 15 * MINUTE_MS, 3)
    day = (bars.ts + IST_OFFSET_MS) // DAY_MS
    last = np.flatnonzero(np.append(np.diff(day) > 0, True))
    seen = column(bars, ColumnKey("", "close", (), 0, DAY_MS), NSE_DAY)
    for before, at in itertools.pairwise(last.tolist()):
        assert seen[at] == bars.close[at]
        assert set(seen[before:at]) == {float(bars.close[before])}


def test_bars_outside_of_sessions_never_change_a_longer_bar_that_was_seen() -> None:
    inside = nse_bars(8, 15 * MINUTE_MS, 5)
    late = inside.ts[::25] + 9 * HOUR_MS
    ts = np.unique(np.concatenate((inside.ts, late)))
    flat = market(len(ts), 5, timeframe_ms=15 * MINUTE_MS, missing=0.0, holes=0)
    bars = bars_of(ts, flat.open, flat.high, flat.low, flat.close, flat.volume, flat.timeframe_ms)
    for longer_ms in (HOUR_MS, 4 * HOUR_MS, DAY_MS, WEEK_MS):
        key = ColumnKey("", "close", (), 0, longer_ms)
        whole = column(bars, key, NSE_DAY)
        for cut in range(1, len(bars), 7):
            part = column(bars.slice(0, cut), key, NSE_DAY)
            assert np.array_equal(part, whole[:cut], equal_nan=True)


LONGER_THAN_AN_HOUR: dict[str, Any] = {
    "parameters": {},
    "constraints": [],
    "execution": {"timeframe": "15m"},
    "indicators": {
        "trend": {"kind": "ema", "parameters": {"window": 3}},
        "bands": {"kind": "bollinger", "parameters": {"window": 4}},
    },
    "entry_long": {
        "all": [
            {"left": "close", "op": "crosses_above", "right": "bands.upper@1h"},
            {"left": "trend@1h", "op": "rising", "bars": 2},
        ]
    },
    "entry_short": {"left": "close", "op": "crosses_below", "right": "low@1d"},
    "levels": {"long_stop": "low@1d", "short_stop": "high@1d[1]"},
}


def definition(**changes: Any) -> RulesDocument:
    return read_document(crossover(**(LONGER_THAN_AN_HOUR | changes)))


def test_proof_over_sessions_passes() -> None:
    proof = prove_version(definition(), nse_bars(60, 15 * MINUTE_MS, 6), 1, instrument=NSE)
    assert proof.passed, proof.text
    assert proof.decisions > 20
    assert proof.warm_up_needed is not None


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 9_999), offset=st.integers(1, 400))
def test_late_start_within_sessions_gives_equal_signals(seed: int, offset: int) -> None:
    rules = compiled(**LONGER_THAN_AN_HOUR)
    bars = nse_bars(50, 15 * MINUTE_MS, seed)
    settled = rules.warm_up({})
    whole = rules.signals(bars, {}, instrument=NSE)
    late = rules.signals(bars.slice(offset, len(bars)), {}, instrument=NSE)
    assert offset + settled < len(bars)
    for field in ("action", "stop", "target"):
        full = getattr(whole, field)[offset + settled :]
        assert full.tobytes() == getattr(late, field)[settled:].tobytes(), field


def test_warm_up_counts_longer_bars_and_how_far_back_they_are_read() -> None:
    # a bar that the start may have cut, the one that is read, and how many before it
    for series, longer in (("close@4h", 2), ("close@4h[3]", 5)):
        rules = plain({"left": "close", "op": "gt", "right": series})
        assert rules.warm_up({}) == 4 * longer
    levels = {"levels": {"long_stop": "low@1d"}}
    assert plain({"left": "close", "op": "gt", "right": 1}, **levels).warm_up({}) == 2 * 24


def test_no_entry_comes_before_its_stop_is_known() -> None:
    bars = market(300, 3, missing=0.0, holes=0)
    always = {"left": "close", "op": "gt", "right": 0}
    signals = plain(always, levels={"long_stop": "low@1d"}).signals(bars, {})
    entered = np.flatnonzero(signals.action)
    assert entered[0] == np.flatnonzero((bars.ts + HOUR_MS) % DAY_MS == 0)[0]
    assert (signals.stop[entered] > 0).all()


def test_slope_counts_bars_of_its_own_timeframe() -> None:
    bars = market(300, 7, missing=0.0, holes=0)
    rising = {"left": "close@4h", "op": "rising", "bars": 2}
    compared = {"left": "close@4h", "op": "gt", "right": "close@4h[2]"}
    one, two = plain(rising).signals(bars, {}), plain(compared).signals(bars, {})
    assert one.action.tobytes() == two.action.tobytes()
    assert 50 < int(one.action.sum()) < 250


def test_bars_of_the_longer_timeframe_itself_are_read_as_they_are() -> None:
    bars = market(200, 8, timeframe_ms=4 * HOUR_MS)
    longer = {"left": "close@4h", "op": "gt", "right": "close@4h[2]"}
    base = {"left": "close", "op": "gt", "right": "close[2]"}
    found = plain(longer).signals(bars, {}).action
    assert found[2:].tobytes() == plain(base).signals(bars, {}).action[2:].tobytes()


@pytest.mark.parametrize(
    "operand",
    [
        "trend@1h",
        "trend@60m",
        "trend@60[0]",
        {"series": "trend", "timeframe": "1h"},
        {"series": "trend[0]", "timeframe": 60},
    ],
)
def test_ways_to_name_a_longer_timeframe_are_one_definition(operand: object) -> None:
    written = {"left": "close", "op": "gt", "right": operand}
    indicators = {"trend": {"kind": "ema", "parameters": {"window": 3}}}
    short = {"entry_short": None, "levels": {}, "indicators": indicators}
    document = definition(entry_long=written, **short)
    plain_text = definition(entry_long=written | {"right": "trend@1h"}, **short)
    assert version_hash(document) == version_hash(plain_text)
    form = full_form(document)
    assert form["entry_long"] == {**written, "right": "trend@1h", "within": 1}
    assert version_hash(read_document(form)) == version_hash(document)


@pytest.mark.parametrize(
    ("operand", "path", "message"),
    [
        ("close@10m", "/entry_long/right", "a multiple of the execution timeframe"),
        ("close@15m", "/entry_long/right", "a multiple of the execution timeframe"),
        ("close@50m", "/entry_long/right", "a multiple of the execution timeframe"),
        ("close@40d", "/entry_long/right", "from 1m to 31d"),
        ("close@soon", "/entry_long/right", "a number, a parameter"),
        ("close[1]@1h", "/entry_long/right", "a number, a parameter"),
        ({"series": "close"}, "/entry_long/right", '"timeframe": "4h"'),
        ({"series": "close@1h", "timeframe": "1h"}, "/entry_long/right", '"timeframe": "4h"'),
        ({"series": "close", "timeframe": "1h", "x": 1}, "/entry_long/right", "nothing else"),
        ({"series": "close", "timeframe": True}, "/entry_long/right", '"timeframe": "4h"'),
        ({"series": 5, "timeframe": "1h"}, "/entry_long/right", '"timeframe": "4h"'),
        ("slow@4h", "/entry_long/right", "declared with a timeframe of its own"),
        ("nothing@4h", "/entry_long/right", "no indicator or price nothing"),
        ("trend.upper@4h", "/entry_long/right", "no output upper"),
        ("close@4h[9999]", "/entry_long/right", "bars ago"),
    ],
)
def test_operand_that_cannot_be_is_refused_where_it_stands(
    operand: object, path: str, message: str
) -> None:
    indicators = {
        "trend": {"kind": "ema", "parameters": {"window": 3}},
        "slow": {"kind": "ema", "parameters": {"window": 3}, "timeframe": "1d"},
    }
    entry = {"left": "trend", "op": "gt", "right": operand}
    exits = {"left": "close", "op": "lt", "right": "slow"}
    with pytest.raises(InvalidDefinition) as caught:
        definition(
            entry_long=entry, entry_short=None, exit_long=exits, levels={}, indicators=indicators
        )
    faults = {fault.path: f"{fault.expected} {fault.message}" for fault in caught.value.faults}
    assert message in faults[path]


def test_why_names_the_longer_timeframe() -> None:
    rules = compiled(
        indicators={"slow": {"kind": "sma", "parameters": {"window": 3}, "timeframe": "4h"}},
        parameters={},
        constraints=[],
        entry_long={
            "all": [
                {"left": "close", "op": "gt", "right": "slow"},
                {"left": "high@1d", "op": "rising", "bars": 1},
            ]
        },
        entry_short=None,
        filters={"trend": {"mode": "sma", "window": 2, "timeframe": "1d"}},
    )
    bars = market(200, 9)
    why = rules.why(bars, {})
    texts = {check.path: check.text for check in why.checks}
    assert texts["/entry_long/all/0"] == "close gt slow (4h)"
    assert texts["/entry_long/all/1"] == "high@1d rising over 1"
    assert texts["/filters/trend/long"] == "trend (1d)"
    assert (
        why.values["high@1d"]
        == column(bars, ColumnKey("", "high", (), 0, DAY_MS), VenueDay(0, "always"))[-1]
    )


def test_calendar_without_sessions_has_none() -> None:
    assert sessions_of("always") is None
    made = sessions_of("XBOM")
    assert made is not None
    assert (made.close_ms > made.open_ms).all()
    assert (np.diff(made.day) > 0).all()


@pytest.mark.parametrize("timeframe_ms", [5 * MINUTE_MS, HOUR_MS, DAY_MS])
def test_slots_that_live_trading_warms_up_over_hold_the_bars_that_are_needed(
    timeframe_ms: int,
) -> None:
    wanted = 443
    slots = slots_holding(wanted, timeframe_ms, NSE)
    assert slots_holding(wanted, timeframe_ms, default_instrument("sim:BTC-USDT")) == wanted
    sessions = sessions_of("XBOM")
    assert sessions is not None
    each = np.maximum((sessions.close_ms - sessions.open_ms) // timeframe_ms, 1)
    held = np.concatenate(([0], np.cumsum(each)))
    for last in range(2_000, len(each), 97):
        start_ms = sessions.close_ms[last] - WARM_UP_MARGIN * slots * timeframe_ms
        first = np.searchsorted(sessions.open_ms, start_ms)
        assert held[last + 1] - held[first] >= wanted
    # counted as if the venue never closed, it would not do
    if timeframe_ms < DAY_MS:
        start_ms = sessions.close_ms[-1] - WARM_UP_MARGIN * wanted * timeframe_ms
        assert held[-1] - held[np.searchsorted(sessions.open_ms, start_ms)] < wanted
