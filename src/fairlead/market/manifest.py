"""What a series in the lake consists of: one small file whose replacement is every commit."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from fairlead.infra.errors import InternalDefect, InvalidInput, NotFound
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.durable import write_file
from fairlead.market.instruments import parse_key
from fairlead.market.quality import CounterState

LAYOUT = 1
_NAME = "series.json"
_KEPT_IMPORTS = 1_000


@dataclass(frozen=True, slots=True, order=True)
class SeriesKey:
    """Which series: instrument and timeframe."""

    instrument: str
    timeframe: Timeframe


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file that holds the bars of `period` (`2024-03`, or `2024` for daily bars)."""

    name: str
    period: str
    rows: int
    first_ts: int
    last_ts: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ImportEntry:
    """What one imported file held beyond its good rows, kept for coverage."""

    sha256: str
    file: str
    duplicates: int
    unsorted: int
    impossible: int
    rejected: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The committed state of a series; files it does not name do not belong to it."""

    instrument: str
    timeframe: str
    calendar: str
    phases_ms: tuple[int, ...]
    generation: int = 0
    parts: tuple[Part, ...] = ()
    tail: str = "tail-0.bin"
    imports: tuple[ImportEntry, ...] = ()
    counter: CounterState = field(default_factory=CounterState)

    @property
    def rows(self) -> int:
        """Return how many bars the parts hold."""
        return sum(part.rows for part in self.parts)

    def with_import(self, entry: ImportEntry) -> "Manifest":
        """Return a copy that knows of `entry`; the same file counts once."""
        others = [known for known in self.imports if known.sha256 != entry.sha256]
        return replace(self, imports=(*others, entry)[-_KEPT_IMPORTS:])


@dataclass(frozen=True, slots=True)
class SeriesFolder:
    """The folder of one series below the root of a lake."""

    path: Path

    @property
    def lock(self) -> Path:
        """Return the file that writers lock."""
        return self.path / ".lock"

    @property
    def parts(self) -> Path:
        """Return the folder of Parquet files."""
        return self.path / "parts"

    @property
    def cache(self) -> Path:
        """Return the folder of what can be made again from the parts."""
        return self.path / "cache"

    @property
    def staging(self) -> Path:
        """Return the folder of imports under way."""
        return self.path / "staging"

    @property
    def rejects(self) -> Path:
        """Return the folder of rows kept aside."""
        return self.path / "rejects"


def reject_name(sha256: str) -> str:
    """Return the name of the file with the rows kept aside from the file with that hash."""
    return f"{sha256[:16]}.csv"


def folder_of(root: Path, key: SeriesKey) -> SeriesFolder:
    """Return where `key` lives below `root`; symbols are escaped, so none leaves the root."""
    venue, symbol = parse_key(key.instrument)
    return SeriesFolder(root / venue / quote(symbol, safe="") / str(key.timeframe))


def list_series(root: Path) -> Iterator[tuple[SeriesKey, SeriesFolder]]:
    """Yield the series below `root` in order of instrument and timeframe."""
    found = []
    for path in root.glob(f"*/*/*/{_NAME}"):
        venue, symbol, timeframe = path.parts[-4:-1]
        key = SeriesKey(f"{venue}:{unquote(symbol)}", parse_timeframe(timeframe))
        found.append((key, SeriesFolder(path.parent)))
    yield from sorted(found, key=lambda pair: pair[0])


def read_manifest(folder: SeriesFolder) -> Manifest | None:
    """Return the committed state, or None when the series does not exist.

    Raises InternalDefect when the file is damaged and InvalidInput when a newer version wrote it.
    """
    path = folder.path / _NAME
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, UnicodeDecodeError) as error:
        raise _damaged(path) from error
    try:
        if content["layout"] != LAYOUT:
            raise InvalidInput(
                f"{path} has layout {content['layout']}; this version reads {LAYOUT}.",
                action="Update Fairlead, or import the series into another data folder.",
            )
        return _from_json(content)
    except (KeyError, TypeError) as error:
        raise _damaged(path) from error


def require_manifest(folder: SeriesFolder, key: SeriesKey) -> Manifest:
    """Return the committed state; raise NotFound when there is no such series."""
    manifest = read_manifest(folder)
    if manifest is not None:
        return manifest
    beside = sorted(path.parent.name for path in folder.path.parent.glob(f"*/{_NAME}"))
    raise NotFound(
        f"The lake has no bars of {key.instrument} at {key.timeframe}.",
        found=f"timeframes {', '.join(beside)}" if beside else "nothing of that instrument",
        action=f"Import them: fairlead data import FILE --instrument {key.instrument} "
        f"--timeframe {key.timeframe}",
    )


def write_manifest(folder: SeriesFolder, manifest: Manifest) -> None:
    """Commit `manifest`: from here on readers see the new state, before it the old one."""
    content = {"layout": LAYOUT, **asdict(manifest)}
    write_file(folder.path / _NAME, json.dumps(content, separators=(",", ":")).encode())


def _from_json(content: dict[str, object]) -> Manifest:
    values = {name: value for name, value in content.items() if name != "layout"}
    parts = values.pop("parts")
    imports = values.pop("imports")
    counter = values.pop("counter")
    phases = values.pop("phases_ms")
    if not (isinstance(parts, list) and isinstance(imports, list)):
        raise TypeError("expected lists of parts and imports")
    return Manifest(
        **values,  # type: ignore[arg-type]  # written by write_manifest; a stranger fails here
        phases_ms=tuple(phases),  # type: ignore[arg-type]  # as above
        parts=tuple(Part(**part) for part in parts),
        imports=tuple(
            ImportEntry(**{**entry, "notes": tuple(entry["notes"])}) for entry in imports
        ),
        counter=CounterState(**counter),  # type: ignore[arg-type]  # as above
    )


def _damaged(path: Path) -> InternalDefect:
    return InternalDefect(
        f"{path} is damaged.",
        expected="the description of a series as Fairlead wrote it",
        action="Restore it from a backup; the Parquet files beside it hold the bars.",
        path=str(path),
    )
