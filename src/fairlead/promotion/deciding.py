"""Request, approve, reject, deploy, roll back: each step gated, audited, and safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, Forbidden, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.live import lifecycle
from fairlead.live.model import LegDraft
from fairlead.live.paper import is_paper
from fairlead.live.risk import read_profile, write_profile
from fairlead.promotion.evidence import gather
from fairlead.promotion.gates import Gate, Thresholds, all_passed, evaluate_gates
from fairlead.promotion.model import PromotedLeg, Promotion, Status, Subject, Terms
from fairlead.promotion.store import (
    find_open,
    find_promotion,
    insert_promotion,
    lock_subject,
    update_promotion,
)
from fairlead.promotion.telling import audit, audit_subscription, tell, verdict
from fairlead.strategies.portfolios.checks import decimal_weight
from fairlead.strategies.versions import followable_version

THRESHOLDS = Thresholds()
REASON_MIN = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Override:
    """Whether somebody wants red gates passed over, and why."""

    wanted: bool
    reason: str


NO_OVERRIDE = Override(wanted=False, reason="")


def gates_of(
    connection: Connection,
    tenant_id: UUID,
    subject: Subject,
    connection_id: UUID | None,
    now: datetime,
) -> tuple[tuple[Gate, ...], bool]:
    """Return the gates of a subject, and whether an override would be possible.

    Without a connection they are those of a paper one. Raises `NotFound` for a connection that is
    not the tenant's.
    """
    paper = True if connection_id is None else _on_paper(connection, connection_id)
    return _gates(connection, tenant_id, subject, paper, now), paper


def request(
    connection: Connection,
    tenant_id: UUID,
    subject: Subject,
    terms: Terms,
    override: Override,
    now: datetime,
) -> Promotion:
    """Ask for a promotion; with all gates green, or overridden, it is deployed at once.

    All of it is one transaction. What is deployed already on this connection is returned as it
    is, and what is asked for already is decided anew with these terms: a repeated request makes
    no second subscription. Raises `Forbidden` for an override on real money, `InvalidInput` for
    one without a reason, `NotFound` for a connection that is not the tenant's.
    """
    paper = _on_paper(connection, terms.connection_id)
    _check_override(override, paper)
    lock_subject(connection, tenant_id, terms.connection_id, subject.content_hash)
    known = find_open(connection, terms.connection_id, subject.content_hash)
    if known is not None and known.status == "deployed":
        if not _ended(connection, known):
            return known
        _close(connection, tenant_id, known, now)
        known = None
    gates = _gates(connection, tenant_id, subject, paper, now)
    asked = replace(
        known or _new(subject, terms, now),
        subject=subject,
        terms=terms,
        gates=gates,
        status="requested",
        approved_at=None,
    )
    if known is None:
        insert_promotion(connection, tenant_id, asked)
    else:
        update_promotion(connection, asked)
    tell(connection, tenant_id, asked, "request", verdict(gates))
    if not (all_passed(gates) or override.wanted):
        return asked
    return _deploy(
        connection, tenant_id, _approve(connection, tenant_id, asked, override, now), now
    )


def approve(
    connection: Connection,
    tenant_id: UUID,
    promotion_id: UUID,
    override: Override,
    now: datetime,
    *,
    deploy_too: bool = True,
) -> Promotion:
    """Approve what was asked for, on the evidence as it is now, and deploy it unless told not to.

    Raises `Conflict` while a gate is red and not overridden, or for one that was decided already.
    One that is approved or deployed already is returned as it is.
    """
    found = _locked(connection, promotion_id)
    if found.status == "deployed" or (found.status == "approved" and not deploy_too):
        return found
    if found.status == "approved":
        return _deploy(connection, tenant_id, found, now)
    _expect(found, "requested")
    paper = _on_paper(connection, found.terms.connection_id)
    _check_override(override, paper)
    gates = _gates(connection, tenant_id, found.subject, paper, now)
    judged = replace(found, gates=gates)
    if not (all_passed(gates) or override.wanted):
        raise _red(gates, paper)
    approved = _approve(connection, tenant_id, judged, override, now)
    return _deploy(connection, tenant_id, approved, now) if deploy_too else approved


def deploy(connection: Connection, tenant_id: UUID, promotion_id: UUID, now: datetime) -> Promotion:
    """Deploy what was approved; one that is deployed already is returned as it is."""
    found = _locked(connection, promotion_id)
    if found.status == "deployed":
        return found
    _expect(found, "approved")
    return _deploy(connection, tenant_id, found, now)


def reject(
    connection: Connection, tenant_id: UUID, promotion_id: UUID, reason: str, now: datetime
) -> Promotion:
    """Turn down what was asked for or approved; one that is rejected already stays as it is."""
    found = _locked(connection, promotion_id)
    if found.status == "rejected":
        return found
    _expect(found, "requested", "approved")
    rejected = replace(found, status="rejected", rejected_at=now, reason=reason or found.reason)
    update_promotion(connection, rejected)
    tell(connection, tenant_id, rejected, "reject", {"reason": reason})
    return rejected


def roll_back(
    connection: Connection,
    tenant_id: UUID,
    promotion_id: UUID,
    now: datetime,
    *,
    exit_positions: bool,
) -> Promotion:
    """End what a promotion deployed, in one step; one that is rolled back stays as it is.

    The subscription is cancelled as its owner would; its positions are closed at the next open,
    or kept under their stops to their end.
    """
    found = _locked(connection, promotion_id)
    if found.status == "rolled_back":
        return found
    _expect(found, "deployed")
    assert found.subscription_id is not None
    lifecycle.cancel(
        connection, tenant_id, found.subscription_id, now, exit_positions=exit_positions
    )
    back = replace(found, status="rolled_back", rolled_back_at=now)
    update_promotion(connection, back)
    positions = "exit" if exit_positions else "keep"
    tell(connection, tenant_id, back, "rollback", {"positions": positions})
    audit_subscription(connection, tenant_id, back, "cancel", {"positions": positions})
    return back


def owned_promotion(connection: Connection, promotion_id: UUID) -> Promotion:
    """Return one of the tenant's promotions; raise `NotFound` for any other."""
    found = find_promotion(connection, promotion_id)
    if found is None:
        raise _missing(promotion_id)
    return found


