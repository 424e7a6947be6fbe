"""Takes orders without money: acceptance here, fills from the next closed bar by the kernel."""

import threading
import zlib
from dataclasses import dataclass

from fairlead.brokers.port import (
    CLIENT_ID_CHARS,
    Absent,
    Accepted,
    Cancellation,
    Capability,
    Lookup,
    NotSent,
    OutcomeUnknown,
    OutgoingOrder,
    Placement,
    Refused,
)

REMEMBERED = 200_000

CAPABILITY = Capability(
    venue="paper",
    # a book holds each order once, so a second acceptance cannot fill twice
    resend="safe",
    finds_by_client_id=True,
    rests_stops=False,
    fills_from_bars=True,
    orders_per_s=None,
    burst=1_000,
    timeout_s=1.0,
)


@dataclass(frozen=True, slots=True)
class PaperConditions:
    """How unkind the venue is: one order in `n` meets the named outcome, 0 switches it off.

    Which orders are met depends on their client id alone, so a run can be repeated.
    """

    refuse_one_in: int = 0
    lose_one_in: int = 0
    unsent_one_in: int = 0


class PaperVenue:
    """Accept orders and remember their ids; safe to share between threads."""

    def __init__(self, conditions: PaperConditions = PaperConditions()) -> None:
        self._conditions = conditions
        self._known: dict[tuple[str, str], None] = {}
        self._unsent: set[str] = set()
        self._lock = threading.Lock()

    @property
    def capability(self) -> Capability:
        """Return what the paper venue promises."""
        return CAPABILITY

    def place(self, order: OutgoingOrder) -> Placement:
        """Take the order unless it is malformed or the conditions say otherwise."""
        problem = _problem(order)
        if problem:
            return Refused(problem)
        key = (order.connection_id, order.client_id)
        with self._lock:
            if key in self._known:
                return Accepted(order.client_id)
            chance = zlib.crc32(order.client_id.encode())
            if _meets(chance, self._conditions.refuse_one_in):
                return Refused("refused by the conditions of the paper venue")
            if _meets(chance >> 3, self._conditions.unsent_one_in):
                if order.client_id not in self._unsent:
                    self._unsent.add(order.client_id)
                    return NotSent("the conditions of the paper venue cut the line")
                self._unsent.discard(order.client_id)
            self._remember(key)
            if _meets(chance >> 6, self._conditions.lose_one_in):
                return OutcomeUnknown("the conditions of the paper venue swallowed the answer")
        return Accepted(order.client_id)

    def cancel(self, connection_id: str, client_id: str) -> Cancellation:
        """Forget the order; the caller makes sure that no bar has filled it."""
        with self._lock:
            if (connection_id, client_id) not in self._known:
                return Absent()
            del self._known[connection_id, client_id]
        return Accepted(client_id)

    def find(self, connection_id: str, client_id: str) -> Lookup:
        """Tell whether this process has taken the order."""
        with self._lock:
            known = (connection_id, client_id) in self._known
        return Accepted(client_id) if known else Absent()

    def _remember(self, key: tuple[str, str]) -> None:
        self._known[key] = None
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]


def _meets(chance: int, one_in: int) -> bool:
    return one_in > 0 and chance % one_in == 0


def _problem(order: OutgoingOrder) -> str:
    if not 1 <= len(order.client_id) <= CLIENT_ID_CHARS:
        return f"expected a client id of at most {CLIENT_ID_CHARS} characters"
    if not order.quantity.is_finite() or order.quantity <= 0:
        return f"expected a positive quantity, found {order.quantity}"
    if order.side not in (-1, 1):
        return f"expected a side of 1 or -1, found {order.side}"
    if order.type != "market" and order.price is None:
        return f"expected a price for a {order.type} order"
    return ""
