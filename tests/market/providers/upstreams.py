"""Local upstreams for the contract of providers: real protocols, known bars, faults on order."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import MINUTE_MS, Timeframe
from fairlead.simulator.bybit.public import BybitPublic
from fairlead.simulator.clock import MarketClock
from fairlead.simulator.faults import Fault, FaultKind, Faults
from fairlead.simulator.listings import Listed
from fairlead.simulator.server import build_app, build_server, listen
from tests.market.makers import DAY, make_bars, pick

Body = Callable[[], Response]
IST = ZoneInfo("Asia/Kolkata")
STATUS = {FaultKind.HTTP_500: 500, FaultKind.HTTP_429: 429}


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve an application in a thread; yield its address."""
    server = build_server(app)
    socket = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


class FixedMarket:
    """Known bars at their own timeframe, others at every other one."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars

    def bars(self, timeframe: Timeframe, start_ms: int, end_ms: int) -> Bars:
        if timeframe.ms == self._bars.timeframe_ms:
            return self._bars.between(start_ms, end_ms)
        first = -(-start_ms // timeframe.ms) * timeframe.ms
        count = max(0, -(-(end_ms - first) // timeframe.ms))
        return make_bars(count, start=first, timeframe_ms=timeframe.ms, seed=5)


def bybit_of(listed: Listed, now_ms: int, faults: Faults, clock: MarketClock) -> Starlette:
    """Return a simulated Bybit with one instrument, whose clock stands at `now_ms`."""
    clock.set(now_ms, 0.0)
    return build_app(BybitPublic([listed], clock), clock, faults)


class FakeKite:
    """Kite's dump of instruments and its historical candles, for `nse:FAIR` alone."""

    def __init__(self, bars: Bars, faults: Faults) -> None:
        self._bars = bars
        self._faults = faults
        self.spans_ms: list[int] = []

    def app(self) -> Starlette:
        """Return it as an application."""
        return Starlette(
            routes=[
                Route("/instruments", self._dump),
                Route("/instruments/{exchange}", self._dump),
                Route("/instruments/historical/{token}/{interval}", self._candles),
            ]
        )

    async def _dump(self, request: Request) -> Response:
        rows = [
            "instrument_token,exchange_token,tradingsymbol,name,last_price,expiry,strike,"
            "tick_size,lot_size,instrument_type,segment,exchange",
            "738561,2885,FAIR,FAIRLEAD,100,,0,0.05,1,EQ,NSE,NSE",
            "256265,1001,NIFTY 50,NIFTY 50,0,,0,0,0,EQ,INDICES,NSE",
            "9001,35,FAIR26DECFUT,FAIR,0,2026-12-31,0,0.1,75,FUT,NFO-FUT,NFO",
        ]
        return PlainTextResponse("\n".join(rows), media_type="text/csv")

    async def _candles(self, request: Request) -> Response:
        fault = self._faults.take(request.url.path, "")
        if refused := await refusal_of(fault, _kite_error):
            return refused
        if request.path_params["token"] != "738561":
            return _kite_error(400, "InputException", "invalid token")
        first, last = (_kite_moment(request.query_params[name]) for name in ("from", "to"))
        self.spans_ms.append(last - first)
        bars = spoilt(self._bars.between(first, last + 1), fault)
        rows = zip(bars.ts.tolist(), *(column.tolist() for column in columns(bars)), strict=True)
        candles = [[_kite_stamp(ts), *row] for ts, *row in rows]
        return whole_or_cut({"status": "success", "data": {"candles": candles}}, fault)


class FakeYahoo:
    """Yahoo's chart API, for `FAIR.NS` alone."""

    def __init__(self, bars: Bars, faults: Faults) -> None:
        self._bars = bars
        self._faults = faults

    def app(self) -> Starlette:
        """Return it as an application."""
        return Starlette(
            routes=[
                Route("/v8/finance/chart/{symbol}", self._chart),
                Route("/v1/test/getcrumb", lambda _: PlainTextResponse("crumb")),
                Route("/v10/finance/quoteSummary/{symbol}", self._summary),
                Route("/{rest:path}", lambda _: PlainTextResponse("")),
            ]
        )

    async def _summary(self, request: Request) -> Response:
        words = f"Quote not found for symbol: {request.path_params['symbol']}"
        error = {"code": "Not Found", "description": words}
        body = {"quoteSummary": {"result": None, "error": error}}
        return JSONResponse(body, status_code=404)

    async def _chart(self, request: Request) -> Response:
        symbol = request.path_params["symbol"]
        if symbol != "FAIR.NS":
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return JSONResponse({"chart": {"result": None, "error": error}}, status_code=404)
        named = "period1" in request.query_params
        fault = self._faults.take(request.url.path, "") if named else None
        if refused := await refusal_of(fault, _yahoo_error):
            return refused
        bars = self._bars
        if named:
            first, last = (int(request.query_params[f"period{n}"]) * 1_000 for n in (1, 2))
            bars = bars.between(first, last)
        bars = spoilt(bars, fault)
        if not len(bars):
            error = {"code": "Bad Request", "description": "Data doesn't exist for startDate"}
            return JSONResponse({"chart": {"result": None, "error": error}}, status_code=400)
        return whole_or_cut(_chart(symbol, bars), fault)