def _gates(
    connection: Connection, tenant_id: UUID, subject: Subject, paper: bool, now: datetime
) -> tuple[Gate, ...]:
    return evaluate_gates(gather(connection, tenant_id, subject, not paper, now), THRESHOLDS)


def _approve(
    connection: Connection,
    tenant_id: UUID,
    asked: Promotion,
    override: Override,
    now: datetime,
) -> Promotion:
    """Approve; an override counts as one only where a gate is red."""
    needed = override.wanted and not all_passed(asked.gates)
    approved = replace(
        asked,
        status="approved",
        approved_at=now,
        override=needed,
        reason=override.reason if needed else asked.reason,
    )
    update_promotion(connection, approved)
    tell(connection, tenant_id, approved, "approve", verdict(approved.gates))
    if needed:
        detail = {"reason": override.reason, **verdict(approved.gates)}
        audit(connection, tenant_id, approved, "override", detail)
    return approved


def _deploy(
    connection: Connection, tenant_id: UUID, approved: Promotion, now: datetime
) -> Promotion:
    """Begin the subscription and record it, in the caller's one transaction: both or neither."""
    subject, terms = approved.subject, approved.terms
    for leg in subject.legs:
        followable_version(connection, leg.version_id)
    made = lifecycle.begin(
        connection,
        tenant_id,
        lifecycle.Wanted(
            strategy_id=subject.legs[0].strategy_id,
            strategy_name=subject.name,
            legs=tuple(_draft(leg) for leg in subject.legs),
            connection_id=terms.connection_id,
            capital=terms.capital,
            risk_profile=_profile(subject, terms),
            join_mode=terms.join_mode,
        ),
    )
    deployed = replace(approved, status="deployed", deployed_at=now, subscription_id=made)
    update_promotion(connection, deployed)
    tell(connection, tenant_id, deployed, "deploy", {"subscription": str(made)})
    detail = {"promotion": str(deployed.id), "capital": str(terms.capital)}
    audit_subscription(connection, tenant_id, deployed, "create", detail)
    return deployed


