"""Count what stands out in a series, chunk by chunk, without keeping its bars."""

from dataclasses import dataclass, replace

import numpy as np

from fairlead.kernel.series import Bars, Float64s, Int64s
from fairlead.market.calendars import Calendar
from fairlead.market.grid import Grid
from fairlead.market.reports import Quality

LARGE_MOVE = 0.35
_NONE = -1


@dataclass(slots=True)
class CounterState:
    """Where a count stands: a few numbers, kept with the series."""

    bars: int = 0
    first_ts: int = 0
    last_ts: int = 0
    last_close: float = 0.0
    gaps: int = 0
    missing: int = 0
    longest_bars: int = 0
    longest_ms: int = 0
    zero_volume: int = 0
    large_moves: int = 0
    largest_move: float = 0.0
    outside: int = 0
    last_slot_ts: int = _NONE
    sessions: int = 0
    missing_sessions: int = 0
    incomplete: int = 0
    session_ts: int = _NONE
    session_bars: int = 0
    session_size: int = 0


class QualityCounter:
    """Take ascending chunks of one series; `result()` may be asked for at any time."""

    def __init__(self, calendar: Calendar, grid: Grid, state: CounterState | None = None) -> None:
        self._calendar = calendar
        self._grid = grid
        self._sizes: Int64s | None = None
        self.state = replace(state) if state is not None else CounterState()
        # positions are found again, because a newer calendar may number its sessions otherwise
        self._last_slot, _ = self._place(self.state.last_slot_ts)
        _, self._session = self._place(self.state.session_ts)

    def feed(self, bars: Bars) -> None:
        """Count `bars`, all later than everything fed before."""
        if not len(bars):
            return
        state = self.state
        self._count_moves(bars.close)
        state.zero_volume += int(np.count_nonzero(bars.volume == 0))
        slots = self._calendar.slots(bars.ts, self._grid.timeframe_ms, self._grid.phases_ms[0])
        state.outside += int(np.count_nonzero(slots.outside))
        expected = slots.slot >= 0
        self._count_gaps(slots.slot[expected], bars.ts[expected])
        counted = (slots.session >= 0) & ~slots.outside
        self._count_sessions(slots.session[counted], bars.ts[counted])
        state.first_ts = state.first_ts if state.bars else int(bars.ts[0])
        state.last_ts = int(bars.ts[-1])
        state.last_close = float(bars.close[-1])
        state.bars += len(bars)

    def result(self) -> Quality:
        """Return the counts so far."""
        return quality_of(self.state)

    def _place(self, ts: int) -> tuple[int, int]:
        if ts == _NONE:
            return _NONE, _NONE
        at = np.array([ts], dtype=np.int64)
        slots = self._calendar.slots(at, self._grid.timeframe_ms, self._grid.phases_ms[0])
        return int(slots.slot[0]), int(slots.session[0])

    def _count_moves(self, close: Float64s) -> None:
        state = self.state
        closes = np.append(state.last_close, close) if state.bars else close
        if len(closes) < 2:
            return
        moves = np.abs(closes[1:] / closes[:-1] - 1)
        state.large_moves += int(np.count_nonzero(moves > LARGE_MOVE))
        state.largest_move = max(state.largest_move, float(moves.max()))

    def _count_gaps(self, slot: Int64s, ts: Int64s) -> None:
        if not len(slot):
            return
        state = self.state
        if state.last_slot_ts != _NONE:
            slot, ts = np.append(self._last_slot, slot), np.append(state.last_slot_ts, ts)
        holes = np.diff(slot) - 1
        if len(holes):
            state.missing += int(np.maximum(holes, 0).sum())
            state.gaps += int(np.count_nonzero(holes > 0))
            longest = int(np.argmax(holes))
            if int(holes[longest]) > state.longest_bars:
                state.longest_bars = int(holes[longest])
                state.longest_ms = int(ts[longest + 1] - ts[longest])
        self._last_slot, state.last_slot_ts = int(slot[-1]), int(ts[-1])

    def _count_sessions(self, session: Int64s, ts: Int64s) -> None:
        state = self.state
        numbers, first, counts = np.unique(session, return_index=True, return_counts=True)
        for number, at, count in zip(numbers.tolist(), first, counts.tolist(), strict=True):
            if number == self._session:
                state.session_bars += count
                continue
            if self._session != _NONE:
                state.incomplete += _is_incomplete(state)
                state.missing_sessions += number - self._session - 1
            self._session, state.session_ts = number, int(ts[at])
            state.session_bars, state.session_size = count, self._size_of(number)
            state.sessions += 1

    def _size_of(self, session: int) -> int:
        if self._sizes is None:
            grid = self._grid
            self._sizes = self._calendar.bars_of_session(grid.timeframe_ms, grid.phases_ms[0])
        return int(self._sizes[session])


def quality_of(state: CounterState) -> Quality:
    """Return what `state` has counted."""
    return Quality(
        bars=state.bars,
        first_ts=state.first_ts if state.bars else None,
        last_ts=state.last_ts if state.bars else None,
        gaps=state.gaps,
        missing_bars=state.missing,
        longest_gap_bars=state.longest_bars,
        longest_gap_s=state.longest_ms // 1000,
        zero_volume=state.zero_volume,
        large_moves=state.large_moves,
        largest_move=state.largest_move,
        sessions=state.sessions,
        missing_sessions=state.missing_sessions,
        incomplete_sessions=state.incomplete + _is_incomplete(state),
        outside_session=state.outside,
    )


def _is_incomplete(state: CounterState) -> int:
    return int(state.session_ts != _NONE and state.session_bars * 15 < state.session_size * 14)
