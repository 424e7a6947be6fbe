"""The contract every venue of the catalog keeps; a venue is tested by being listed."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from fairlead.brokers.catalog import VENUES, check_venue, open_venues
from fairlead.brokers.port import (
    CLIENT_ID_CHARS,
    Absent,
    Accepted,
    NotSent,
    OutcomeUnknown,
    OutgoingOrder,
    Refused,
    Venue,
)
from fairlead.infra.errors import InvalidInput

ORDER = OutgoingOrder(
    client_id="A" * CLIENT_ID_CHARS,
    connection_id="c",
    instrument="sim:BTC-USDT",
    side=1,
    type="market",
    quantity=Decimal("0.5"),
    price=None,
    reduce_only=False,
)


@pytest.fixture(params=sorted(VENUES))
def venue(request: pytest.FixtureRequest) -> Venue:
    make: Callable[[], Venue] = VENUES[request.param]
    return make()


def test_place_good_order_ends_in_one_of_four_outcomes(venue: Venue) -> None:
    assert isinstance(venue.place(ORDER), Accepted | Refused | NotSent | OutcomeUnknown)


def test_place_same_client_id_again_where_resending_is_safe_is_one_order(venue: Venue) -> None:
    if venue.capability.resend != "safe":
        pytest.skip("the capability record does not promise it")
    first, second = venue.place(ORDER), venue.place(ORDER)
    assert isinstance(first, Accepted)
    assert first == second


def test_capability_that_resends_after_a_query_can_query(venue: Venue) -> None:
    capability = venue.capability
    assert capability.resend != "after_query" or capability.finds_by_client_id
    assert capability.timeout_s > 0
    assert capability.burst > 0


def test_capability_names_the_venue_it_is_listed_as() -> None:
    for name, venue in open_venues().items():
        assert venue.capability.venue == name


def test_find_placed_order_is_found_and_another_is_absent(venue: Venue) -> None:
    if not venue.capability.finds_by_client_id:
        pytest.skip("the capability record does not promise it")
    venue.place(ORDER)
    assert isinstance(venue.find("c", ORDER.client_id), Accepted)
    assert isinstance(venue.find("c", "B" * CLIENT_ID_CHARS), Absent)


def test_cancel_placed_order_then_it_is_gone(venue: Venue) -> None:
    venue.place(ORDER)
    assert isinstance(venue.cancel("c", ORDER.client_id), Accepted)
    assert isinstance(venue.find("c", ORDER.client_id), Absent)


def test_cancel_unknown_order_says_absent(venue: Venue) -> None:
    assert isinstance(venue.cancel("c", "B" * CLIENT_ID_CHARS), Absent)


@pytest.mark.parametrize(
    "broken",
    [
        replace(ORDER, quantity=Decimal(0)),
        replace(ORDER, quantity=Decimal("NaN")),
        replace(ORDER, quantity=Decimal("-1")),
        replace(ORDER, side=0),
        replace(ORDER, client_id=""),
        replace(ORDER, client_id="A" * (CLIENT_ID_CHARS + 1)),
        replace(ORDER, type="limit", price=None),
    ],
)
def test_place_malformed_order_is_refused_with_a_reason(
    venue: Venue, broken: OutgoingOrder
) -> None:
    outcome = venue.place(broken)
    assert isinstance(outcome, Refused)
    assert outcome.reason


def test_check_venue_unknown_name_says_what_there_is() -> None:
    with pytest.raises(InvalidInput) as caught:
        check_venue("nowhere")
    assert "paper" in str(caught.value.expected)
