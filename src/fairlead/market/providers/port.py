"""What every provider of past candles can do, and how it says that it could not."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from fairlead.kernel.timeframe import Timeframe

# Open time (epoch milliseconds, or text as a file has it), open, high, low, close, volume: as the
# provider gave them. Nothing is judged here; the import into the lake does that, for all alike.
Row = tuple[int | float | str | None, ...]
MOST_MESSAGE = 500


class FailureKind(StrEnum):
    """Why there are no bars."""

    TIMEOUT = "timeout"
    NO_DATA = "no_data"
    UNSUPPORTED_SYMBOL = "unsupported_symbol"
    EXCEPTION = "exception"


class FetchFailed(Exception):
    """Say that a provider gave no bars: which kind, and in the upstream's own words.

    `transient` failures, such as a busy venue, are asked again a few times before they count.
    """

    def __init__(self, kind: FailureKind, message: str, *, transient: bool = False) -> None:
        super().__init__(message[:MOST_MESSAGE])
        self.kind = kind
        self.message = message[:MOST_MESSAGE]
        self.transient = transient


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument as its venue lists it now.

    `tick` and `lot` are steps of price and quantity; `ends_ms` is when the contract expires, None
    where it does not; `venue_symbol` is what the venue itself calls it.
    """

    key: str
    venue_symbol: str
    tick: Decimal | None
    lot: Decimal
    min_notional: Decimal
    currency: str
    max_leverage: int
    shorting: bool
    trading: bool
    ends_ms: int | None = None


class CandleProvider(Protocol):
    """Fetch past candles of some instruments; made for one thread."""

    @property
    def name(self) -> str:
        """Return the name people choose it by, such as `ccxt:bybit`."""

    def fetch(
        self, instrument: str, timeframe: Timeframe, start_ms: int, end_ms: int
    ) -> Iterator[tuple[Row, ...]]:
        """Yield the bars that open in [start_ms, end_ms), page by page.

        A page holds no bar of another time, but may be unsorted, doubled or wrong; an empty
        stretch yields nothing. Raises FetchFailed, also between pages: what came before it holds.
        """


class InstrumentProvider(Protocol):
    """List what a venue trades."""

    def listings(self) -> list[Listing]:
        """Return every instrument of the venue with its terms; raises FetchFailed."""
