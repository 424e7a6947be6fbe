"""What is traded: tick, lot, currency and calendar of an instrument."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from fairlead.infra.errors import InvalidInput

IST_OFFSET_MS = 19_800_000
ALWAYS = "always"
_KEY = re.compile(r"([a-z0-9][a-z0-9_-]{0,31}):([A-Za-z0-9^][A-Za-z0-9._&^+=:/@-]{0,63})")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One tradable thing at one venue.

    `tick` is the price step, None where prices are taken as given; `lot` the quantity step;
    `min_notional` and prices are in `currency`. `day_offset_ms` is added to UTC to find the day
    of the daily loss limit. `calendar` is `always` or the code of an exchange calendar.
    `entries` are the intervals in which positions may be entered, None for always: those of its
    membership in a universe that is ranked again and again.
    """

    key: str
    venue: str
    symbol: str
    tick: Decimal | None
    lot: Decimal
    min_notional: Decimal
    currency: str
    calendar: str
    day_offset_ms: int
    shorting: bool
    max_leverage: int
    entries: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True)
class _Terms:
    tick: Decimal | None = None
    lot: Decimal = Decimal("0.00000001")
    min_notional: Decimal = Decimal(0)
    currency: str = "USDT"
    calendar: str = ALWAYS
    day_offset_ms: int = 0
    shorting: bool = True
    max_leverage: int = 100


_NSE = _Terms(
    tick=Decimal("0.05"),
    lot=Decimal(1),
    currency="INR",
    calendar="XBOM",
    day_offset_ms=IST_OFFSET_MS,
    max_leverage=5,
)
_US = _Terms(currency="USD", calendar="XNYS", max_leverage=4)
_SIMULATED = _Terms(tick=Decimal("0.01"), lot=Decimal("0.00001"), min_notional=Decimal(5))

_VENUES: dict[str, _Terms] = {
    "nse": _NSE,
    "bse": _NSE,
    "us": _US,
    "us-lean": _US,
    "nyse": _US,
    "nasdaq": _US,
    "sim": _SIMULATED,
}
_LISTED: dict[str, _Terms] = {
    "sim:ETH-USDT": replace(_SIMULATED, lot=Decimal("0.0001")),
    "sim:SOL-USDT": replace(_SIMULATED, tick=Decimal("0.001"), lot=Decimal("0.001")),
}


def parse_key(key: str) -> tuple[str, str]:
    """Split `venue:symbol`; raise InvalidInput when the key is not of that form."""
    match = _KEY.fullmatch(key)
    if match is None:
        raise InvalidInput(
            f"{key!r} does not name an instrument.",
            expected="venue:symbol with the venue in lower case, such as binance:BTC-USDT",
            found=key,
            action="Write the venue, a colon and the symbol.",
        )
    return match[1], match[2]


def default_instrument(key: str) -> Instrument:
    """Return the terms of `key` without any database; pure.

    A replayed instrument (`replay:binance:BTC-USDT`) has the terms of its original. A venue that
    is not listed trades always, in steps of 1e-8, at prices as given.
    """
    venue, symbol = parse_key(key)
    if venue == "replay" and ":" in symbol:
        return replace(default_instrument(symbol), key=key, venue=venue, symbol=symbol)
    terms = _LISTED.get(key) or _VENUES.get(venue) or _Terms()
    return Instrument(
        key=key,
        venue=venue,
        symbol=symbol,
        tick=terms.tick,
        lot=terms.lot,
        min_notional=terms.min_notional,
        currency=terms.currency,
        calendar=terms.calendar,
        day_offset_ms=terms.day_offset_ms,
        shorting=terms.shorting,
        max_leverage=terms.max_leverage,
    )
