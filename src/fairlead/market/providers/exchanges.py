"""Candles and instruments of any exchange that ccxt knows, by its public endpoints."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from fairlead.kernel.timeframe import Timeframe
from fairlead.market.instruments import parse_key
from fairlead.market.providers.asking import Asking
from fairlead.market.providers.paging import page_through
from fairlead.market.providers.port import FailureKind, FetchFailed, Listing, Row
from fairlead.market.zones import DAY_MS

if TYPE_CHECKING:
    import ccxt

PAGE_BARS = 1_000
_LOADING_CALLS = 4
_WEEK_MS = 7 * DAY_MS
# Without it ccxt also loads inverse contracts and options, in many calls.
_OPTIONS: dict[str, dict[str, object]] = {
    "bybit": {"defaultType": "swap", "fetchMarkets": {"types": ["spot", "linear"]}},
}
_LEAST_LOT = Decimal("0.00000001")


class CcxtProvider:
    """Fetch from one exchange; `root` stands for its own addresses, paths are kept."""

    def __init__(self, exchange: str, asking: Asking, root: str = "") -> None:
        self._exchange = exchange
        self._asking = asking
        self._root = root
        self._client: ccxt.Exchange | None = None

    @property
    def name(self) -> str:
        return f"ccxt:{self._exchange}"

    def fetch(
        self, instrument: str, timeframe: Timeframe, start_ms: int, end_ms: int
    ) -> Iterator[tuple[Row, ...]]:
        client = self._loaded()
        symbol = self._symbol(client, instrument)
        code = self._code(client, timeframe)

        def ask(start: int, end: int) -> list[Row]:
            limit = (end - start + timeframe.ms - 1) // timeframe.ms
            found = self._call(
                lambda: client.fetch_ohlcv(
                    symbol, code, since=start, limit=limit, params={"until": end - 1}
                )
            )
            return [tuple(row[:6]) for row in found]

        yield from page_through(ask, timeframe, start_ms, end_ms, PAGE_BARS * timeframe.ms)

    def listings(self) -> list[Listing]:
        """Return the spot and perpetual markets, and contracts that expire, with their terms."""
        markets = cast("dict[str, dict[str, Any]]", self._loaded().markets)
        found = (_listing(self._exchange, market) for market in markets.values())
        return [listing for listing in found if listing is not None]

    def _loaded(self) -> "ccxt.Exchange":
        if self._client is None:
            client = _connect(self._exchange, self._root, self._asking.timeout_s)
            self._asking.call(client.load_markets, _classify, calls=_LOADING_CALLS)
            self._client = client
        return self._client

    def _call(self, act: Any) -> list[list[float]]:  # ccxt has no types
        try:
            return cast("list[list[float]]", self._asking.call(act, _classify))
        except FetchFailed as failure:
            if failure.kind is FailureKind.TIMEOUT:
                self._client = None  # the abandoned thread keeps the old one
            raise

    def _symbol(self, client: "ccxt.Exchange", instrument: str) -> str:
        venue, symbol = parse_key(instrument)
        if venue != self._exchange and not venue.startswith(f"{self._exchange}-"):
            raise FetchFailed(
                FailureKind.UNSUPPORTED_SYMBOL,
                f"{self.name} has no bars of the venue {venue}.",
            )
        known = cast("Mapping[str, object]", client.markets)
        for name in unified_names(symbol):
            if name in known:
                return name
        raise FetchFailed(
            FailureKind.UNSUPPORTED_SYMBOL, f"{self._exchange} lists nothing called {symbol}."
        )

    def _code(self, client: "ccxt.Exchange", timeframe: Timeframe) -> str:
        code = "1w" if timeframe.ms == _WEEK_MS else str(timeframe)
        known = cast("Mapping[str, object]", client.timeframes or {})
        if code in known:
            return code
        raise FetchFailed(
            FailureKind.EXCEPTION,
            f"{self._exchange} has no bars of {timeframe}, only of {', '.join(known)}.",
        )


def unified_names(symbol: str) -> tuple[str, ...]:
    """Return what ccxt may call `symbol`: BTC-USDT is spot, BTC-USDT-PERP the perpetual."""
    base, _, rest = symbol.partition("-")
    quote, _, settle = rest.replace(":", "-").partition("-")
    if not quote:
        return (symbol,)
    if settle == "PERP":
        return (f"{base}/{quote}:{quote}",)
    return (symbol, f"{base}/{quote}:{settle}" if settle else f"{base}/{quote}")


def _connect(exchange: str, root: str, timeout_s: float) -> "ccxt.Exchange":
    import ccxt

    options = {
        "enableRateLimit": True,
        "timeout": int(timeout_s * 1_000),
        "options": _OPTIONS.get(exchange, {}),
    }
    client: ccxt.Exchange = getattr(ccxt, exchange)(options)
    if root:
        client.urls["api"] = _moved(client.urls["api"], root.rstrip("/"))
    return client


def _moved(urls: object, root: str) -> object:
    """Put `root` in place of scheme and host of every address, and keep the paths."""
    if isinstance(urls, dict):
        return {name: _moved(url, root) for name, url in urls.items()}
    return root + urlsplit(urls).path if isinstance(urls, str) else urls


def _classify(error: Exception) -> FetchFailed:
    import ccxt

    message = str(error) or type(error).__name__
    if isinstance(error, ccxt.RequestTimeout):
        return FetchFailed(FailureKind.TIMEOUT, message)
    unknown = isinstance(error, ccxt.BadRequest) and "symbol" in message.lower()
    if isinstance(error, ccxt.BadSymbol) or unknown:
        return FetchFailed(FailureKind.UNSUPPORTED_SYMBOL, message)
    busy = isinstance(error, ccxt.NetworkError)
    return FetchFailed(FailureKind.EXCEPTION, message, transient=busy)


def _listing(exchange: str, market: dict[str, Any]) -> Listing | None:
    if market.get("option") or not (market.get("spot") or market.get("contract")):
        return None
    precision, limits = market.get("precision") or {}, market.get("limits") or {}
    expiry = market.get("expiry")
    return Listing(
        key=f"{exchange}:{_own_name(market)}",
        venue_symbol=str(market["id"]),
        tick=_step(precision.get("price")),
        lot=_step(precision.get("amount")) or _LEAST_LOT,
        min_notional=_step((limits.get("cost") or {}).get("min")) or Decimal(0),
        currency=str(market.get("settle") or market["quote"]),
        max_leverage=_leverage(limits),
        shorting=bool(market.get("contract")),
        trading=market.get("active") is not False,
        ends_ms=None if expiry is None else int(expiry),
    )


def _own_name(market: dict[str, Any]) -> str:
    base, quote = market["base"], market["quote"]
    if market.get("spot"):
        return f"{base}-{quote}"
    if market.get("swap") and market.get("settle") == quote:
        return f"{base}-{quote}-PERP"
    return str(market["symbol"])


def _step(value: object) -> Decimal | None:
    step = Decimal(str(value)) if value is not None else Decimal(0)
    return step if step > 0 else None


def _leverage(limits: dict[str, Any]) -> int:
    most = (limits.get("leverage") or {}).get("max")
    return min(1_000, max(1, int(float(most)))) if most else 1
