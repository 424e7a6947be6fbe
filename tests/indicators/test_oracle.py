"""TA-Lib is the oracle: equal to it within stated tolerances, from the first value on."""

from collections.abc import Callable

import numpy as np
import pytest
import talib

from fairlead.indicators.catalog import INDICATORS
from fairlead.kernel.series import Bars, Float64s
from tests.indicators.markets import market

Oracle = Callable[[Bars, dict[str, int]], tuple[Float64s, ...]]

ORACLES: dict[str, Oracle] = {
    "sma": lambda b, p: (talib.SMA(b.close, p["window"]),),
    "ema": lambda b, p: (talib.EMA(b.close, p["window"]),),
    "wma": lambda b, p: (talib.WMA(b.close, p["window"]),),
    "rsi": lambda b, p: (talib.RSI(b.close, p["window"]),),
    "atr": lambda b, p: (talib.ATR(b.high, b.low, b.close, p["window"]),),
    "adx": lambda b, p: (
        talib.ADX(b.high, b.low, b.close, p["window"]),
        talib.PLUS_DI(b.high, b.low, b.close, p["window"]),
        talib.MINUS_DI(b.high, b.low, b.close, p["window"]),
    ),
    "macd": lambda b, p: talib.MACD(b.close, p["fast"], p["slow"], p["signal"]),
    "standard_deviation": lambda b, p: (talib.STDDEV(b.close, p["window"], 1.0),),
    "bollinger": lambda b, p: tuple(
        talib.BBANDS(b.close, p["window"], 2.0, 2.0)[k] for k in (1, 2, 0)
    ),
    "highest": lambda b, p: (talib.MAX(b.high, p["window"]),),
    "lowest": lambda b, p: (talib.MIN(b.low, p["window"]),),
    "roc": lambda b, p: (talib.ROC(b.close, p["window"]),),
    "volume_average": lambda b, p: (talib.SMA(b.volume, p["window"]),),
}
SETTINGS: dict[str, list[dict[str, int]]] = {
    "macd": [{"fast": 12, "slow": 26, "signal": 9}, {"fast": 3, "slow": 7, "signal": 4}],
}
WINDOWS = [{"window": 2}, {"window": 14}, {"window": 50}]


def cases() -> list[tuple[str, dict[str, int]]]:
    return [(name, values) for name in ORACLES for values in SETTINGS.get(name, WINDOWS)]


def assert_close(found: Float64s, expected: Float64s, scale: float) -> None:
    assert np.array_equal(np.isnan(found), np.isnan(expected))
    known = ~np.isnan(expected)
    assert np.abs(found[known] - expected[known]).max() <= scale


@pytest.mark.parametrize(("name", "values"), cases())
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_indicator_on_a_real_like_series_matches_talib(
    name: str, values: dict[str, int], seed: int
) -> None:
    bars = market(3_000, seed)
    expected = ORACLES[name](bars, values)
    found = INDICATORS[name].scan(bars, {k: float(v) for k, v in values.items()})
    price = float(bars.high.max())
    for column, oracle in zip(found, expected, strict=True):
        largest = max(float(np.nanmax(np.abs(oracle))), price)
        # TA-Lib's variance cancels: its deviation is right to about 1e-7 of the price
        tolerance = 2e-6 if name in ("standard_deviation", "bollinger") else 1e-9
        assert_close(column, oracle, tolerance * largest)


def test_standard_deviation_far_from_zero_is_exact_where_talib_cancels() -> None:
    bars = market(500, 4, missing=0.0)
    far = [column + 1e7 for column in (bars.open, bars.high, bars.low, bars.close)]
    shifted = Bars(bars.ts, far[0], far[1], far[2], far[3], bars.volume, bars.timeframe_ms)
    (found,) = INDICATORS["standard_deviation"].scan(shifted, {"window": 20.0})
    exact = np.array([np.std(shifted.close[i - 19 : i + 1] - 1e7) for i in range(19, 500)])
    assert np.abs(found[19:] / exact - 1).max() < 1e-9


