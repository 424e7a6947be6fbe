"""What a worker keeps between chunks: plans, rosters and recent events; all of it can be lost."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from fairlead.kernel.records import Records
from fairlead.live.batch import Integers, Roster, between
from fairlead.live.model import Lineup
from fairlead.live.store import books, evaluations, lineups
from fairlead.live.terms import lineup_terms

KEPT_ROSTERS = 256
KEPT_WINDOWS = 64
WINDOW_BOUNDARIES = 136


@dataclass(frozen=True, slots=True)
class Plan:
    """A lineup with what the kernel needs of it: INSTRUMENT (L,), timeframes in ms (L,)."""

    lineup: Lineup
    instruments: Records
    timeframes: Integers

    @property
    def legs(self) -> int:
        """Return the number of legs."""
        return len(self.lineup.legs)

    @property
    def shortest_ms(self) -> int:
        """Return the shortest timeframe: how often a boundary may come."""
        return int(self.timeframes.min())


@dataclass(frozen=True, slots=True)
class _Window:
    after_ms: int
    until_ms: int
    events: Records


class Cache:
    """Keep what was read as long as its version says that it is still true; one per worker."""

    def __init__(self) -> None:
        self._plans: dict[UUID, Plan] = {}
        self._rosters: dict[int, Roster] = {}
        self._windows: dict[UUID, _Window] = {}

    def plan(self, connection: Connection, lineup_id: UUID) -> Plan:
        """Return the plan of a lineup, which never changes."""
        if lineup_id not in self._plans:
            lineup = lineups.read_lineup(connection, lineup_id)
            self._plans[lineup_id] = Plan(lineup, *lineup_terms(lineup))
        return self._plans[lineup_id]

    def roster(self, connection: Connection, partition: int, version: int, legs: int) -> Roster:
        """Return the roster of a locked partition, read again when its version moved on."""
        kept = self._rosters.get(partition)
        if kept is None or kept.version != version:
            kept = books.read_roster(connection, partition, version, legs)
            self._rosters[partition] = kept
            _forget_oldest(self._rosters, KEPT_ROSTERS)
        return kept

    def forget_roster(self, partition: int) -> None:
        """Drop a roster that this transaction is changing."""
        self._rosters.pop(partition, None)

    def events(self, connection: Connection, plan: Plan, after_ms: int, until_ms: int) -> Records:
        """Return the EVENTs of a lineup whose close lies in (after_ms, until_ms]."""
        lineup_id = plan.lineup.id
        kept = self._windows.get(lineup_id)
        if kept is None or kept.after_ms > after_ms or kept.until_ms != until_ms:
            first = min(after_ms, until_ms - WINDOW_BOUNDARIES * plan.shortest_ms)
            found = evaluations.read_events(connection, lineup_id, first, until_ms)
            kept = _Window(first, until_ms, found)
            self._windows[lineup_id] = kept
            _forget_oldest(self._windows, KEPT_WINDOWS)
        return between(kept.events, after_ms, until_ms)


def _forget_oldest(kept: "dict[int, Roster] | dict[UUID, _Window]", most: int) -> None:
    while len(kept) > most:
        kept.pop(next(iter(kept)))  # type: ignore[call-overload]  # the key is the dict's own