async def refusal_of(
    fault: Fault | None, error: Callable[[int, str, str], Response]
) -> Response | None:
    """Hang, or return what an upstream says no with."""
    if fault is None:
        return None
    if fault.kind is FaultKind.HANG:
        await asyncio.sleep(fault.hang_s)
    if fault.kind in STATUS:
        return error(STATUS[fault.kind], "NetworkException", "Too many requests")
    return None


def whole_or_cut(body: object, fault: Fault | None) -> Response:
    """Return a body, or half of it."""
    if fault is None or fault.kind is not FaultKind.CUT_BODY:
        return JSONResponse(body)
    content = json.dumps(body).encode()

    async def half() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        raise ConnectionError("cut")

    headers = {"content-length": str(len(content))}
    return StreamingResponse(half(), media_type="application/json", headers=headers)


def spoilt(bars: Bars, fault: Fault | None) -> Bars:
    """Return bars with a fault in them."""
    kind = None if fault is None else fault.kind
    places = np.arange(len(bars))
    if kind is FaultKind.EMPTY:
        return bars.slice(0, 0)
    if kind is FaultKind.UNSORTED:
        return pick(bars, np.concatenate((places[::2], places[1::2])))
    if kind is FaultKind.DUPLICATE:
        return pick(bars, np.repeat(places, 2))
    if kind is FaultKind.IMPOSSIBLE:
        third = places % 3 == 0
        high, low = np.where(third, bars.low, bars.high), np.where(third, bars.high, bars.low)
        return Bars(bars.ts, bars.open, high, low, bars.close, bars.volume, bars.timeframe_ms)
    if kind is FaultKind.WRONG_TIMEFRAME:
        if not len(bars) or bars.timeframe_ms >= DAY:
            return pick(bars, places[::5])
        shorter = bars.timeframe_ms // 5 // MINUTE_MS * MINUTE_MS
        return make_bars(len(bars), start=int(bars.ts[0]), timeframe_ms=shorter, seed=5)
    return bars


def columns(bars: Bars) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Return prices and volume."""
    return (bars.open, bars.high, bars.low, bars.close, bars.volume)


def _kite_error(status: int, kind: str, words: str) -> Response:
    body = {"status": "error", "message": words, "data": None, "error_type": kind}
    return JSONResponse(body, status_code=status)


def _kite_moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=IST).timestamp() * 1_000)


def _kite_stamp(ts: int) -> str:
    return datetime.fromtimestamp(ts / 1_000, IST).strftime("%Y-%m-%dT%H:%M:%S%z")


def _yahoo_error(status: int, _: str, words: str) -> Response:
    return PlainTextResponse(words, status_code=status)


def _chart(symbol: str, bars: Bars) -> dict[str, object]:
    meta = {
        "symbol": symbol,
        "currency": "INR",
        "exchangeName": "NSI",
        "instrumentType": "EQUITY",
        "timezone": "IST",
        "exchangeTimezoneName": "Asia/Kolkata",
        "gmtoffset": 19_800,
        "dataGranularity": "1d",
        "validRanges": ["1d", "max"],
        "regularMarketTime": int(bars.ts[-1]) // 1_000,
    }
    names = ("open", "high", "low", "close", "volume")
    quote = {name: column.tolist() for name, column in zip(names, columns(bars), strict=True)}
    times = (bars.ts // 1_000).tolist()
    adjusted = [{"adjclose": quote["close"]}]
    result: dict[str, object] = {
        "meta": meta,
        "timestamp": times,
        "indicators": {"quote": [quote], "adjclose": adjusted},
    }
    return {"chart": {"result": [result], "error": None}}
