"""Asks a version what it says at the close of a bar."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.live.model import LegDraft, LegPlan, Prepared


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says at one bar's close; prices are 0 where there are none.

    `why` holds the values its conditions looked at, by name.
    """

    action: int
    atr: float
    stop: float
    target: float
    last_of_session: bool
    why: Mapping[str, float]


class Evaluator(Protocol):
    """Evaluate legs; raises FairleadError or ValueError when a version cannot be evaluated."""

    def warm_up(self, leg: LegPlan) -> int:
        """Return how many time slots the version looks back."""

    def owner(self, leg: LegPlan) -> UUID:
        """Return the tenant whose strategy the leg's version is."""

    def policy(self, leg: LegPlan) -> Records:
        """Return the author's POLICY of shape (1,) for the leg's parameters."""

    def limits(self, leg: LegPlan) -> Records:
        """Return the author's LIMITS of shape (1,) with the day of the leg's venue."""

    def prepare(self, drafts: tuple[LegDraft, ...], risk_profile: str) -> Prepared:
        """Return a subscription ready to trade; raises FairleadError with what does not fit."""

    def said(self, leg: LegPlan, bars: Bars) -> Said:
        """Return what the leg's version says at the close of the last of `bars`."""


class History(Protocol):
    """Keep the bars of series."""

    def bars(self, leg: LegPlan, until_ms: int) -> Bars:
        """Return the leg's bars from `warm_from_ms` to the one that closes at `until_ms`."""
