"""Candles and instruments of Zerodha Kite Connect's historical API, Indian time in and out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fairlead.kernel.timeframe import Timeframe
from fairlead.market.instruments import parse_key
from fairlead.market.providers.asking import Asking
from fairlead.market.providers.paging import page_through
from fairlead.market.providers.port import FailureKind, FetchFailed, Listing, Row
from fairlead.market.zones import DAY_MS

if TYPE_CHECKING:
    from kiteconnect import KiteConnect

CALLS_PER_S = 3.0  # kite.trade/docs/connect/v3/exceptions: historical candles
_INDIA = ZoneInfo("Asia/Kolkata")
_MINUTE_MS = 60_000
# length of a bar in minutes -> Kite's word for it, and the days one call may span
_INTERVALS: dict[int, tuple[str, int]] = {
    1: ("minute", 60),
    3: ("3minute", 100),
    5: ("5minute", 100),
    10: ("10minute", 100),
    15: ("15minute", 200),
    30: ("30minute", 200),
    60: ("60minute", 400),
    1_440: ("day", 2_000),
}
_EXCHANGES = {name.lower(): name for name in ("NSE", "BSE", "NFO", "BFO", "MCX", "CDS", "BCD")}
_LOTS_OF_SHARES = Decimal(1)


class KiteProvider:
    """Fetch with one person's key and token of the day; `root` stands for Kite's own address."""

    def __init__(self, api_key: str, access_token: str, asking: Asking, root: str = "") -> None:
        self._api_key, self._access_token = api_key, access_token
        self._asking = asking
        self._root = root
        self._client: KiteConnect | None = None
        self._tokens: dict[str, dict[str, int]] = {}

    @property
    def name(self) -> str:
        return "kite"

    def fetch(
        self, instrument: str, timeframe: Timeframe, start_ms: int, end_ms: int
    ) -> Iterator[tuple[Row, ...]]:
        interval, days = _interval(timeframe)
        token = self._token(instrument)

        def ask(start: int, end: int) -> list[Row]:
            # Kite's range includes its end
            first, last = _wall(start), _wall(end - 1)
            found = self._call(
                lambda client: client.historical_data(token, first, last, interval), 1
            )
            return [_row(record) for record in found]

        yield from page_through(ask, timeframe, start_ms, end_ms, days * DAY_MS)

    def listings(self) -> list[Listing]:
        """Return every instrument of the daily dump."""
        found = []
        for record in self._call(lambda client: client.instruments(), 2):
            listing = _listing(record)
            if listing is not None:
                found.append(listing)
        return found

    def _token(self, instrument: str) -> int:
        venue, symbol = parse_key(instrument)
        exchange = _EXCHANGES.get(venue)
        if exchange is None:
            raise FetchFailed(
                FailureKind.UNSUPPORTED_SYMBOL, f"Kite has no bars of the venue {venue}."
            )
        if venue not in self._tokens:
            records = self._call(lambda client: client.instruments(exchange), 2)
            self._tokens[venue] = {
                _symbol(record): int(record["instrument_token"]) for record in records
            }
        token = self._tokens[venue].get(symbol)
        if token is None:
            raise FetchFailed(
                FailureKind.UNSUPPORTED_SYMBOL, f"Kite's list of {exchange} has no {symbol}."
            )
        return token

    def _call(self, act: Any, calls: int) -> list[dict[str, Any]]:  # no types
        client = self._client or _connect(
            self._api_key, self._access_token, self._root, self._asking.timeout_s
        )
        self._client = client
        try:
            found: list[dict[str, Any]] = self._asking.call(
                lambda: act(client), _classify, calls=calls
            )
            return found
        except FetchFailed as failure:
            if failure.kind is FailureKind.TIMEOUT:
                self._client = None
            raise


def _connect(api_key: str, access_token: str, root: str, timeout_s: float) -> "KiteConnect":
    from kiteconnect import KiteConnect  # it brings Twisted: a second or two

    return KiteConnect(api_key, access_token=access_token, root=root or None, timeout=timeout_s)


def _classify(error: Exception) -> FetchFailed:
    import requests
    from kiteconnect import exceptions

    message = str(error) or type(error).__name__
    if isinstance(error, requests.Timeout):
        return FetchFailed(FailureKind.TIMEOUT, message)
    if isinstance(error, exceptions.TokenException):
        return FetchFailed(FailureKind.EXCEPTION, f"{message} Log in at Zerodha again.")
    if isinstance(error, exceptions.InputException) and "token" in message.lower():
        return FetchFailed(FailureKind.UNSUPPORTED_SYMBOL, message)
    busy = (requests.RequestException, exceptions.NetworkException, exceptions.DataException)
    return FetchFailed(FailureKind.EXCEPTION, message, transient=isinstance(error, busy))


def _interval(timeframe: Timeframe) -> tuple[str, int]:
    found = _INTERVALS.get(timeframe.ms // _MINUTE_MS)
    if found is None:
        known = ", ".join(str(Timeframe(minutes * _MINUTE_MS)) for minutes in _INTERVALS)
        raise FetchFailed(
            FailureKind.EXCEPTION, f"Kite has no bars of {timeframe}, only of {known}."
        )
    return found


def _wall(ts: int) -> datetime:
    """Return what an Indian clock shows, without an offset, as the client formats it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ts)
    return moment.astimezone(_INDIA).replace(tzinfo=None)


def _row(record: dict[str, Any]) -> Row:
    moment: datetime = record["date"]
    prices = (record[name] for name in ("open", "high", "low", "close", "volume"))
    return (int(moment.timestamp() * 1_000), *prices)


def _symbol(record: dict[str, Any]) -> str:
    return str(record["tradingsymbol"]).replace(" ", "-")


def _listing(record: dict[str, Any]) -> Listing | None:
    venue, expiry = str(record["exchange"]).lower(), record["expiry"]
    if venue not in _EXCHANGES:
        return None
    ends_ms = None
    if expiry:
        close = datetime(expiry.year, expiry.month, expiry.day, 15, 30, tzinfo=_INDIA)
        ends_ms = int(close.timestamp() * 1_000)
    tick = Decimal(str(record["tick_size"]))
    return Listing(
        key=f"{venue}:{_symbol(record)}",
        venue_symbol=str(record["instrument_token"]),
        tick=tick if tick > 0 else None,
        lot=max(Decimal(int(record["lot_size"])), _LOTS_OF_SHARES),
        min_notional=Decimal(0),
        currency="INR",
        max_leverage=5,
        shorting=True,
        trading=True,
        ends_ms=ends_ms,
    )
