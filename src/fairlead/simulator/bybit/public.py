"""Bybit's public endpoints: instruments, candles, tickers, order book, funding, time."""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import MINUTE_MS, Timeframe
from fairlead.market.zones import DAY_MS
from fairlead.simulator.bybit.shapes import (
    BAD_REQUEST,
    Json,
    JsonObject,
    answer,
    instrument_of,
    number,
    refusal,
    rows_of,
    text,
)
from fairlead.simulator.clock import MarketClock
from fairlead.simulator.faults import Fault, FaultKind
from fairlead.simulator.listings import Listed

Query = Mapping[str, str]
_MOST_ROWS = 1_000
_MOST_LEVELS = 500
_HOUR_MS = 60 * MINUTE_MS
_INTERVALS = {
    **{str(minutes): minutes * MINUTE_MS for minutes in (1, 3, 5, 15, 30, 60, 120, 240, 360, 720)},
    "D": DAY_MS,
    "W": 7 * DAY_MS,
}
_KLINE = "/v5/market/kline"


class Refused(Exception):
    """Say no with one of Bybit's own codes."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BybitPublic:
    """Answer public requests about `listings` at the market's time."""

    def __init__(self, listings: list[Listed], clock: MarketClock) -> None:
        self._clock = clock
        self._listed = {(each.category, each.symbol): each for each in listings}
        self._paths: dict[str, Callable[[Query], JsonObject]] = {
            "/v5/market/time": self._time,
            "/v5/market/instruments-info": self._instruments,
            _KLINE: self._kline,
            "/v5/market/tickers": self._tickers,
            "/v5/market/orderbook": self._orderbook,
            "/v5/market/risk-limit": self._risk_limit,
            "/v5/market/funding/history": self._funding,
        }

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths that are answered."""
        return tuple(self._paths)

    def respond(self, path: str, query: Query, fault: Fault | None = None) -> JsonObject:
        """Answer one request; `fault` is one that changes the rows of an answer."""
        now_ms = self._clock.now_ms()
        kind = None if fault is None or path != _KLINE else fault.kind
        if kind is FaultKind.WRONG_TIMEFRAME:
            query = {**query, "interval": "1" if query.get("interval") == "5" else "5"}
        try:
            result = self._paths[path](query)
            if kind is not None:
                result["list"] = spoilt(cast("list[list[str]]", result["list"]), kind)
            return answer(result, now_ms)
        except Refused as refused:
            return refusal(refused.code, refused.message, now_ms)

    def _time(self, _: Query) -> JsonObject:
        now_ms = self._clock.now_ms()
        return {"timeSecond": str(now_ms // 1_000), "timeNano": str(now_ms * 1_000_000)}

    def _instruments(self, query: Query) -> JsonObject:
        category = query.get("category", "")
        found: list[Json] = []
        if query.get("status", "Trading") == "Trading":
            chosen = [self._find(query)] if "symbol" in query else self._of(category)
            found = [instrument_of(listed) for listed in chosen]
        return {"category": category, "list": found, "nextPageCursor": ""}

    def _kline(self, query: Query) -> JsonObject:
        listed = self._find(query)
        length_ms = _INTERVALS.get(query.get("interval", ""))
        if length_ms is None:
            raise Refused(BAD_REQUEST, "Invalid period!")
        limit = min(_MOST_ROWS, max(1, _whole(query, "limit", 200)))
        start_ms, end_ms = _range(query, length_ms, limit, self._clock.now_ms())
        bars = self._until_now(listed, length_ms, start_ms, end_ms)
        bars = bars.slice(max(0, len(bars) - limit), len(bars))
        return {"category": listed.category, "symbol": listed.symbol, "list": rows_of(bars)}

    def _until_now(self, listed: Listed, length_ms: int, start_ms: int, end_ms: int) -> Bars:
        """Return bars up to the one that still runs, cut at the last minute that is over."""
        now_ms = self._clock.now_ms()
        length = Timeframe(length_ms)
        running_ms = now_ms - now_ms % length_ms
        bars = listed.market.bars(length, start_ms, min(end_ms, running_ms))
        if running_ms >= end_ms or running_ms < start_ms:
            return bars
        minute = Timeframe(MINUTE_MS)
        so_far = listed.market.bars(minute, running_ms, now_ms - now_ms % MINUTE_MS + MINUTE_MS)
        return bars if not len(so_far) else _with(bars, so_far, running_ms)

    def _tickers(self, query: Query) -> JsonObject:
        chosen = [self._find(query)] if "symbol" in query else self._of(query.get("category", ""))
        tickers: list[Json] = [self._ticker(listed) for listed in chosen]
        return {"category": query.get("category", ""), "list": tickers}

    def _ticker(self, listed: Listed) -> JsonObject:
        day = self._last_day(listed)
        last, first = float(day.close[-1]), float(day.open[0])
        ticker: JsonObject = {
            "symbol": listed.symbol,
            "lastPrice": number(last),
            "bid1Price": number(_level(listed, last, -1)),
            "bid1Size": text(listed.lot * 10),
            "ask1Price": number(_level(listed, last, 1)),
            "ask1Size": text(listed.lot * 10),
            "prevPrice24h": number(first),
            "price24hPcnt": f"{last / first - 1:.6f}",
            "highPrice24h": number(float(day.high.max())),
            "lowPrice24h": number(float(day.low.min())),
            "turnover24h": number(float((day.close * day.volume).sum())),
            "volume24h": number(float(day.volume.sum())),
        }
        if listed.category == "linear":
            due_ms = self._next_funding(listed)
            ticker |= {
                "indexPrice": number(last),
                "markPrice": number(last),
                "openInterest": text(listed.lot * 100_000),
                "openInterestValue": number(last * float(listed.lot) * 100_000),
                "fundingRate": "0.0001",
                "nextFundingTime": str(due_ms),
            }
        return ticker

    def _orderbook(self, query: Query) -> JsonObject:
        listed = self._find(query)
        levels = min(_MOST_LEVELS, max(1, _whole(query, "limit", 25)))
        last = float(self._last_day(listed).close[-1])
        sides: dict[str, list[Json]] = {}
        for side, sign in (("b", -1), ("a", 1)):
            places = range(1, levels + 1)
            sides[side] = [
                [number(_level(listed, last, sign * place)), text(listed.lot * (10 + place))]
                for place in places
                if _level(listed, last, sign * place) > 0
            ]
        now_ms = self._clock.now_ms()
        return {"s": listed.symbol, **sides, "ts": now_ms, "u": now_ms, "seq": now_ms}

    def _risk_limit(self, query: Query) -> JsonObject:
        chosen = [self._find(query)] if "symbol" in query else self._of("linear")
        tiers: list[Json] = [
            {
                "id": place,
                "symbol": listed.symbol,
                "riskLimitValue": str(value),
                "maintenanceMargin": maintenance,
                "initialMargin": initial,
                "isLowestRisk": 1 if place == 1 else 0,
                "maxLeverage": leverage,
                "mmDeduction": "",
            }
            for listed in chosen
            for place, value, maintenance, initial, leverage in (
                (1, 2_000_000, "0.005", "0.01", "100.00"),
                (2, 10_000_000, "0.01", "0.02", "50.00"),
                (3, 50_000_000, "0.025", "0.05", "20.00"),
            )
        ]
        return {"category": "linear", "list": tiers, "nextPageCursor": ""}

    def _funding(self, query: Query) -> JsonObject:
        listed = self._find(query)
        step_ms = listed.funding_minutes * MINUTE_MS
        limit = min(200, max(1, _whole(query, "limit", 200)))
        end_ms = min(_whole(query, "endTime", 2**62), self._clock.now_ms())
        start_ms = max(_whole(query, "startTime", 0), listed.launched_ms)
        last_ms = end_ms - end_ms % step_ms
        times = [last_ms - step_ms * back for back in range(limit)]
        rates: list[Json] = [
            {
                "symbol": listed.symbol,
                "fundingRate": f"{self._rate(listed, ts):.6f}",
                "fundingRateTimestamp": str(ts),
            }
            for ts in times
            if ts >= start_ms
        ]
        return {"category": listed.category, "list": rates}

    def _rate(self, listed: Listed, ts: int) -> float:
        """Return a rate near the usual 0.01 % that leans with the price of the last hours."""
        bars = listed.market.bars(Timeframe(_HOUR_MS), ts - 8 * _HOUR_MS, ts)
        moved = float(bars.close[-1] / bars.open[0] - 1) if len(bars) else 0.0
        return float(np.clip(0.0001 + 0.01 * moved, -0.003, 0.003))

    def _next_funding(self, listed: Listed) -> int:
        step_ms = listed.funding_minutes * MINUTE_MS
        return (self._clock.now_ms() // step_ms + 1) * step_ms

    def _last_day(self, listed: Listed) -> Bars:
        now_ms = self._clock.now_ms()
        for length_ms in (MINUTE_MS, _HOUR_MS, DAY_MS):
            first_ms = now_ms - max(DAY_MS, length_ms)
            bars = listed.market.bars(Timeframe(length_ms), first_ms, now_ms)
            if len(bars):
                return bars
        raise Refused(BAD_REQUEST, "symbol has no price at this time")

    def _of(self, category: str) -> list[Listed]:
        return [each for each in self._listed.values() if each.category == category]

    def _find(self, query: Query) -> Listed:
        found = self._listed.get((query.get("category", ""), query.get("symbol", "")))
        if found is None:
            raise Refused(BAD_REQUEST, "Not supported symbols")
        return found


def spoilt(rows: list[list[str]], kind: FaultKind) -> list[list[str]]:
    """Return rows with the fault `kind` in them."""
    if kind is FaultKind.EMPTY:
        return []
    if kind is FaultKind.UNSORTED:
        return rows[::2] + rows[1::2]
    if kind is FaultKind.DUPLICATE:
        return [row for row in rows for _ in range(2)]
    if kind is FaultKind.IMPOSSIBLE:
        # high and low change places in every third bar
        return [
            [row[0], row[1], row[3], row[2], *row[4:]] if at % 3 == 0 else row
            for at, row in enumerate(rows)
        ]
    return rows


def _range(query: Query, length_ms: int, limit: int, now_ms: int) -> tuple[int, int]:
    """Read start and end, both included; what is missing follows from the other and the limit."""
    start, end = _whole(query, "start", -1), _whole(query, "end", -1)
    if end < 0:
        end = now_ms if start < 0 else start + length_ms * limit - 1
    if start < 0:
        start = end - length_ms * limit + 1
    return start, end + 1


def _whole(query: Query, name: str, default: int) -> int:
    value = query.get(name, "")
    if not value:
        return default
    if not value.isdigit() or len(value) > 18:
        raise Refused(BAD_REQUEST, f"params error: {name} invalid")
    return int(value)


def _level(listed: Listed, last: float, ticks: int) -> float:
    return round(last + ticks * float(listed.tick), 10)


def _with(bars: Bars, so_far: Bars, running_ms: int) -> Bars:
    """Add the bar that still runs, made of its minutes so far."""
    return Bars(
        ts=np.append(bars.ts, running_ms),
        open=np.append(bars.open, so_far.open[0]),
        high=np.append(bars.high, so_far.high.max()),
        low=np.append(bars.low, so_far.low.min()),
        close=np.append(bars.close, so_far.close[-1]),
        volume=np.append(bars.volume, np.round(so_far.volume.sum(), 6)),
        timeframe_ms=bars.timeframe_ms,
    )
