"""The events of one AutoBuild as its socket sends them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fairlead.infra.clock import Clock
from fairlead.infra.db import Database
from fairlead.research.autobuild.record import NumberedEvent
from fairlead.research.autobuild.store_parts import read_events
from fairlead.research.autobuild.submitting import existing
from fairlead.research.jsonable import Json, dump_json

BATCH = 200


@dataclass(frozen=True, slots=True)
class AutoBuildFeed:
    """Read the events of one AutoBuild of a tenant."""

    database: Database
    clock: Clock
    autobuild_id: UUID

    def newest(self, tenant_id: UUID) -> int:
        """Return 0: without a number a page wants all there was; raises `NotFound`."""
        with self.database.tenant_transaction(tenant_id) as connection:
            existing(connection, tenant_id, self.autobuild_id)
        return 0

    def read(self, tenant_id: UUID, after: int) -> list[tuple[int, str]]:
        """Return the next batch."""
        with self.database.tenant_transaction(tenant_id) as connection:
            found = read_events(connection, tenant_id, self.autobuild_id, after, BATCH)
        return [(event.seq, event_text(event)) for event in found]

    def heartbeat(self, seq: int) -> str:
        """Return a sign of life under the last number sent."""
        return _text(seq, self.clock.now(), "heartbeat", None, {})


def event_text(event: NumberedEvent) -> str:
    """Return an event as the wire has it: its number, time and kind beside its own fields."""
    return _text(event.seq, event.at, event.kind, event.stage, event.fields)


def _text(seq: int, at: datetime, kind: str, stage: str | None, fields: "dict[str, Json]") -> str:
    return dump_json({**fields, "seq": seq, "at": at.isoformat(), "kind": kind, "stage": stage})
