"""Read a file of candles into memory, without a lake."""

import os
from pathlib import Path

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.calendars import load_calendar
from fairlead.market.grid import find_grid, infer_timeframe
from fairlead.market.importing import RowStream
from fairlead.market.instruments import ALWAYS
from fairlead.market.parts import bars_of_rows
from fairlead.market.quality import QualityCounter
from fairlead.market.reports import FileReport, Reject
from fairlead.market.screening import Rows, reject_rows
from fairlead.market.staging import RejectLog, distinct
from fairlead.market.zones import find_zone


def read_bars(
    path: Path,
    timeframe: str | Timeframe | None = None,
    *,
    timezone: str = "",
    calendar: str = ALWAYS,
) -> tuple[Bars, FileReport]:
    """Read a CSV, Parquet or Feather file and report what was found.

    Without `timeframe` it is the usual spacing of the bars. Rows are checked exactly as by an
    import; bad ones are left out and reported. Raises NotFound or InvalidInput.
    """
    wanted = parse_timeframe(timeframe) if timeframe is not None else None
    zone = find_zone(timezone) if timezone else None
    rejects = RejectLog(Path(os.devnull))
    try:
        stream = RowStream(path, path.name, zone, wanted, load_calendar(calendar), None, rejects)
        rows = np.concatenate(list(stream.batches(_ignore)))
        return _finish(stream, rows, wanted or infer_timeframe(rows["ts"]))
    finally:
        rejects.close()


def _finish(stream: RowStream, rows: Rows, timeframe: Timeframe) -> tuple[Bars, FileReport]:
    rejects = stream.rejects
    found = distinct(rows)
    note = "the same bar stands earlier in the file"
    rejects.add(reject_rows(found.duplicates, Reject.DUPLICATE, note))
    note = "another bar of this time stands earlier in the file"
    rejects.add(reject_rows(found.conflicts, Reject.DUPLICATE_CONFLICT, note))
    grid = stream.grid or find_grid(found.rows["ts"], stream.calendar, timeframe)
    off = grid.off(found.rows["ts"], stream.calendar)
    note = f"the bar does not open on the grid of {timeframe}"
    rejects.add(reject_rows(found.rows[off], Reject.OFF_GRID, note))
    bars = bars_of_rows(found.rows[~off], timeframe.ms)
    counter = QualityCounter(stream.calendar, grid)
    counter.feed(bars)
    report = FileReport(
        file=stream.file_name,
        rows=stream.rows,
        good=len(bars),
        rejected=rejects.total,
        unsorted=stream.unsorted,
        reasons=dict(sorted(rejects.reasons.items())),
        notes=tuple(sorted(stream.notes)),
        samples=tuple(rejects.samples),
        quality=counter.result(),
    )
    return bars, report


def _ignore(done: float, rows: int) -> None:
    """Take no notice of progress."""
