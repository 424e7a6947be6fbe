"""Single-use tickets with which a page opens its event socket; they live thirty seconds."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Unauthenticated
from fairlead.tenancy.credentials import new_token, token_hash
from fairlead.tenancy.model import TICKET_S, Ticket
from fairlead.tenancy.principal import Principal
from fairlead.tenancy.store_keys import is_key_alive
from fairlead.tenancy.store_sessions import (
    insert_ticket,
    prune_tickets,
    redeem_ticket,
    session_state,
)
from fairlead.tenancy.surroundings import Surroundings


def issue_ticket(around: Surroundings, connection: Connection, principal: Principal) -> str:
    """Return a new ticket for the principal's own events."""
    now = around.clock.now()
    prune_tickets(connection, principal.user_id, now)
    ticket = new_token()
    row = Ticket(
        principal.user_id,
        principal.role,
        principal.actor_id,
        principal.credential_id,
        now + timedelta(seconds=TICKET_S),
    )
    insert_ticket(connection, row, token_hash(ticket))
    return ticket


def redeem(around: Surroundings, ticket: str) -> Ticket:
    """Use a ticket up; raise Unauthenticated for one that is unknown, used or too old."""
    with around.database.system_transaction() as connection:
        found = redeem_ticket(connection, token_hash(ticket))
    if found is None or found.expires_at <= around.clock.now():
        raise Unauthenticated(
            "This ticket is unknown, used or older than thirty seconds.",
            action="Ask /api/v1/auth/ws-ticket for a new one.",
        )
    return found


def is_still_signed_in(around: Surroundings, user_id: UUID, credential_id: UUID) -> bool:
    """Say whether the session or key a socket was opened with may still be used."""
    now = around.clock.now()
    with around.database.tenant_transaction(user_id) as connection:
        if session_state(connection, user_id, credential_id, now) is not None:
            return True
        return is_key_alive(connection, user_id, credential_id, now)
