"""Bring the dated catalogue up to date, and ask it for terms as of a moment."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from fairlead.infra.errors import NotFound
from fairlead.market.instruments import Instrument, default_instrument, parse_key
from fairlead.market.listing import Dated, Synced, changes
from fairlead.market.providers.port import Listing
from fairlead.market.store_listings import dated_at, history_of, latest_of, put_dated

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sync_instruments(
    connection: Connection, listings: list[Listing], source: str, at: datetime
) -> Synced:
    """Write what changed at a venue since the last sync; needs an engine transaction.

    Raises InvalidInput for a list that was probably cut short; nothing is written then.
    """
    synced = changes(latest_of(connection, source), listings, source, at)
    put_dated(connection, (row for _, row in synced.rows))
    return synced


def known_of(connection: Connection, key: str) -> list[Dated]:
    """Return every word about `key`, the oldest first; raise NotFound where there is none."""
    parse_key(key)
    found = history_of(connection, key)
    if not found:
        raise NotFound(
            f"The catalogue knows nothing of {key}.",
            action="Sync its venue: fairlead data instruments sync --provider ccxt:bybit",
        )
    return found


def instrument_as_of(connection: Connection, key: str, at_ms: int) -> Instrument:
    """Return the terms of `key` at a moment: from the catalogue where it knows any.

    Before the first word of a venue its earliest terms hold; instruments that were never synced
    have the terms of their venue.
    """
    found = dated_at(connection, key, _EPOCH + timedelta(milliseconds=at_ms))
    return default_instrument(key) if found is None else found.instrument
