"""Why instruments got no bars, grouped by kind, with what the user can do about each."""

from collections.abc import Iterable
from dataclasses import dataclass

from fairlead.market.providers.port import FailureKind
from fairlead.market.reports import JsonObject

_ACTIONS: dict[FailureKind, str] = {
    FailureKind.TIMEOUT: "Try again later, or raise FAIRLEAD_FETCH_TIMEOUT_S; what was fetched is "
    "kept.",
    FailureKind.NO_DATA: "Choose a time in which the instrument traded, or another provider.",
    FailureKind.UNSUPPORTED_SYMBOL: "Check the symbol, or choose a provider that lists it.",
    FailureKind.EXCEPTION: "Read the upstream's words; a busy or broken upstream often recovers, "
    "then fetch again.",
}


@dataclass(frozen=True, slots=True)
class FetchFailure:
    """Why one instrument got no bars, in the upstream's words."""

    instrument: str
    kind: FailureKind
    message: str

    def to_json(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "instrument": self.instrument,
            "error_kind": self.kind.value,
            "message": self.message,
            "action": action_for(self.kind),
        }


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """All failures of one kind; `message` is the first one's."""

    kind: FailureKind
    instruments: tuple[str, ...]
    message: str

    def to_json(self) -> JsonObject:
        """Return it as JSON."""
        return {
            "error_kind": self.kind.value,
            "count": len(self.instruments),
            "action": action_for(self.kind),
            "instruments": list(self.instruments),
            "message": self.message,
        }


def action_for(kind: FailureKind) -> str:
    """Return what the user can do about failures of `kind`."""
    return _ACTIONS[kind]


def group_failures(failures: Iterable[FetchFailure]) -> tuple[FailureGroup, ...]:
    """Return failures by kind, the kind with most instruments first."""
    groups: dict[FailureKind, list[FetchFailure]] = {}
    for failure in failures:
        groups.setdefault(failure.kind, []).append(failure)
    found = [
        FailureGroup(kind, tuple(each.instrument for each in group), group[0].message)
        for kind, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda group: (-len(group.instruments), group.kind.value)))
