"""AutoBuilds of one tenant, submitted and worked off by hand, attempt by attempt."""

import json
import threading
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.queue import JobContext
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake
from fairlead.market.sources import joint_coverage, private_lake
from fairlead.research.autobuild.jobs import HANDLERS
from fairlead.research.autobuild.record import AutoBuild, NumberedEvent
from fairlead.research.autobuild.store import find_autobuild
from fairlead.research.autobuild.store_parts import get_result, read_checkpoints, read_events
from fairlead.research.autobuild.submitting import TASK, submit_autobuild
from tests.research.samples import walk_bars

INSTRUMENTS = ("file:aa", "file:bb", "file:cc", "file:dd")
BARS = 2_400
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def small(**changes: object) -> dict[str, object]:
    """Return constraints that are worked off in well under a second."""
    return {
        "universe": {"mode": "whitelist", "whitelist": list(INSTRUMENTS)},
        "history": {"minimum_days": 60},
        "templates": [{"template": "sma_crossover", "grid": {"fast": [3, 5], "slow": [12, 24]}}],
        "walk_forward": {"windows": 3},
    } | changes


class Desk:
    """Submit AutoBuilds of one tenant and run attempts in this process."""

    def __init__(self, database: Database, settings: Settings, bus: Bus, tenant: UUID) -> None:
        self.database, self.bus, self.tenant = database, bus, tenant
        self.settings = settings.with_changes(research_processes=0)
        self.clock = ManualClock(NOW)
        self.shared = Lake(settings.lake_dir)
        self.own = private_lake(settings.data_dir, tenant)
        self.stopping = threading.Event()

    def stock(self, instruments: tuple[str, ...] = INSTRUMENTS, bars: int = BARS) -> None:
        """Put random walks into the shared lake."""
        for seed, instrument in enumerate(instruments, 1):
            self.shared.append(instrument, "1h", walk_bars(bars, seed, gaps=False))

    def submit(self, document: dict[str, object] | None = None, name: str = "ours") -> AutoBuild:
        """Submit an AutoBuild, of small constraints by default."""
        coverage = joint_coverage(self.own, self.shared)
        wanted = small() if document is None else document
        with self.database.tenant_transaction(self.tenant) as connection:
            return submit_autobuild(
                connection, self.tenant, coverage, name, wanted, self.clock.now()
            )

    def context(self, job: AutoBuild, attempt: int = 0) -> JobContext:
        """Return what a worker hands to the handler."""
        return JobContext(
            self.database,
            self.settings,
            self.clock,
            self.bus,
            self.tenant,
            job.autobuild_id,
            attempt,
            self.stopping,
        )

    def work(self, job: AutoBuild, attempt: int = 0) -> AutoBuild:
        """Run one attempt and return the AutoBuild after it."""
        HANDLERS[TASK](self.context(job, attempt))
        return self.state(job)

    def state(self, job: AutoBuild) -> AutoBuild:
        """Return the AutoBuild as it is."""
        with self.database.tenant_transaction(self.tenant) as connection:
            found = find_autobuild(connection, self.tenant, job.autobuild_id)
        assert found is not None
        return found

    def findings(self, job: AutoBuild) -> dict[str, Any]:
        """Return the findings without how long anything took."""
        with self.database.tenant_transaction(self.tenant) as connection:
            content = get_result(connection, self.tenant, job.autobuild_id)
        assert content is not None
        found: dict[str, Any] = without_seconds(json.loads(content))
        return found

    def checkpoints(self, job: AutoBuild) -> dict[str, Any]:
        """Return the outcomes that are kept, without how long they took."""
        with self.database.tenant_transaction(self.tenant) as connection:
            found = read_checkpoints(connection, self.tenant, job.autobuild_id)
        return {name: without_seconds(json.loads(content)) for name, content in found.items()}

    def events(self, job: AutoBuild) -> list[NumberedEvent]:
        """Return all events of an AutoBuild."""
        with self.database.tenant_transaction(self.tenant) as connection:
            return read_events(connection, self.tenant, job.autobuild_id, 0, 10_000)

    def facts(self) -> list[tuple[str, dict[str, Any]]]:
        """Return what the tenant was told."""
        with self.database.system_transaction() as connection:
            rows = connection.execute(
                text("SELECT type, data FROM outbox WHERE user_id = :tenant ORDER BY id"),
                {"tenant": self.tenant},
            )
            return [(row.type, row.data) for row in rows]

    def trials(self, job: AutoBuild) -> list[tuple[str, int]]:
        """Return the lines of the ledger that an AutoBuild left, by part."""
        with self.database.tenant_transaction(self.tenant) as connection:
            rows = connection.execute(
                text("SELECT part, sets FROM trials WHERE run_id = :id ORDER BY part"),
                {"id": job.autobuild_id},
            )
            return [(row.part, row.sets) for row in rows]

    def count(self, table: str) -> int:
        """Count the tenant's rows of a table."""
        with self.database.tenant_transaction(self.tenant) as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def without_seconds(value: Any) -> Any:
    """Return JSON without how long things took, which no two runs share."""
    if isinstance(value, dict):
        return {k: without_seconds(v) for k, v in value.items() if k != "seconds"}
    if isinstance(value, list):
        return [without_seconds(each) for each in value]
    return value
