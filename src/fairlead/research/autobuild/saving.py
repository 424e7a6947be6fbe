"""Turn what an AutoBuild assembled into a portfolio of one's own versions."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict
from fairlead.research.autobuild.constraints import read_constraints
from fairlead.research.autobuild.record import AutoBuild
from fairlead.research.jsonable import Json
from fairlead.strategies.authoring import adopt_version
from fairlead.strategies.model import Setting
from fairlead.strategies.portfolios.authoring import (
    WantedLeg,
    WantedPortfolio,
    create_portfolio,
)
from fairlead.strategies.portfolios.model import Caps, Method, Portfolio
from fairlead.strategies.templates import load_template


@dataclass(frozen=True, slots=True)
class _Leg:
    instrument: str
    timeframe: str
    template: str
    parameters: dict[str, Setting]
    weight: float


def save_portfolio(
    connection: Connection,
    tenant_id: UUID,
    autobuild: AutoBuild,
    findings: bytes,
    name: str,
    now: datetime,
) -> Portfolio:
    """Store the assembled portfolio; templates become strategies of the tenant's own.

    A template whose content the tenant has as a version already is not stored again. Raises
    `Conflict` when no instrument was accepted, or when it was tested with another sizing than
    the versions trade with.
    """
    constraints = read_constraints(autobuild.constraints)
    legs = _legs(findings)
    if not legs:
        raise Conflict(
            "There is nothing to save: no instrument passed all gates.",
            action="Look at the gates of the rejected ones, or build on more history.",
        )
    account = constraints.account
    if account.sizing.mode != "definition" or account.long_only:
        raise Conflict(
            "The legs were tested with a sizing of the constraints, which versions do not carry.",
            expected="/trading/sizing definition and /trading/long_only false",
            found=f"{account.sizing.mode}{', long only' if account.long_only else ''}",
            action="Build again with the sizing of the templates.",
        )
    wanted = WantedPortfolio(
        name=name,
        method=cast("Method", constraints.limits.method),
        legs=tuple(
            WantedLeg(
                version_id=adopt_version(
                    connection, tenant_id, load_template(leg.template), now
                ).id,
                instrument=leg.instrument,
                timeframe=leg.timeframe,
                parameters=leg.parameters,
                weight=leg.weight,
            )
            for leg in legs
        ),
        caps=Caps(
            max_weight=constraints.limits.maximum_weight,
            max_correlation=constraints.limits.maximum_correlation,
        ),
        source={"autobuild_id": str(autobuild.autobuild_id), "name": autobuild.name},
    )
    return create_portfolio(connection, tenant_id, wanted, now)


def _legs(findings: bytes) -> list[_Leg]:
    found = cast("dict[str, dict[str, list[dict[str, Json]]]]", json.loads(findings))
    return [
        _Leg(
            instrument=str(leg["instrument"]),
            timeframe=str(leg["timeframe"]),
            template=str(leg["template"]),
            parameters=cast("dict[str, Setting]", leg["parameters"]),
            weight=cast("float", leg["weight"]),
        )
        for leg in found["portfolio"]["legs"]
        if cast("float", leg["weight"]) > 0.0
    ]
