"""A finished backtest of one's own published version, shown in the catalog."""

import json
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.errors import Conflict
from fairlead.research.runs import Run
from fairlead.research.thinning import kept_points
from fairlead.strategies.model import Evidence
from fairlead.strategies.versions import load_version, publish_evidence

EQUITY_POINTS = 500


def show_in_catalog(
    connection: Connection, tenant_id: UUID, run: Run, report: bytes, now: datetime
) -> None:
    """Publish a backtest's figures and its equity in at most 500 points or so.

    Raises `Conflict` for a run that is not of a stored version, `NotFound` for another author's
    version or one that is not published.
    """
    if run.version_id is None:
        raise Conflict(
            "Only a backtest of a stored version can be shown in the catalog.",
            action="Save the definition as a version and run it again.",
        )
    version = load_version(connection, run.version_id)
    data = json.loads(report)
    equity = data["equity"]
    kept = kept_points(np.array([value for _, value in equity]), EQUITY_POINTS)
    evidence = Evidence(
        kind="backtest",
        version_id=version.id,
        figures=data["metrics"],
        equity=[equity[index] for index in kept.tolist()],
        recorded_at=now,
    )
    publish_evidence(connection, version.strategy_id, tenant_id, evidence)