def _draft(leg: PromotedLeg) -> LegDraft:
    timeframe = parse_timeframe(leg.timeframe)
    parameters = tuple(sorted(leg.parameters.items()))
    return LegDraft(
        leg.version_id,
        leg.instrument,
        leg.timeframe,
        timeframe.ms,
        parameters,
        decimal_weight(leg.weight),
    )


def _profile(subject: Subject, terms: Terms) -> str:
    """Return the subscriber's rules; what they leave open is the portfolio's."""
    own = read_profile(terms.risk_profile)
    return write_profile(
        replace(
            own,
            max_positions=_given(own.max_positions, subject.max_positions),
            max_exposure=_given(own.max_exposure, subject.max_exposure),
            max_daily_loss=_given(own.max_daily_loss, subject.max_daily_loss),
        )
    )


def _new(subject: Subject, terms: Terms, now: datetime) -> Promotion:
    return Promotion(
        id=uuid7(),
        status="requested",
        subject=subject,
        terms=terms,
        gates=(),
        override=False,
        reason="",
        subscription_id=None,
        created_at=now,
        approved_at=None,
        deployed_at=None,
        rejected_at=None,
        rolled_back_at=None,
    )


def _ended(connection: Connection, deployed: Promotion) -> bool:
    assert deployed.subscription_id is not None
    return lifecycle.has_ended(connection, deployed.subscription_id)


def _close(connection: Connection, tenant_id: UUID, deployed: Promotion, now: datetime) -> None:
    """Note that its owner has ended the subscription; nothing is left to roll back."""
    back = replace(deployed, status="rolled_back", rolled_back_at=now)
    update_promotion(connection, back)
    tell(connection, tenant_id, back, "rollback", {"positions": "ended by hand before"})


def _locked(connection: Connection, promotion_id: UUID) -> Promotion:
    found = find_promotion(connection, promotion_id, lock=True)
    if found is None:
        raise _missing(promotion_id)
    return found


def _on_paper(connection: Connection, connection_id: UUID) -> bool:
    paper = is_paper(connection, connection_id)
    if paper is None:
        raise NotFound(
            "There is no such connection.",
            found=str(connection_id),
            action="Make a paper connection first.",
            path="connection_id",
        )
    return paper


def _check_override(override: Override, paper: bool) -> None:
    if not override.wanted:
        return
    if not paper:
        raise Forbidden(
            "Gates can be overridden for one's own paper money only.",
            expected="all gates green, or a paper connection",
            found="an override on a real connection",
            action="Promote it to a paper connection.",
            path="override",
        )
    if len(override.reason.strip()) < REASON_MIN:
        raise InvalidInput(
            "An override needs its reason: it is kept on record.",
            expected=f"at least {REASON_MIN} characters",
            found=override.reason,
            path="reason",
        )


def _expect(found: Promotion, *wanted: Status) -> None:
    if found.status in wanted:
        return
    raise Conflict(
        f"The promotion is {found.status.replace('_', ' ')}.",
        expected=" or ".join(wanted),
        found=found.status,
        action="Ask for a new one.",
    )


def _red(gates: Sequence[Gate], paper: bool) -> Conflict:
    red = [gate for gate in gates if not gate.passed]
    todo = " ".join(f"{gate.label}: {gate.action}" for gate in red)
    return Conflict(
        f"{len(red)} gates are red: {', '.join(gate.label for gate in red)}.",
        expected="all gates green",
        found=" ".join(f"{gate.label}: {gate.text}" for gate in red),
        action=todo + (" Or override it with a reason: it is paper money." if paper else ""),
    )


def _missing(promotion_id: UUID) -> NotFound:
    return NotFound(
        "There is no such promotion, or it is not yours.",
        found=str(promotion_id),
        path="promotion_id",
    )


def _given(own: T | None, other: T | None) -> T | None:
    return other if own is None else own
