"""Tells of promotions: an event for pages, and lines of the audit log."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.outbox import emit
from fairlead.promotion.events import PromotionChanged
from fairlead.promotion.gates import Gate
from fairlead.promotion.model import Promotion
from fairlead.tenancy.audit import record


def tell(
    connection: Connection,
    tenant_id: UUID,
    promotion: Promotion,
    act: str,
    detail: dict[str, str],
) -> None:
    """Emit where a promotion stands and put the step on record, in the transaction of the act."""
    subject = promotion.subject
    emit(
        connection,
        tenant_id,
        PromotionChanged(promotion.id, promotion.status, subject.name, promotion.override),
    )
    audit(connection, tenant_id, promotion, act, {"hash": subject.content_hash, **detail})


def audit(
    connection: Connection,
    tenant_id: UUID,
    promotion: Promotion,
    act: str,
    detail: dict[str, str],
) -> None:
    """Put one act on a promotion on record."""
    record(connection, tenant_id, f"promotion.{act}", f"promotion:{promotion.id}", detail)


def audit_subscription(
    connection: Connection,
    tenant_id: UUID,
    promotion: Promotion,
    act: str,
    detail: dict[str, str],
) -> None:
    """Put on record what a promotion did to its subscription, as if its owner had."""
    subject = f"subscription:{promotion.subscription_id}"
    record(connection, tenant_id, f"subscription.{act}", subject, detail)


def verdict(gates: Sequence[Gate]) -> dict[str, str]:
    """Return how many gates were green, and which were red, for the record."""
    red = ", ".join(gate.name for gate in gates if not gate.passed)
    return {"gates": f"{sum(gate.passed for gate in gates)} of {len(gates)} green", "red": red}
