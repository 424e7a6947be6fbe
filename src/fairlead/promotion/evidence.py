"""Gathers what is known of everything a subject would trade."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.live.paper import days_on_paper
from fairlead.promotion.gates import Evidence, LegEvidence
from fairlead.promotion.model import PromotedLeg, Subject
from fairlead.research.on_record import SeriesAsked, on_record, return_on_one_account


def gather(
    connection: Connection, tenant_id: UUID, subject: Subject, real: bool, now: datetime
) -> Evidence:
    """Return the evidence on a subject, in the tenant's transaction."""
    several = len(subject.legs) > 1
    series = [(leg.version_id, leg.instrument, leg.timeframe) for leg in subject.legs]
    return Evidence(
        legs=tuple(_leg(connection, tenant_id, subject, leg) for leg in subject.legs),
        account_return=return_on_one_account(connection, tenant_id, subject.content_hash)
        if several
        else None,
        real=real,
        paper_days=days_on_paper(connection, series, now) if real else 0.0,
    )


def _leg(
    connection: Connection, tenant_id: UUID, subject: Subject, leg: PromotedLeg
) -> LegEvidence:
    asked = SeriesAsked(
        version_hash=leg.version_hash,
        strategy_id=leg.strategy_id,
        instrument=leg.instrument,
        timeframe=leg.timeframe,
        parameters=leg.parameters,
    )
    found = on_record(
        connection,
        tenant_id,
        asked,
        autobuild_id=subject.autobuild_id,
        run_id=subject.run_id,
    )
    return LegEvidence(
        label=f"{leg.strategy_name} {leg.instrument} {leg.timeframe}",
        source=found.source,
        proven=found.proven,
        trades=found.trades,
        out_of_sample=found.out_of_sample,
        deflated_sharpe=found.deflated_sharpe,
        pbo=found.pbo,
        trials=found.trials.trials,
        trials_known=found.trials.known,
        accepted=found.accepted,
    )
