"""Where the bars of a series may open: the grid of its timeframe in the venue's wall clock."""

from dataclasses import dataclass

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Int64s
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.calendars import Calendar
from fairlead.market.zones import Flags

HOUR_MS = 3_600_000
_SHIFTED_SHARE = 0.1
_CLEAR_SHARE = 0.6
_ENOUGH_TO_JUDGE = 10


@dataclass(frozen=True, slots=True)
class Grid:
    """Accept bars whose wall clock modulo `timeframe_ms` is one of `phases_ms`.

    The first phase is the grid itself. A second one, an hour away, stands for the other half of
    the year in series that were stamped at some zone's midnight without naming the zone.
    """

    timeframe_ms: int
    phases_ms: tuple[int, ...]

    def off(self, ts: Int64s, calendar: Calendar) -> Flags:
        """Mark bars that do not open on the grid."""
        phases = calendar.local(ts) % self.timeframe_ms
        return ~np.isin(phases, np.array(self.phases_ms, dtype=np.int64))


def find_grid(ts: Int64s, calendar: Calendar, timeframe: Timeframe) -> Grid:
    """Return the grid that most of the bars at `ts` share; ties go to the smallest phase."""
    phases, counts = np.unique(calendar.local(ts) % timeframe.ms, return_counts=True)
    if not len(phases):
        return Grid(timeframe.ms, (0,))
    main = int(phases[np.argmax(counts)])
    if timeframe.ms <= HOUR_MS or len(ts) < _ENOUGH_TO_JUDGE:
        return Grid(timeframe.ms, (main,))
    away = np.abs(phases - main)
    hour_off = np.minimum(away, timeframe.ms - away) == HOUR_MS
    shifted = phases[hour_off & (counts >= _SHIFTED_SHARE * len(ts))]
    return Grid(timeframe.ms, (main, *shifted.tolist()))


def usual_spacing(ts: Int64s) -> tuple[int, float]:
    """Return the most frequent distance in ms between distinct times, and its share."""
    distances, counts = np.unique(np.diff(np.unique(ts)), return_counts=True)
    if not len(distances):
        return 0, 0.0
    top = int(np.argmax(counts))
    return int(distances[top]), float(counts[top] / counts.sum())


def infer_timeframe(ts: Int64s) -> Timeframe:
    """Return the timeframe whose length is the usual spacing of `ts`.

    Raises InvalidInput when there are fewer than two bars or the spacing is no timeframe.
    """
    spacing_ms, _ = usual_spacing(ts)
    if spacing_ms and spacing_ms % 60_000 == 0 and spacing_ms <= 31 * 24 * HOUR_MS:
        return Timeframe(spacing_ms)
    found = f"bars usually {spacing_ms / 1000:g} s apart" if spacing_ms else "fewer than two bars"
    raise InvalidInput(
        "The timeframe cannot be seen from the file.",
        expected="bars a whole number of minutes apart",
        found=found,
        action="Give it with --timeframe, such as --timeframe 1h.",
    )


def refuse_other_timeframe(ts: Int64s, timeframe: Timeframe) -> None:
    """Raise InvalidInput when the bars at `ts` clearly have another timeframe."""
    spacing_ms, share = usual_spacing(ts)
    if len(ts) < _ENOUGH_TO_JUDGE or share < _CLEAR_SHARE or spacing_ms == timeframe.ms:
        return
    raise InvalidInput(
        f"The file does not hold bars of {timeframe}.",
        expected=f"bars {timeframe.ms // 1000} s apart",
        found=f"{share:.0%} of the bars are {spacing_ms / 1000:g} s apart",
        action="Give the file's own timeframe with --timeframe; finer bars are not aggregated.",
    )
