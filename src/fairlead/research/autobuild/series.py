"""Where an instrument's bars lie: a path that any process on the machine can map."""

from dataclasses import dataclass
from pathlib import Path

from fairlead.kernel.series import Bars
from fairlead.market.lake import Lake

COLUMNS = 6
BYTES_PER_VALUE = 8


@dataclass(frozen=True, slots=True)
class SeriesOnDisk:
    """Name a stretch of a series in a lake; small enough to be sent to any worker.

    `root` is the lake's folder; bars open in [start_ms, end_ms). `bars` and `bytes` say how much
    it is, as counted when it was found.
    """

    root: Path
    instrument: str
    timeframe: str
    start_ms: int
    end_ms: int
    bars: int
    bytes: int

    def open(self) -> Bars:
        """Return the bars as memory-mapped columns; raises `NotFound` when they are gone."""
        return Lake(self.root).bars(self.instrument, self.timeframe, self.start_ms, self.end_ms)


def locate(lake: Lake, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> SeriesOnDisk:
    """Find a series and count its bars within [start_ms, end_ms); raises `NotFound`."""
    bars = lake.bars(instrument, timeframe, start_ms, end_ms)
    return SeriesOnDisk(
        root=lake.root.absolute(),
        instrument=instrument,
        timeframe=timeframe,
        start_ms=start_ms,
        end_ms=end_ms,
        bars=len(bars),
        bytes=len(bars) * COLUMNS * BYTES_PER_VALUE,
    )
