"""What an import found and what a series covers, as values that become JSON."""

from dataclasses import asdict, dataclass, field
from enum import StrEnum

from fairlead.kernel.timeframe import parse_timeframe

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]


class Reject(StrEnum):
    """Why a row was kept aside."""

    MALFORMED = "malformed"
    BAD_TIME = "bad_time"
    NO_TIME_ZONE = "no_time_zone"
    UNCERTAIN_LOCAL_TIME = "uncertain_local_time"
    NOT_A_NUMBER = "not_a_number"
    NOT_FINITE = "not_finite"
    NOT_POSITIVE = "not_positive"
    NEGATIVE_VOLUME = "negative_volume"
    HIGH_BELOW_LOW = "high_below_low"
    OPEN_OUTSIDE_RANGE = "open_outside_range"
    CLOSE_OUTSIDE_RANGE = "close_outside_range"
    OFF_GRID = "off_grid"
    DUPLICATE = "duplicate"
    DUPLICATE_CONFLICT = "duplicate_conflict"
    LAKE_CONFLICT = "lake_conflict"


IMPOSSIBLE = (
    Reject.NOT_A_NUMBER,
    Reject.NOT_FINITE,
    Reject.NOT_POSITIVE,
    Reject.NEGATIVE_VOLUME,
    Reject.HIGH_BELOW_LOW,
    Reject.OPEN_OUTSIDE_RANGE,
    Reject.CLOSE_OUTSIDE_RANGE,
)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row kept aside: its line in the file, why, and what it said."""

    line: int
    reason: Reject
    detail: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """What stands out in a series of bars; nothing of it was changed.

    A gap is a run of expected bars that are missing; `longest_gap_s` is the time between the bars
    around the longest one. A move is large above 35 % from close to close. The figures of sessions
    are 0 for venues that never close; a session is incomplete below 14/15 of its bars.
    """

    bars: int = 0
    first_ts: int | None = None
    last_ts: int | None = None
    gaps: int = 0
    missing_bars: int = 0
    longest_gap_bars: int = 0
    longest_gap_s: int = 0
    zero_volume: int = 0
    large_moves: int = 0
    largest_move: float = 0.0
    sessions: int = 0
    missing_sessions: int = 0
    incomplete_sessions: int = 0
    outside_session: int = 0

    def to_json(self) -> JsonObject:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FileReport:
    """What reading one file found.

    `rows` counts all rows of the file; each is either good or in `rejected`, so `rows = good +
    rejected`. `unsorted` counts rows that stand after a later one. `samples` are the first rows
    kept aside.
    """

    file: str
    rows: int
    good: int
    rejected: int
    unsorted: int
    reasons: dict[str, int]
    notes: tuple[str, ...]
    samples: tuple[RejectedRow, ...]
    quality: Quality

    def to_json(self) -> JsonObject:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `quality` describes the whole series afterwards.

    Each good row was `added`, `replaced` an older one, or was there already (`unchanged`).
    `conflicts` are good rows that contradict the lake and were kept aside.
    """

    instrument: str
    timeframe: str
    calendar: str
    file: str
    sha256: str
    rows: int
    added: int
    replaced: int
    unchanged: int
    rejected: int
    duplicates: int
    conflicts: int
    unsorted: int
    reasons: dict[str, int]
    rejects_file: str | None
    notes: tuple[str, ...]
    samples: tuple[RejectedRow, ...]
    quality: Quality

    def to_json(self) -> JsonObject:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a series in the lake covers; counts of files are sums over distinct files."""

    instrument: str
    timeframe: str
    calendar: str
    first_ts: int | None
    last_ts: int | None
    bars: int
    gaps: int
    missing_bars: int
    longest_gap_bars: int
    longest_gap_s: int
    zero_volume: int
    large_moves: int
    largest_move: float
    sessions: int
    missing_sessions: int
    incomplete_sessions: int
    outside_session: int
    duplicates: int
    unsorted: int
    impossible: int
    rejected: int
    bytes: int
    notes: tuple[str, ...] = field(default=())
    source: str = "shared"

    def to_json(self, now_ms: int) -> JsonObject:
        """Return the coverage with `freshness_s`: how long ago the last bar closed, at least 0."""
        ended = (self.last_ts or 0) + parse_timeframe(self.timeframe).ms
        fresh = max(0, now_ms - ended) // 1000 if self.last_ts is not None else None
        return {**asdict(self), "freshness_s": fresh}
