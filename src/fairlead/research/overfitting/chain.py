"""Lines of a ledger that is kept outside: each sealed by a hash over itself and the one before."""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from fairlead.infra.errors import InvalidInput
from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.runs import Kind, Trial, TrialKind
from fairlead.strategies.canonical import canonical_json

NO_HASH = "0" * 64
KINDS: tuple[str, ...] = (*get_args(Kind), "autobuild")
_HASH = re.compile(r"[0-9a-f]{64}")
_TEXT_MAX = 200
_SETS_MAX = 2**53
_EARLIEST_MS, _LATEST_MS = -(2**53), 2**53


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one trial with its number, when it was, and the hashes that bind it in its place."""

    number: int
    previous: str
    at: datetime
    trial: Trial
    hash: str

    def to_json(self) -> JsonObject:
        """Return the line as it is written."""
        return {**_body(self.number, self.previous, self.at, self.trial), "hash": self.hash}


def line_after(previous: Line | None, trial: Trial, at: datetime) -> Line:
    """Return the line that comes next, the first one after None."""
    number = 1 if previous is None else previous.number + 1
    before = NO_HASH if previous is None else previous.hash
    return Line(number, before, at, trial, _seal(_body(number, before, at, trial)))


def read_line(data: object, place: str) -> Line:
    """Read what `Line.to_json` wrote; raises `InvalidInput` naming `place` for anything else."""
    if not isinstance(data, dict):
        raise _broken(place, "an object")
    fields = cast("dict[str, object]", data)
    trial = _trial(fields.get("trial"), place)
    number, previous, sealed = (fields.get(name) for name in ("n", "prev", "hash"))
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _SETS_MAX:
        raise _broken(place, "a number from 1 on in `n`")
    if not (isinstance(previous, str) and _HASH.fullmatch(previous)):
        raise _broken(place, "64 hexadecimal digits in `prev`")
    if not (isinstance(sealed, str) and _HASH.fullmatch(sealed)):
        raise _broken(place, "64 hexadecimal digits in `hash`")
    at = _moment(fields.get("at"), place)
    if _seal(_body(number, previous, at, trial)) != sealed:
        raise _changed(place)
    return Line(number, previous, at, trial, sealed)


def check_chain(lines: Iterable[Line]) -> None:
    """Raise `InvalidInput` where a line does not follow the one before it."""
    before: Line | None = None
    for line in lines:
        expected = (
            (line.number, line.previous)
            if before is None
            else (
                before.number + 1,
                before.hash,
            )
        )
        starts = before is None and (line.number == 1) != (line.previous == NO_HASH)
        if (line.number, line.previous) != expected or starts:
            raise _changed(f"Line {line.number}")
        before = line


def _body(number: int, previous: str, at: datetime, trial: Trial) -> JsonObject:
    fields: dict[str, Json] = {name: getattr(trial, name) for name in Trial.__slots__}
    return {"n": number, "prev": previous, "at": at.isoformat(), "trial": fields}


def _seal(body: JsonObject) -> str:
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()


def _trial(data: object, place: str) -> Trial:
    if not isinstance(data, Mapping) or set(data) != set(Trial.__slots__):
        raise _broken(place, "a trial with " + ", ".join(Trial.__slots__))
    if data["kind"] not in KINDS:
        raise _broken(place, "kind one of " + ", ".join(KINDS))
    sets = data["sets"]
    if not isinstance(sets, int) or isinstance(sets, bool) or not 1 <= sets <= _SETS_MAX:
        raise _broken(place, "a whole number from 1 on in sets")
    effective = _number(data["effective"], "effective", place)
    variance = _number(data["sharpe_variance"], "sharpe_variance", place)
    if not 1.0 <= effective <= sets or variance < 0.0:
        raise _broken(place, "effective from 1 to sets, and a variance of 0 or more")
    best = data["best"]
    return Trial(
        family=_text(data["family"], "family", place),
        kind=cast("TrialKind", data["kind"]),
        version_hash=_text(data["version_hash"], "version_hash", place),
        instrument=_text(data["instrument"], "instrument", place),
        timeframe=_text(data["timeframe"], "timeframe", place),
        first_ms=_time(data["first_ms"], "first_ms", place),
        last_ms=_time(data["last_ms"], "last_ms", place),
        parameters_hash=_text(data["parameters_hash"], "parameters_hash", place),
        metric=_text(data["metric"], "metric", place),
        sets=sets,
        best=None if best is None else _number(best, "best", place),
        effective=effective,
        sharpe_mean=_number(data["sharpe_mean"], "sharpe_mean", place),
        sharpe_variance=variance,
    )


def _text(value: object, name: str, place: str) -> str:
    if not isinstance(value, str) or not value.isprintable() or len(value) > _TEXT_MAX:
        raise _broken(place, f"a text of at most {_TEXT_MAX} characters in {name}")
    return value


def _number(value: object, name: str, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        raise _broken(place, f"a number in {name}")
    if not math.isfinite(value):
        raise _broken(place, f"a finite number in {name}")
    return float(value)


def _time(value: object, name: str, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _broken(place, f"epoch milliseconds in {name}")
    if not _EARLIEST_MS <= value <= _LATEST_MS:
        raise _broken(place, f"epoch milliseconds in {name}")
    return value


def _moment(value: object, place: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise _broken(place, "a time such as 2024-01-31T09:15:00+00:00 in `at`") from None
    if moment.tzinfo is None:
        raise _broken(place, "a time with its zone in `at`")
    return moment


def _broken(place: str, expected: str) -> InvalidInput:
    return InvalidInput(
        f"{place} of the ledger cannot be read.",
        expected=expected,
        action="Send the ledger as it was written.",
        path=place,
    )


def _changed(place: str) -> InvalidInput:
    return InvalidInput(
        f"{place} of the ledger was changed or is missing its place.",
        expected="lines as they were written, in their order, none left out",
        action="Restore the ledger from a copy; trials that are gone stay unknown.",
        path=place,
    )
