"""Answers in the words of Bybit v5: numbers are text, errors come with status 200."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fairlead.kernel.series import Bars
from fairlead.simulator.listings import Listed

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]
JsonObject = dict[str, Json]

OK = 0
BAD_REQUEST = 10_001
TOO_MANY_VISITS = 10_006
SPOT, LINEAR = "spot", "linear"


def answer(result: JsonObject, now_ms: int) -> JsonObject:
    """Wrap a result in Bybit's envelope."""
    return {"retCode": OK, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": now_ms}


def refusal(code: int, message: str, now_ms: int) -> JsonObject:
    """Say no in Bybit's envelope."""
    return {"retCode": code, "retMsg": message, "result": {}, "retExtInfo": {}, "time": now_ms}


def instrument_of(listed: Listed) -> JsonObject:
    """Describe an instrument as `instruments-info` does."""
    shared: JsonObject = {
        "symbol": listed.symbol,
        "baseCoin": listed.base,
        "quoteCoin": listed.quote,
        "status": "Trading",
    }
    if listed.category == SPOT:
        lots: JsonObject = {
            "basePrecision": text(listed.lot),
            "quotePrecision": "0.00000001",
            "minOrderQty": text(listed.lot),
            "maxOrderQty": "1000000",
            "minOrderAmt": text(listed.min_notional),
            "maxOrderAmt": "8000000",
        }
        prices: JsonObject = {"tickSize": text(listed.tick)}
        spot: JsonObject = {"innovation": "0", "marginTrading": "none"}
        return {**shared, **spot, "lotSizeFilter": lots, "priceFilter": prices}
    return {
        **shared,
        "contractType": "LinearPerpetual",
        "settleCoin": listed.quote,
        "launchTime": str(listed.launched_ms),
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(max(0, -int(listed.tick.normalize().as_tuple().exponent))),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {
            "minPrice": text(listed.tick),
            "maxPrice": "1999999.80",
            "tickSize": text(listed.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": "1190.000",
            "minOrderQty": text(listed.lot),
            "qtyStep": text(listed.lot),
            "minNotionalValue": text(listed.min_notional),
            "maxMktOrderQty": "500.000",
        },
        "unifiedMarginTrade": True,
        "fundingInterval": listed.funding_minutes,
        "copyTrading": "both",
    }


def rows_of(bars: Bars) -> list[list[str]]:
    """Return bars as `kline` lists them: newest first."""
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    prices = zip(*(column.tolist() for column in columns), strict=True)
    rows = [
        [str(ts), *(number(value) for value in row), number(round(row[3] * row[4], 8))]
        for ts, row in zip(bars.ts.tolist(), prices, strict=True)
    ]
    return rows[::-1]


def text(value: Decimal) -> str:
    """Return a decimal without an exponent."""
    return format(value.normalize(), "f")


def number(value: float) -> str:
    """Return a float without an exponent, in the fewest digits that give it back."""
    shown = repr(value)
    return format(Decimal(shown), "f") if "e" in shown else shown.removesuffix(".0")
