"""Run the SMA crossover in backtesting.py; started as a process of the peers' environment.

Usage: python backtesting_py.py BARS.npz REQUEST.json RESULT.npz
"""

import json
import sys
import time
import warnings
from pathlib import Path

import backtesting
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

warnings.filterwarnings("ignore")
backtesting.backtesting._tqdm = lambda sequence, **_: sequence


def sma(values, window):
    return pd.Series(values).rolling(window).mean()


def exact_mean(values, window):
    """Return the rolling mean from integer sums, so that equal means compare as equal."""
    sums = np.concatenate(([0], np.cumsum(np.rint(np.asarray(values) * 1e8).astype(np.int64))))
    mean = np.full(len(values), np.nan)
    mean[window - 1 :] = (sums[window:] - sums[:-window]) / (window * 1e8)
    return mean


def crossed(fast, slow):
    """Tell whether `fast` rose above `slow` at this bar; a tie before counts as below."""
    return fast[-2] <= slow[-2] and fast[-1] > slow[-1]


class Crossover(Strategy):
    """Enter on a cross at the next open, levels anchored on that open."""

    request = None
    opens = np.empty(0)

    def init(self):
        mean = exact_mean if self.request["exact"] else sma
        self.fast = self.I(mean, self.data.Close, self.request["fast"])
        self.slow = self.I(mean, self.data.Close, self.request["slow"])

    def next(self):
        if len(self.data) == len(self.opens):
            return
        if crossed(self.fast, self.slow) and not self.position.is_long:
            self.position.close()
            self.enter(1)
        elif crossed(self.slow, self.fast) and not self.position.is_short:
            self.position.close()
            if self.request["shorts"]:
                self.enter(-1)

    def enter(self, side):
        # the fill of a market order is the next open, and the levels belong to the fill
        anchor = self.opens[len(self.data)]
        self._broker._adjusted_price = lambda _=None, price=None: price or anchor
        stop, target = self.request["stop"], self.request["target"]
        order = self.buy if side > 0 else self.sell
        order(
            size=self.request["quantity"],
            sl=anchor * (1 - side * stop) if stop else None,
            tp=anchor * (1 + side * target) if target else None,
        )


def main(bars_path, request_path, result_path):
    request = json.loads(Path(request_path).read_text())
    bars = np.load(bars_path)
    index = pd.to_datetime(bars["ts"], unit="ms")
    frame = pd.DataFrame(
        {name.capitalize(): bars[name] for name in ("open", "high", "low", "close", "volume")},
        index=index,
    )
    Crossover.request = request
    Crossover.opens = bars["open"]
    test = Backtest(frame, Crossover, cash=request["cash"], commission=request["fee"])
    seconds = []
    for _ in range(request["repeats"]):
        begin = time.process_time()
        result = test.run()
        seconds.append(time.process_time() - begin)
    trades = result["_trades"]
    np.savez(
        result_path,
        seconds=np.array(seconds),
        equity=np.array(result["Equity Final [$]"]),
        side=np.sign(trades["Size"].to_numpy(float)),
        entry_bar=trades["EntryBar"].to_numpy(np.int64),
        exit_bar=trades["ExitBar"].to_numpy(np.int64),
        entry_price=trades["EntryPrice"].to_numpy(float),
        exit_price=trades["ExitPrice"].to_numpy(float),
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
