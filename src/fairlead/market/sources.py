"""Whose bars: a tenant's own lake stands above the one that all tenants share."""

from pathlib import Path
from typing import Protocol
from uuid import UUID

from fairlead.infra.errors import NotFound
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.lake import Lake
from fairlead.market.reports import Coverage
from fairlead.tenancy.surroundings import Surroundings

PRIVATE, SHARED = "private", "shared"


class DataContext(Surroundings, Protocol):
    """What the routes of market data need of the process's context."""

    @property
    def lake(self) -> Lake:
        """Return the lake that all tenants share."""


def private_lake(data_dir: Path, tenant_id: UUID) -> Lake:
    """Return the lake of one tenant; its folder is made at the first import."""
    return Lake(data_dir / "tenants" / str(tenant_id) / "lake")


def find_series(
    own: Lake, shared: Lake, instrument: str, timeframe: str | Timeframe
) -> tuple[Lake, str]:
    """Return the lake to read a series from, and `private` or `shared`.

    Raises NotFound when neither has it.
    """
    if own.has(instrument, timeframe):
        return own, PRIVATE
    if shared.has(instrument, timeframe):
        return shared, SHARED
    raise NotFound(
        f"There are no bars of {instrument} at {timeframe}.",
        action="Import them, or choose an instrument that the coverage page lists.",
    )


def joint_coverage(own: Lake, shared: Lake, instrument: str | None = None) -> list[Coverage]:
    """Return what both lakes cover, by instrument and timeframe, each labelled with its source."""
    found = [
        *own.coverage(instrument, source=PRIVATE),
        *shared.coverage(instrument, source=SHARED),
    ]
    return sorted(found, key=lambda entry: (entry.instrument, entry.timeframe, entry.source))
