"""Candles of Yahoo Finance through the yfinance library; prices come adjusted for splits."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fairlead.kernel.timeframe import Timeframe
from fairlead.market.instruments import parse_key
from fairlead.market.providers.asking import Asking
from fairlead.market.providers.paging import page_through
from fairlead.market.providers.port import FailureKind, FetchFailed, Row
from fairlead.market.zones import DAY_MS

if TYPE_CHECKING:
    from requests import Session

_CALLS = 6  # cookie, crumb and time zone come before the prices
_SUFFIXES = {"nse": ".NS", "bse": ".BO", "us": "", "nyse": "", "nasdaq": "", "yahoo": ""}
_MINUTE_MS = 60_000
_NOT_FOUND = 404
# length of a bar in minutes -> Yahoo's word for it, and the days one call may span
_INTERVALS: dict[int, tuple[str, int]] = {
    1: ("1m", 7),
    5: ("5m", 59),
    15: ("15m", 59),
    30: ("30m", 59),
    60: ("1h", 700),
    1_440: ("1d", 3_650),
}


class YahooProvider:
    """Fetch from Yahoo; `root` stands for all of its addresses."""

    def __init__(self, asking: Asking, root: str = "") -> None:
        self._asking = asking
        self._root = root
        self._session: Session | None = None

    @property
    def name(self) -> str:
        return "yfinance"

    def fetch(
        self, instrument: str, timeframe: Timeframe, start_ms: int, end_ms: int
    ) -> Iterator[tuple[Row, ...]]:
        interval, days = _interval(timeframe)
        symbol = _symbol(instrument)

        def ask(start: int, end: int) -> list[Row]:
            return self._asking.call(
                lambda: self._history(symbol, interval, start, end), _classify, calls=_CALLS
            )

        yield from page_through(ask, timeframe, start_ms, end_ms, days * DAY_MS)

    def _history(self, symbol: str, interval: str, start_ms: int, end_ms: int) -> list[Row]:
        # the library uses what the next pandas will drop; that is not our users' concern
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._ask(symbol, interval, start_ms, end_ms)

    def _ask(self, symbol: str, interval: str, start_ms: int, end_ms: int) -> list[Row]:
        import yfinance  # it brings pandas: two seconds
        from yfinance.exceptions import YFPricesMissingError

        logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what it says, we say as well
        yfinance.config.debug.hide_exceptions = False
        yfinance.set_tz_cache_location(str(Path(tempfile.gettempdir()) / "fairlead-yfinance"))
        if self._root and self._session is None:
            self._session = _redirected(self._root)
        ticker = yfinance.Ticker(symbol, session=self._session)
        try:
            frame = ticker.history(
                interval=interval,
                start=_moment(start_ms),
                end=_moment(end_ms),
                auto_adjust=False,
                actions=False,
                timeout=self._asking.timeout_s,
            )
        except YFPricesMissingError:
            return []
        return _rows(frame)


def _rows(frame: Any) -> list[Row]:  # a DataFrame; pandas stays with yfinance
    times = frame.index.tz_convert("UTC").as_unit("ms").asi8.tolist()
    columns = [frame[name].tolist() for name in ("Open", "High", "Low", "Close", "Volume")]
    return list(zip(times, *columns, strict=True))


def _classify(error: Exception) -> FetchFailed:
    from yfinance import exceptions

    words = f"{type(error).__name__} {error}".lower()
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if isinstance(error, exceptions.YFRateLimitError):
        return FetchFailed(FailureKind.EXCEPTION, str(error), transient=True)
    if isinstance(error, exceptions.YFTickerMissingError) or status == _NOT_FOUND:
        return FetchFailed(FailureKind.UNSUPPORTED_SYMBOL, str(error))
    if "timeout" in words or "timed out" in words:
        return FetchFailed(FailureKind.TIMEOUT, str(error))
    if "connection" in words or "resolve" in words or "dns" in words:
        message = f"Yahoo Finance cannot be reached from this machine: {error}"
        return FetchFailed(FailureKind.EXCEPTION, message)
    return FetchFailed(FailureKind.EXCEPTION, str(error) or type(error).__name__)


def _interval(timeframe: Timeframe) -> tuple[str, int]:
    found = _INTERVALS.get(timeframe.ms // _MINUTE_MS)
    if found is None:
        known = ", ".join(str(Timeframe(minutes * _MINUTE_MS)) for minutes in _INTERVALS)
        raise FetchFailed(
            FailureKind.EXCEPTION, f"Yahoo has no bars of {timeframe}, only of {known}."
        )
    return found


def _symbol(instrument: str) -> str:
    venue, symbol = parse_key(instrument)
    suffix = _SUFFIXES.get(venue)
    if suffix is None:
        raise FetchFailed(
            FailureKind.UNSUPPORTED_SYMBOL,
            f"Yahoo knows nothing of the venue {venue}; name it {', '.join(_SUFFIXES)}.",
        )
    return symbol + suffix


def _moment(ts: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ts)


def _redirected(root: str) -> "Session":
    """Return a session that asks `root` in place of every host, with the same path."""
    from requests import Session

    class Redirected(Session):
        def request(self, method: Any, url: Any, *args: Any, **options: Any) -> Any:
            parts = urlsplit(str(url))
            query = f"?{parts.query}" if parts.query else ""
            return super().request(method, root.rstrip("/") + parts.path + query, *args, **options)

    return Redirected()
