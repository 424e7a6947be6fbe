"""How many trials an instrument has behind it, and what this run adds."""

from dataclasses import dataclass
from typing import Protocol

from fairlead.research.jsonable import JsonObject


class KnownTrials(Protocol):
    """What a ledger of trials says; `known` is False where there is no ledger to ask."""

    @property
    def trials(self) -> int:
        """Return how many sets were ever tried."""

    @property
    def effective(self) -> float:
        """Return how many of them were different."""

    @property
    def known(self) -> bool:
        """Tell whether the ledger is complete."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A count of trials; all zero before the first."""

    trials: int = 0
    effective: float = 0.0
    known: bool = True


NO_TRIALS = Tried()


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """What this run adds to the ledger for one template on one instrument.

    Sharpe ratios are daily; `effective` counts the different sets of this template.
    """

    family: str
    template: str
    version_hash: str
    instrument: str
    timeframe: str
    first_ms: int
    last_ms: int
    sets: int
    effective: float
    sharpe_mean: float | None
    sharpe_variance: float | None
    best: float | None

    def to_json(self) -> JsonObject:
        """Return the record as plain JSON."""
        return {
            "family": self.family,
            "template": self.template,
            "version_hash": self.version_hash,
            "instrument": self.instrument,
            "timeframe": self.timeframe,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "sets": self.sets,
            "effective": self.effective,
            "sharpe_mean": self.sharpe_mean,
            "sharpe_variance": self.sharpe_variance,
            "best": self.best,
        }


def family_of(name: str) -> str:
    """Return the family under which the ledger keeps a definition of that name."""
    return f"inline:{name}"
