"""The fields of constraints, in the order of the form."""

from fairlead.research.autobuild.form import Field

TIMEFRAMES = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "1d")
METHODS = ("equal", "inverse_volatility", "hrp", "risk_budget")
SIZINGS = ("definition", "fraction", "risk", "quantity")
MODES = ("liquidity", "whitelist")
ANY_VENUE = "*"

_SCOPE = (
    Field("/venues", "words", [ANY_VENUE], "Venues whose instruments may be traded; * is any.",
          items_max=50),
    Field("/universe/mode", "choice", "liquidity",
          "How instruments are found: the most liquid ones, or those of the whitelist.",
          choices=MODES),
    Field("/universe/whitelist", "words", [],
          "Instruments such as binance:BTC-USDT; in the mode liquidity they limit the choice."),
    Field("/universe/liquidity_days", "whole", 30,
          "Days of turnover that rank an instrument, counted back from the end of the fit range.",
          1, 3_650),
    Field("/universe/rebalance_days", "whole", 0,
          "Rank the universe again every so many days, as of that day: /budget/instruments belong "
          "to it at a time, and entries of others are vetoed. 0 chooses once.", 0, 365),
    Field("/timeframe", "choice", "1h", "Length of a bar.", choices=TIMEFRAMES),
    Field("/history/from", "date", None, "First day of the range; null is the earliest there is."),
    Field("/history/to", "date", None, "End of the range, not included; null is the latest."),
    Field("/history/minimum_days", "whole", 180,
          "An instrument with less history is left out.", 1, 36_500),
    Field("/capital", "money", "10000", "Starting cash of every test.", 0, 1e15),
)  # fmt: skip

_TRADING = (
    Field("/trading/sizing", "choice", "definition",
          "How much an entry buys: as the template says, a share of equity, a share of equity at "
          "the stop, or a quantity.", choices=SIZINGS),
    Field("/trading/size", "money", "0", "The share or the quantity; 0 with `definition`.",
          0, 1e15),
    Field("/trading/long_only", "switch", False, "Whether short positions are forbidden."),
    Field("/costs/fee", "number", 0.001, "Fee on both sides as a fraction: 0.001 is 0.1 %.",
          0, 0.5),
    Field("/costs/model", "text", "",
          "A cost model such as nse-delivery or bybit-linear:vip0, in place of the fee."),
    Field("/costs/slippage_bps", "number", 5.0,
          "Slippage against the trader at every market fill, in basis points.", 0, 5_000),
    Field("/costs/spread_bps", "number", 0.0,
          "The quoted spread in basis points; every market fill pays half of it.", 0, 10_000),
    Field("/templates", "objects", [
              "sma_crossover", "ema_crossover", "rsi_reversion", "bollinger_breakout",
              "donchian", "macd", "supertrend",
          ],
          "Templates that may be used: a name, or an object with template, grid (axis to values "
          'or "first:last:step") and parameters (fixed values).', items_max=50),
)  # fmt: skip

_PORTFOLIO = (
    Field("/portfolio/method", "choice", "inverse_volatility", "How legs are weighted.",
          choices=METHODS),
    Field("/portfolio/maximum_legs", "whole", 10, "Most legs of the portfolio.", 0, 500),
    Field("/portfolio/maximum_correlation", "number", 0.7,
          "Of two legs whose daily returns correlate more than this, the worse is dropped.",
          0, 1),
    Field("/portfolio/maximum_weight", "number", 0.4, "Largest share of one leg.", 0, 1),
    Field("/portfolio/risk_budget", "number", 0.25,
          "Largest annual volatility of the portfolio; weights shrink until it holds.", 0, 10),
)  # fmt: skip

_WALK = (
    Field("/walk_forward/windows", "whole", 5, "How many windows are fitted and tested.", 1, 100),
    Field("/walk_forward/fit", "number", 0.7, "Share of a window that is fitted on.", 0.05, 0.95),
    Field("/walk_forward/anchored", "switch", False,
          "Whether every fit begins at the first bar instead of keeping its length."),
    Field("/walk_forward/purge_bars", "whole", 0,
          "Bars left out at the end of each fit range.", 0, 100_000),
    Field("/walk_forward/embargo_bars", "whole", 0,
          "Bars left out at the beginning of each test range.", 0, 100_000),
    Field("/walk_forward/holdout", "number", 0.2,
          "Share of the range at its end that nothing is chosen on; it opens once, at the end.",
          0, 0.5),
)  # fmt: skip

# gate -> default threshold, lowest, highest, help
GATES: dict[str, tuple[float, float, float, str]] = {
    "trades": (30.0, 1, 1e6, "Least number of trades out of sample."),
    "in_sample": (0.0, -10, 10, "The annual Sharpe ratio of the chosen set is above it."),
    "out_of_sample": (0.0, -10, 10, "The annual Sharpe ratio of the tests together is above it."),
    "significance": (0.95, 0, 1, "Least probability that the Sharpe ratio out of sample is real."),
    "deflated_sharpe": (0.95, 0, 1,
                        "Least probability that the best set is no luck of many trials."),
    "pbo": (0.4, 0, 1, "Highest probability that the best in sample is below the median outside."),
    "plateau": (0.3, 0, 1, "Least share of the best Sharpe ratio that the neighbours keep."),
    "consistency": (0.6, 0, 1, "Least share of the tests that earned something."),
    "holdout": (0.0, -1, 10, "The return over the holdout is above it."),
}  # fmt: skip

_EVIDENCE = tuple(
    field
    for name, (value, low, high, text) in GATES.items()
    for field in (
        Field(f"/evidence/{name}/enabled", "switch", True, f"Whether it is asked. {text}"),
        Field(f"/evidence/{name}/threshold", "number", value, text, low, high),
    )
)

_BUDGET = (
    Field("/budget/instruments", "whole", 100, "Most instruments that are optimised.", 0, 10_000),
    Field("/budget/sets", "whole", 1_000, "Most parameter sets for one instrument.", 0, 100_000),
    Field("/budget/seconds", "whole", 3_600,
          "After so many seconds no further instrument is begun.", 0, 10**7),
    Field("/budget/instrument_seconds", "whole", 600,
          "An instrument that takes longer is given up.", 0, 10**6),
    Field("/budget/provider_seconds", "whole", 120,
          "A provider that takes longer for one instrument is given up.", 0, 10**6),
)  # fmt: skip

FIELDS: tuple[Field, ...] = (*_SCOPE, *_TRADING, *_PORTFOLIO, *_WALK, *_EVIDENCE, *_BUDGET)
