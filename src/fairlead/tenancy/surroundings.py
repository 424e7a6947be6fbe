"""What sign-in and access need of the running process; the wiring's context fits it."""

from typing import Protocol

from fairlead.infra.bus import Bus
from fairlead.infra.clock import Clock
from fairlead.infra.db import Database
from fairlead.infra.settings import Settings


class Surroundings(Protocol):
    """Name the parts of the process's context that this slice uses; built above it."""

    @property
    def settings(self) -> Settings:
        """Return the settings of the process."""

    @property
    def clock(self) -> Clock:
        """Return the clock of the process."""

    @property
    def database(self) -> Database:
        """Return the database of the process."""

    @property
    def bus(self) -> Bus:
        """Return the bus of the process."""
