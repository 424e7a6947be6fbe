"""Run the SMA crossover in vectorbt; started as a process of the peers' environment.

Usage: python vectorbt_.py BARS.npz REQUEST.json RESULT.npz
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import vectorbt as vbt
from numba import njit

warnings.filterwarnings("ignore")


def exact_mean(values, window):
    """Return the rolling mean from integer sums, so that equal means compare as equal."""
    sums = np.concatenate(([0], np.cumsum(np.rint(values * 1e8).astype(np.int64))))
    mean = np.full(len(values), np.nan)
    mean[window - 1 :] = (sums[window:] - sums[:-window]) / (window * 1e8)
    return mean


def turns(frame, request):
    """Return where the fast average rises above and falls below the slow one."""
    if not request["exact"]:
        fast = vbt.MA.run(frame.close, request["fast"])
        slow = vbt.MA.run(frame.close, request["slow"])
        return fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)
    close = frame.close.to_numpy()
    fast, slow = (pd.Series(exact_mean(close, request[name])) for name in ("fast", "slow"))
    up = (fast > slow) & (fast.shift() <= slow.shift())
    down = (fast < slow) & (fast.shift() >= slow.shift())
    return up.set_axis(frame.index), down.set_axis(frame.index)


@njit
def stop_unless_due(context, due, stop):
    """Look at the stop only where no order is due at the open, which comes first."""
    return (np.nan if due[context.i] else stop), False


@njit
def target_unless_due(context, due, target):
    return np.nan if due[context.i] else target


def crossover(frame, request):
    """Enter on a cross at the next open, levels anchored on the fill."""
    up, down = (turn.vbt.signals.fshift(1) for turn in turns(frame, request))
    levels = {}
    if request["open_first"]:
        due = (up | down).to_numpy()
        levels = {
            "adjust_sl_func_nb": stop_unless_due,
            "adjust_sl_args": (due, request["stop"] or np.nan),
            "adjust_tp_func_nb": target_unless_due,
            "adjust_tp_args": (due, request["target"] or np.nan),
        }
    turn = {"short_entries": down} if request["shorts"] else {"exits": down}
    return vbt.Portfolio.from_signals(
        frame.close,
        up,
        **turn,
        **levels,
        size=float(request["quantity"]),
        price=frame.open,
        open=frame.open,
        high=frame.high,
        low=frame.low,
        fees=request["fee"],
        sl_stop=request["stop"] or np.nan,
        tp_stop=request["target"] or np.nan,
        stop_entry_price="FillPrice",
        upon_opposite_entry="reverse",
        init_cash=request["cash"],
        freq="1min",
    )


def main(bars_path, request_path, result_path):
    request = json.loads(Path(request_path).read_text())
    bars = np.load(bars_path)
    frame = pd.DataFrame(
        {name: bars[name] for name in ("open", "high", "low", "close")},
        index=pd.to_datetime(bars["ts"], unit="ms"),
    )
    crossover(frame.iloc[:500], request).final_value()  # compile
    seconds = []
    for _ in range(request["repeats"]):
        begin = time.process_time()
        portfolio = crossover(frame, request)
        equity = portfolio.final_value()
        seconds.append(time.process_time() - begin)
    trades = portfolio.exit_trades.records
    trades = trades[trades["status"] == 1]
    np.savez(
        result_path,
        seconds=np.array(seconds),
        equity=np.array(equity),
        side=np.where(trades["direction"].to_numpy() == 0, 1.0, -1.0),
        entry_bar=trades["entry_idx"].to_numpy(np.int64),
        exit_bar=trades["exit_idx"].to_numpy(np.int64),
        entry_price=trades["entry_price"].to_numpy(float),
        exit_price=trades["exit_price"].to_numpy(float),
    )


if __name__ == "__main__":
    main(*sys.argv[1:4])
