"""All venues there are; a new one is a folder in `venues/` and a line here."""

from collections.abc import Callable

from fairlead.brokers.port import Venue
from fairlead.brokers.venues.paper.venue import PaperVenue
from fairlead.infra.errors import InvalidInput

VENUES: dict[str, Callable[[], Venue]] = {
    "paper": PaperVenue,
}


def open_venues() -> dict[str, Venue]:
    """Return one adapter for each venue of the catalog."""
    return {name: make() for name, make in VENUES.items()}


def check_venue(name: str) -> str:
    """Return `name`; raise InvalidInput when no such venue is in the catalog."""
    if name not in VENUES:
        raise InvalidInput(
            f"There is no venue called {name!r}.",
            expected=f"one of {', '.join(VENUES)}",
            found=name,
            action="Choose a venue from the list.",
            path="venue",
        )
    return name
