"""HTTP of promotion: /promotions."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from fairlead.infra.pages import page_of, wrong_cursor
from fairlead.live.risk import RiskProfile, check_profile, write_profile
from fairlead.live.routes.bodies import RiskBody
from fairlead.promotion import deciding
from fairlead.promotion.gates import all_passed
from fairlead.promotion.model import Promotion, Terms
from fairlead.promotion.store import list_promotions
from fairlead.promotion.subjects import Named, subject_of
from fairlead.promotion.views import (
    ApproveBody,
    GatesView,
    Money,
    PromotionPage,
    PromotionView,
    Reason,
    RejectBody,
    RollbackBody,
    SubjectBody,
    gate_view,
    named_of,
    promotion_view,
)
from fairlead.tenancy.access import (
    CurrentPrincipal,
    PageQuery,
    TenantConnection,
    require,
    surroundings,
)
from fairlead.tenancy.access_idempotency import IdempotentRoute

router = APIRouter(prefix="/promotions", tags=["promotion"], route_class=IdempotentRoute)

READ = [require("subscriptions.read")]
WRITE = [require("subscriptions.write")]
ShortQuery = Annotated[str | None, Query(max_length=100)]


class PromotionBody(BaseModel):
    """Ask for a promotion; it is deployed at once when all gates are green, or overridden."""

    model_config = ConfigDict(extra="forbid")

    subject: SubjectBody
    connection_id: UUID
    capital: Money = Decimal(10_000)
    risk_profile: RiskBody = RiskBody()
    join: Literal["wait", "join"] = "wait"
    override: bool = False
    reason: Reason = ""


@router.get("/gates", dependencies=READ)
def read_gates(
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    portfolio_id: UUID | None = None,
    version_id: UUID | None = None,
    run_id: UUID | None = None,
    instrument: ShortQuery = None,
    timeframe: ShortQuery = None,
    connection_id: UUID | None = None,
) -> GatesView:
    """Return the gates of a portfolio, or of a version on a series, as the evidence is now.

    The series is `instrument` and `timeframe`, or that of `run_id`; without a connection the
    gates are those of a paper one.
    """
    named = Named(portfolio_id, version_id, run_id, instrument, timeframe)
    subject = subject_of(connection, principal.user_id, named)
    gates, overridable = deciding.gates_of(
        connection, principal.user_id, subject, connection_id, _now(request)
    )
    return GatesView(
        gates=[gate_view(gate) for gate in gates],
        ready=all_passed(gates),
        override_allowed=overridable,
    )


@router.get("", dependencies=READ)
def list_own(connection: TenantConnection, page: PageQuery) -> PromotionPage:
    """List one's own promotions, newest first."""
    after = page.after(1)
    before = None if after is None else _uuid(after[0])
    rows = list_promotions(connection, before, page.limit + 1)
    found = page_of(rows, page.limit, lambda row: (str(row.id),))
    return PromotionPage(items=[_view(row) for row in found.items], next_cursor=found.next_cursor)


@router.post("", status_code=201, dependencies=WRITE)
def promote(
    body: PromotionBody,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> PromotionView:
    """Ask for a promotion: deployed at once when all gates are green, else kept with the red ones.

    What is deployed on this connection already is returned as it is.
    """
    profile = check_profile(RiskProfile(**body.risk_profile.model_dump()))
    terms = Terms(body.connection_id, body.capital, write_profile(profile), body.join)
    subject = subject_of(connection, principal.user_id, named_of(body.subject))
    override = deciding.Override(body.override, body.reason)
    return _view(
        deciding.request(connection, principal.user_id, subject, terms, override, _now(request))
    )


@router.get("/{promotion_id}", dependencies=READ)
def read(promotion_id: UUID, connection: TenantConnection) -> PromotionView:
    """Return one promotion."""
    return _view(deciding.owned_promotion(connection, promotion_id))


@router.post("/{promotion_id}/approve", dependencies=WRITE)
def approve(
    promotion_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    body: ApproveBody | None = None,
) -> PromotionView:
    """Approve on the evidence as it is now, and deploy unless told not to."""
    asked = body or ApproveBody()
    override = deciding.Override(asked.override, asked.reason)
    return _view(
        deciding.approve(
            connection,
            principal.user_id,
            promotion_id,
            override,
            _now(request),
            deploy_too=asked.deploy,
        )
    )


@router.post("/{promotion_id}/reject", dependencies=WRITE)
def reject(
    promotion_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    body: RejectBody | None = None,
) -> PromotionView:
    """Turn down what was asked for or approved."""
    reason = (body or RejectBody()).reason
    return _view(
        deciding.reject(connection, principal.user_id, promotion_id, reason, _now(request))
    )


@router.post("/{promotion_id}/deploy", dependencies=WRITE)
def deploy(
    promotion_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
) -> PromotionView:
    """Deploy what was approved without being deployed."""
    return _view(deciding.deploy(connection, principal.user_id, promotion_id, _now(request)))


@router.post("/{promotion_id}/rollback", dependencies=WRITE)
def roll_back(
    promotion_id: UUID,
    request: Request,
    principal: CurrentPrincipal,
    connection: TenantConnection,
    body: RollbackBody | None = None,
) -> PromotionView:
    """End what was deployed, in one step; its positions are closed at the next open, or kept."""
    exits = (body or RollbackBody()).positions == "exit"
    return _view(
        deciding.roll_back(
            connection, principal.user_id, promotion_id, _now(request), exit_positions=exits
        )
    )


def _view(promotion: Promotion) -> PromotionView:
    return promotion_view(promotion, json.loads(promotion.terms.risk_profile))


def _now(request: Request) -> datetime:
    return surroundings(request).clock.now()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise wrong_cursor(text) from None
