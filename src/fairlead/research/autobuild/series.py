"""Where an instrument's bars lie: a path that any process on the machine can map."""

from dataclasses import dataclass, replace
from pathlib import Path

from fairlead.kernel.series import Bars
from fairlead.market.action_book import ActionBook, research_bars
from fairlead.market.lake import Lake
from fairlead.market.membership import Interval

COLUMNS = 6
BYTES_PER_VALUE = 8


@dataclass(frozen=True, slots=True)
class SeriesOnDisk:
    """Name a stretch of a series in a lake; small enough to be sent to any worker.

    `root` is the lake's folder; bars open in [start_ms, end_ms). `bars` and `bytes` say how much
    it is, as counted when it was found. `entries` are the intervals in which it may be entered,
    None for always.
    """

    root: Path
    instrument: str
    timeframe: str
    start_ms: int
    end_ms: int
    bars: int
    bytes: int
    entries: tuple[Interval, ...] | None = None

    def open(self) -> Bars:
        """Return the bars, adjusted for confirmed splits; memory-mapped where there are none.

        Raises `NotFound` when they are gone, `InvalidInput` for splits that nobody has confirmed.
        """
        actions = ActionBook(self.root).of(self.instrument)
        return research_bars(
            Lake(self.root), self.instrument, self.timeframe, actions, self.start_ms, self.end_ms
        )


def locate(lake: Lake, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> SeriesOnDisk:
    """Find a series and count its bars within [start_ms, end_ms); raises what opening it does."""
    found = SeriesOnDisk(lake.root.absolute(), instrument, timeframe, start_ms, end_ms, 0, 0)
    bars = len(found.open())
    return replace(found, bars=bars, bytes=bars * COLUMNS * BYTES_PER_VALUE)
