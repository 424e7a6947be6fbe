"""The words of a proof: what was tried, what leaked, and how much history is needed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from fairlead.research.jsonable import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Leak:
    """One decision that changed although nothing up to its own bar had.

    `kind` is the kind of poison, or `unrepeatable`, `mutation`, `warm_up`. Only bars after
    `cut_ts` were changed, `bar_ts` is the first bar whose decision differs (open times, ms).
    """

    kind: str
    cut_ts: int
    bar_ts: int
    column: str
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof found; `passed` needs decisions to try and none of them changed.

    `cuts` counts the places at which later bars were poisoned, `runs` all evaluations.
    `warm_up_needed` is the longest stretch after a late start in which decisions differed, None
    where they never settled or it could not be tried; `warm_up_declared` is what the strategy
    itself claims, None where it claims nothing.
    """

    passed: bool
    text: str
    seed: int
    timeframe: str
    bars: int
    first_ts: int
    last_ts: int
    decisions: int
    cuts: int
    runs: int
    poisons: tuple[str, ...]
    leaks: tuple[Leak, ...]
    warm_up_declared: int | None
    warm_up_needed: int | None
    notes: tuple[str, ...]

    @property
    def proven(self) -> bool | None:
        """Return whether it looks ahead or not; None where no decision was there to try."""
        return self.passed if self.passed or self.leaks else None

    def to_json(self) -> JsonObject:
        """Return the proof as plain JSON."""
        fields: JsonObject = asdict(self)
        return fields | {
            "poisons": list(self.poisons),
            "leaks": [asdict(leak) for leak in self.leaks],
            "notes": list(self.notes),
        }


def proof_of(data: Mapping[str, Json]) -> Proof:
    """Read what `Proof.to_json` wrote; the data is our own, so it is not checked again."""
    leaks = cast("list[dict[str, Any]]", data["leaks"])
    fields: dict[str, Any] = {name: data[name] for name in Proof.__slots__}
    fields["poisons"] = tuple(fields["poisons"])
    fields["notes"] = tuple(fields["notes"])
    fields["leaks"] = tuple(Leak(**leak) for leak in leaks)
    return Proof(**fields)
