"""Candles of a folder of files: CSV, Parquet or Feather, one for each series."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fairlead.infra.errors import FairleadError
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.instruments import parse_key
from fairlead.market.providers.asking import Asking
from fairlead.market.providers.port import FailureKind, FetchFailed, Row
from fairlead.market.reading import open_candles
from fairlead.market.screening import FIELDS, stamped
from fairlead.market.times import TimeState
from fairlead.market.zones import find_zone

_ENDINGS = ("csv", "csv.gz", "parquet", "feather", "txt")


class FolderProvider:
    """Read `VENUE_SYMBOL_TIMEFRAME.csv`, or `VENUE/SYMBOL_TIMEFRAME.csv`, below one folder.

    A `/` or `:` of a symbol stands as `-` in a file's name. `timezone` reads times without an
    offset.
    """

    def __init__(self, folder: Path, asking: Asking, timezone: str = "") -> None:
        self._folder = folder
        self._asking = asking
        self._timezone = timezone

    @property
    def name(self) -> str:
        return "csv"

    def fetch(
        self, instrument: str, timeframe: Timeframe, start_ms: int, end_ms: int
    ) -> Iterator[tuple[Row, ...]]:
        pages = self._pages(self._path(instrument, timeframe), start_ms, end_ms)
        while True:
            # a disk that hangs costs this instrument only
            page = self._asking.call(lambda: next(pages, None), _classify)
            if page is None:
                return
            yield page

    def _path(self, instrument: str, timeframe: Timeframe) -> Path:
        venue, symbol = parse_key(instrument)
        plain = symbol.replace("/", "-").replace(":", "-")
        stem = f"{plain}_{timeframe}"
        for ending in _ENDINGS:
            for place in (f"{venue}_{stem}.{ending}", f"{venue}/{stem}.{ending}"):
                if (self._folder / place).exists():
                    return self._folder / place
        raise FetchFailed(
            FailureKind.UNSUPPORTED_SYMBOL,
            f"{self._folder} has no file {venue}_{stem}.csv (or .parquet, .feather).",
        )

    def _pages(self, path: Path, start_ms: int, end_ms: int) -> Iterator[tuple[Row, ...]]:
        zone = find_zone(self._timezone) if self._timezone else None
        with open_candles(path, path.name) as opened:
            for batch in opened.batches:
                columns, times = stamped(batch, zone)
                readable = times.state == TimeState.GOOD
                inside = (times.ts >= start_ms) & (times.ts < end_ms)
                texts = {role: column.to_pylist() for role, column in columns.items()}
                prices = [texts.get(name) or [0] * len(inside) for name in FIELDS]
                stamps = times.ts.tolist()
                rows: list[Row] = []
                for at in np.flatnonzero(inside | ~readable).tolist():
                    stamp = stamps[at] if readable[at] else str(texts["time"][at])
                    rows.append((stamp, *(column[at] for column in prices)))
                rows.extend(rejected.fields for rejected in batch.malformed)
                if rows:
                    yield tuple(rows)


def _classify(error: Exception) -> FetchFailed:
    if isinstance(error, FairleadError):
        words = (error.message, error.found or "")
        return FetchFailed(FailureKind.EXCEPTION, " ".join(word for word in words if word))
    return FetchFailed(FailureKind.EXCEPTION, str(error) or type(error).__name__)
