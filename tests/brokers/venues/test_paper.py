"""What only the paper venue does: conditions that make it unkind, the same way every time."""

from decimal import Decimal

from fairlead.brokers.port import Accepted, NotSent, OutcomeUnknown, OutgoingOrder, Refused
from fairlead.brokers.venues.paper.venue import PaperConditions, PaperVenue


def _order(k: int) -> OutgoingOrder:
    return OutgoingOrder(f"ORDER{k}", "c", "sim:BTC-USDT", 1, "market", Decimal(1), None, False)


def test_conditions_refuse_the_same_orders_every_time() -> None:
    def refused() -> list[int]:
        venue = PaperVenue(PaperConditions(refuse_one_in=4))
        return [k for k in range(200) if isinstance(venue.place(_order(k)), Refused)]

    assert refused() == refused()
    assert 20 < len(refused()) < 90


def test_conditions_unsent_order_is_taken_at_the_second_try() -> None:
    venue = PaperVenue(PaperConditions(unsent_one_in=1))
    assert isinstance(venue.place(_order(1)), NotSent)
    assert isinstance(venue.place(_order(1)), Accepted)


def test_conditions_lost_answer_means_that_the_order_is_there() -> None:
    venue = PaperVenue(PaperConditions(lose_one_in=1))
    assert isinstance(venue.place(_order(1)), OutcomeUnknown)
    assert isinstance(venue.find("c", "ORDER1"), Accepted)
