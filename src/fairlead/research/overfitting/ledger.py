"""The tenant's ledger of trials: every set ever tried on a family, whatever became of the run."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.research.overfitting.family import PREFIX, idea_of
from fairlead.research.overfitting.trials import NO_TRIALS, TrialCount, trials_of
from fairlead.research.runs import Trial
from fairlead.research.store_trials import (
    TrialSums,
    all_families,
    insert_link,
    insert_trial,
    kin_of,
    sum_everywhere,
    sum_on_instrument,
    versions_with_ledger,
)
from fairlead.strategies.versions import versions_from_outside, versions_of

__all__ = [
    "NO_TRIALS",
    "TrialCount",
    "count_everywhere",
    "count_trials",
    "kin",
    "record_trials",
    "trials_of",
]


def record_trials(
    connection: Connection,
    tenant_id: UUID,
    run_id: UUID,
    trial: Trial,
    now: datetime,
    *,
    part: str = "",
    idea: str | None = None,
) -> bool:
    """Add a line for a run, in the transaction that ends it; return whether it is new.

    `part` tells the lines of one run apart, such as the instruments of an AutoBuild. `idea` is
    the name of the definition's idea, where the tenant may know it: it ties the family to every
    other strategy of that idea, so that a clone counts in the family of its root.
    """
    if idea is not None:
        insert_link(connection, tenant_id, trial.family, idea, now)
    return insert_trial(connection, tenant_id, run_id, trial, now, part=part)


def count_trials(
    connection: Connection, tenant_id: UUID, family: str, instrument: str
) -> TrialCount:
    """Return what the tenant ever tried of a family on an instrument.

    `family` is the id of a strategy or the name of an idea. A family is everything linked to it:
    strategies with a version of the same idea, and all their versions. Deleting runs or
    strategies, renaming, cloning and tuning change nothing about what was tried. `known` is False
    while a version in it came from outside without its ledger.
    """
    families = kin(connection, tenant_id, family)
    sums = sum_on_instrument(connection, tenant_id, families, instrument)
    return _count(sums, _all_on_record(connection, tenant_id, families))


def count_everywhere(connection: Connection, tenant_id: UUID, family: str) -> TrialCount:
    """Return what the tenant ever tried of a family, on all instruments together."""
    families = kin(connection, tenant_id, family)
    sums = sum_everywhere(connection, tenant_id, families)
    return _count(sums, _all_on_record(connection, tenant_id, families))


def count_all(connection: Connection, tenant_id: UUID) -> TrialCount:
    """Return what the tenant ever tried of anything."""
    families = all_families(connection, tenant_id)
    sums = sum_everywhere(connection, tenant_id, families)
    return _count(sums, _all_on_record(connection, tenant_id, families))


def kin(connection: Connection, tenant_id: UUID, family: str) -> list[str]:
    """Return the names of a family: strategies of the same ideas, and those ideas."""
    members = [family, *_ideas_of_strategy(connection, family)]
    return kin_of(connection, tenant_id, members)


def _ideas_of_strategy(connection: Connection, family: str) -> list[str]:
    strategy_id = _strategy_id(family)
    if strategy_id is None:
        return []
    versions = versions_of(connection, strategy_id)
    return sorted({idea_of(version.definition) for version in versions})


def _all_on_record(connection: Connection, tenant_id: UUID, families: list[str]) -> bool:
    strategies = [found for family in families if (found := _strategy_id(family)) is not None]
    outside = versions_from_outside(connection, strategies)
    return not outside or outside <= versions_with_ledger(connection, tenant_id, strategies)


def _strategy_id(family: str) -> UUID | None:
    if family.startswith(PREFIX):
        return None
    try:
        return UUID(family)
    except ValueError:
        return None


def _count(sums: TrialSums, known: bool) -> TrialCount:
    return TrialCount(
        trials=sums.trials,
        effective=sums.effective,
        sharpe_variance=sums.sharpe_variance,
        known=known,
        sharpe_mean=sums.sharpe_mean,
    )
