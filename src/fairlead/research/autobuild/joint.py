"""Instruments and bars of a tenant's own lake and of the shared one; its own stands above."""

from dataclasses import dataclass

from fairlead.market.lake import Lake
from fairlead.market.membership import Interval
from fairlead.market.sources import find_series
from fairlead.research.autobuild.ports import LakeCandles, LakeUniverse, memberships_of
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.terms import Constraints


@dataclass(frozen=True, slots=True)
class JointUniverse:
    """Rank what both lakes hold."""

    own: Lake
    shared: Lake

    def members(self, constraints: Constraints) -> list[str]:
        """Return the whitelist in its order, or the most liquid instruments first."""
        if constraints.universe.mode == "whitelist":
            return list(constraints.universe.whitelist)
        volumes = LakeUniverse(self.shared).volumes(constraints)
        volumes.update(LakeUniverse(self.own).volumes(constraints))
        return sorted(volumes, key=lambda name: (-volumes[name], name))

    def memberships(self, constraints: Constraints) -> dict[str, tuple[Interval, ...]]:
        """Return when each instrument belonged; a tenant's own bars stand above shared ones."""
        held = {lake: LakeUniverse(lake).held(constraints) for lake in (self.shared, self.own)}
        return memberships_of(held, constraints)


@dataclass(frozen=True, slots=True)
class JointCandles:
    """Take series from the lake that has them."""

    own: Lake
    shared: Lake

    def ensure(self, instrument: str, constraints: Constraints) -> SeriesOnDisk:
        """Return the series within the period; raises `NotFound`, `InvalidInput` for no bars."""
        lake, _ = find_series(self.own, self.shared, instrument, constraints.timeframe)
        return LakeCandles(lake).ensure(instrument, constraints)