def textbook_supertrend(bars: Bars, window: int, multiple: float) -> tuple[Float64s, Float64s]:
    atr = talib.ATR(bars.high, bars.low, bars.close, window)
    line, side = np.full(len(bars), np.nan), np.full(len(bars), np.nan)
    lower = upper = direction = 0.0
    for i in range(window, len(bars)):
        middle = (bars.high[i] + bars.low[i]) / 2
        low_band, high_band = middle - multiple * atr[i], middle + multiple * atr[i]
        if i == window:
            lower, upper, direction = low_band, high_band, 1.0 if bars.close[i] >= middle else -1.0
        else:
            if low_band > lower or bars.close[i - 1] < lower:
                lower = low_band
            if high_band < upper or bars.close[i - 1] > upper:
                upper = high_band
            if direction > 0 and bars.close[i] < lower:
                direction = -1.0
            elif direction < 0 and bars.close[i] > upper:
                direction = 1.0
        line[i], side[i] = (lower if direction > 0 else upper), direction
    return line, side


@pytest.mark.parametrize(("window", "multiple"), [(10, 3.0), (7, 2.0), (20, 5.0)])
def test_supertrend_matches_the_textbook_loop(window: int, multiple: float) -> None:
    bars = market(12_000, 6)
    values = {"window": float(window), "multiple": multiple}
    line, side = INDICATORS["supertrend"].scan(bars, values)
    expected_line, expected_side = textbook_supertrend(bars, window, multiple)
    assert np.array_equal(side, expected_side, equal_nan=True)
    assert_close(line, expected_line, 1e-9 * float(bars.high.max()))
    assert {-1.0, 1.0} <= set(side[window:])


def test_vwap_matches_sums_of_each_day() -> None:
    bars = market(900, 8, timeframe_ms=600_000)
    (found,) = INDICATORS["vwap"].scan(bars, {}, day_offset_ms=19_800_000)
    typical = (bars.high + bars.low + bars.close) / 3
    day = (bars.ts + 19_800_000) // 86_400_000
    for i in range(len(bars)):
        part = slice(int(np.searchsorted(day, day[i])), i + 1)
        traded = bars.volume[part].sum()
        expected = (typical[part] * bars.volume[part]).sum() / traded if traded else typical[i]
        assert found[i] == pytest.approx(expected, rel=1e-12)


def test_donchian_holds_highest_and_lowest() -> None:
    bars = market(500, 9)
    middle, lower, upper = INDICATORS["donchian"].scan(bars, {"window": 20.0})
    assert np.array_equal(upper, talib.MAX(bars.high, 20), equal_nan=True)
    assert np.array_equal(lower, talib.MIN(bars.low, 20), equal_nan=True)
    assert np.allclose(middle[19:], (upper[19:] + lower[19:]) / 2, rtol=1e-15)


@pytest.mark.parametrize("name", ["sma", "wma", "ema", "highest", "lowest"])
def test_average_of_a_market_that_stands_still_is_its_price(name: str) -> None:
    bars = market(1_200, 10)
    still = np.full(1_200, 0.1)
    frozen = Bars(bars.ts, still, still, still, still, bars.volume, bars.timeframe_ms)
    (column,) = INDICATORS[name].scan(frozen, {"window": 7.0})
    assert (column[6:] == 0.1).all()


def test_rsi_of_a_market_that_stands_still_is_neutral() -> None:
    bars = market(300, 10)
    still = np.full(300, 0.1)
    frozen = Bars(bars.ts, still, still, still, still, bars.volume, bars.timeframe_ms)
    (column,) = INDICATORS["rsi"].scan(frozen, {"window": 7.0})
    assert (column[7:] == 50.0).all()


def test_bollinger_middle_is_the_simple_average_to_the_bit() -> None:
    bars = market(700, 11)
    middle, _, _ = INDICATORS["bollinger"].scan(bars, {"window": 20.0})
    (average,) = INDICATORS["sma"].scan(bars, {"window": 20.0})
    assert np.array_equal(middle, average, equal_nan=True)
