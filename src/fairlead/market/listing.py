"""The dated catalogue: what a venue lists now against what is known, and terms as of a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from fairlead.infra.errors import InvalidInput
from fairlead.market.instruments import Instrument, default_instrument
from fairlead.market.providers.port import Listing

Status = Literal["trading", "halted", "ended"]
Change = Literal["new", "changed", "ended", "renamed"]
# A dump that lacks more than this share of what is known is taken for broken, not for the truth.
MOST_VANISHED = 0.5
_FEW = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dated:
    """The terms of an instrument from `valid_from` on (None: always), and who said so.

    `ends_at` is when the contract expires; `renamed_to` is its key from here on.
    """

    instrument: Instrument
    status: Status
    valid_from: datetime | None
    source: str
    venue_symbol: str
    ends_at: datetime | None = None
    renamed_to: str | None = None

    def status_at(self, at: datetime) -> Status:
        """Return the status at a moment: a contract that has expired is over."""
        over = self.ends_at is not None and self.ends_at <= at
        return "ended" if over else self.status


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync changed: rows to add, by kind of change; `unchanged` were as known."""

    rows: tuple[tuple[Change, Dated], ...]
    unchanged: int

    def count(self, change: Change) -> int:
        """Return how many changes of a kind there were."""
        return sum(1 for kind, _ in self.rows if kind == change)


def changes(
    known: Mapping[str, Dated], listings: Iterable[Listing], source: str, at: datetime
) -> Synced:
    """Compare what `source` lists at `at` with the latest rows known of it, by key; pure.

    What is no longer listed has ended, unless the venue's own symbol lives on under another key:
    then it was renamed. Raises InvalidInput for a list that lacks more than half of what is known.
    """
    listed = {
        found.instrument.key: found for found in (_dated(each, source, at) for each in listings)
    }
    alive = {key: row for key, row in known.items() if row.status != "ended"}
    gone = [row for key, row in alive.items() if key not in listed]
    _refuse_broken(source, len(alive), [row for row in gone if row.status_at(at) != "ended"])
    rows: list[tuple[Change, Dated]] = []
    unchanged = 0
    for key, row in listed.items():
        before = known.get(key)
        if before is None:
            rows.append(("new", row))
        elif _same(before, row):
            unchanged += 1
        else:
            rows.append(("changed", row))
    heirs = {
        row.venue_symbol: row for key, row in listed.items() if key not in known and not row.ends_at
    }
    for row in gone:
        heir = None if row.ends_at else heirs.get(row.venue_symbol)
        ended = replace(row, status="ended", valid_from=at)
        if heir is None:
            rows.append(("ended", ended))
        else:
            rows.append(("renamed", replace(ended, renamed_to=heir.instrument.key)))
    return Synced(tuple(rows), unchanged)


def _dated(listing: Listing, source: str, at: datetime) -> Dated:
    terms = replace(
        default_instrument(listing.key),
        tick=listing.tick,
        lot=listing.lot,
        min_notional=listing.min_notional,
        currency=listing.currency,
        shorting=listing.shorting,
        max_leverage=listing.max_leverage,
    )
    ends_at = None
    if listing.ends_ms is not None:
        ends_at = _EPOCH + timedelta(milliseconds=listing.ends_ms)
    status: Status = "trading" if listing.trading else "halted"
    return Dated(terms, status, at, source, listing.venue_symbol, ends_at)


def _same(before: Dated, now: Dated) -> bool:
    return before == replace(now, valid_from=before.valid_from)


def _refuse_broken(source: str, alive: int, gone: list[Dated]) -> None:
    if alive > _FEW and len(gone) > MOST_VANISHED * alive:
        raise InvalidInput(
            f"{source} lists only {alive - len(gone)} of {alive} known instruments.",
            expected="at least half of what is known",
            action="Nothing was changed. Sync again later; the list was probably cut short.",
        )
