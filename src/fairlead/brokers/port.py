"""What a venue is to us: it takes, cancels and finds orders, and answers in four ways only."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

CLIENT_ID_CHARS = 20  # the shortest field any of the venues offers (Kite's tag)

Resend = Literal["safe", "after_query", "never"]
OrderType = Literal["market", "limit", "stop"]


@dataclass(frozen=True, slots=True)
class Capability:
    """What a venue promises, on which the dispatcher's behaviour depends.

    `resend` says whether an order whose outcome is unknown may be sent again under the same
    client id: `safe` where the id is remembered for good, `after_query` where a query within an
    enforced validity window settles it, `never` where neither holds. `orders_per_s` is the
    venue's limit for one connection, `burst` how many may go at once; None means no limit.
    """

    venue: str
    resend: Resend
    finds_by_client_id: bool
    rests_stops: bool
    fills_from_bars: bool
    orders_per_s: float | None
    burst: int
    timeout_s: float


@dataclass(frozen=True, slots=True)
class OutgoingOrder:
    """One order as a venue sees it; `quantity` is positive, `side` is +1 to buy, -1 to sell."""

    client_id: str
    connection_id: str
    instrument: str
    side: int
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    reduce_only: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """The venue has the order; nothing is said about a fill."""

    venue_order_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The venue said no, and why; the order does not exist there."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left; the same order may be sent again at once."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """The request may have arrived: reconcile before anything else."""

    reason: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The venue has no order with that client id."""


Placement = Accepted | Refused | NotSent | OutcomeUnknown
Lookup = Accepted | Absent | OutcomeUnknown
Cancellation = Accepted | Absent | NotSent | OutcomeUnknown


class Venue(Protocol):
    """Take orders for many connections; every call is bounded by the capability's timeout.

    No method raises for anything a venue can do: the four outcomes say it.
    """

    @property
    def capability(self) -> Capability:
        """Return what this venue promises."""

    def place(self, order: OutgoingOrder) -> Placement:
        """Ask the venue to take `order`; never repeats the request by itself."""

    def cancel(self, connection_id: str, client_id: str) -> Cancellation:
        """Ask the venue to forget an order; `Accepted` means that it will not fill any more."""

    def find(self, connection_id: str, client_id: str) -> Lookup:
        """Ask the venue whether it has the order."""
