"""The surroundings of tenancy with a clock that stands still."""

from dataclasses import dataclass

import pytest

from fairlead.infra.bus import Bus
from fairlead.infra.clock import ManualClock
from fairlead.infra.db import Database
from fairlead.infra.ids import uuid7
from fairlead.infra.settings import Settings

PASSWORD = "otter lamp quarry nine"


@dataclass(frozen=True, slots=True)
class Around:
    """Real database and bus, a data folder of the test alone, a clock in the test's hand."""

    settings: Settings
    clock: ManualClock
    database: Database
    bus: Bus


@pytest.fixture
def around(settings: Settings, database: Database, bus: Bus) -> Around:
    """Return surroundings in which time stands still."""
    return Around(settings, ManualClock(), database, bus)


@pytest.fixture
def email() -> str:
    """Return an address nobody has yet."""
    return f"{uuid7()}@example.com"
