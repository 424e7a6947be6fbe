"""What tests of feeds and closing work with: a context of the nexus on real servers."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from fairlead.infra.bus import Bus
from fairlead.infra.clock import Clock, SystemClock
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.infra.settings import Settings
from fairlead.market.lake import Lake


@dataclass(frozen=True, slots=True)
class NexusParts:
    """The context of a nexus; fits what `nexus.run` asks for."""

    settings: Settings
    clock: Clock
    database: Database
    bus: Bus
    lake: Lake
    stopping: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def context(settings: Settings, database: Database, bus: Bus, tmp_path: Path) -> NexusParts:
    """Return a context with a lake of this test alone."""
    quiet = settings.with_changes(feeds="")
    return NexusParts(quiet, SystemClock(), database, bus, Lake(tmp_path / "lake"))


@pytest.fixture
def name() -> str:
    """Return the name of a feed, and of an instrument, that no other test uses."""
    return f"t{uuid7().hex[-12:]}"


@pytest.fixture
def rows_of_feed(database: Database) -> Callable[[str], list[tuple[object, ...]]]:
    """Return a function that reads the closed bars of a feed, in order."""

    def read(feed: str) -> list[tuple[object, ...]]:
        statement = text(
            "SELECT instrument, timeframe, ts, open, high, low, close, volume FROM closed_bars "
            "WHERE feed = :feed ORDER BY instrument, timeframe, ts"
        )
        with database.engine_transaction() as connection:
            return [tuple(row) for row in connection.execute(statement, {"feed": feed})]

    return read
