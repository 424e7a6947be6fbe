"""A start years later gives equal signals after warm-up, and equal trading once both are flat."""

import numpy as np
import pytest
from numpy.typing import NDArray

from fairlead.kernel.records import Records, new_instrument, new_limits, new_policy
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.strategies.kinds.rules.compile import compile_rules
from fairlead.strategies.run import Simulation, simulate
from fairlead.strategies.templates import TEMPLATES, load_template
from tests.kernel.markets import random_bars

COUNT = 12_000
SECTIONS = ("action", "stop", "target", "atr", "last_of_session")
COMPARED = ("ts", "reason", "lots", "price", "fee", "ambiguous")
POLICY = new_policy(
    sizing=1, size=2.0, stop_loss_pct=0.02, take_profit_pct=0.05, trailing_stop_pct=0.03, fee=0.001
)


def trade(bars: Bars, signals: Signals) -> Simulation:
    return simulate(bars, signals, POLICY, new_limits(), new_instrument(), 1_000_000.0)


def common_flat_from(whole: Simulation, late: Simulation, bars: Bars, cut: int, warm: int) -> int:
    """Return the open time of the first bar after warm-up before which both books are idle."""
    early = held(whole.fills, bars)[cut:]
    both = early | held(late.fills, bars.slice(cut, len(bars)))
    flat = np.flatnonzero(~both[warm:])
    return int(bars.ts[cut + warm + flat[0] + 1])


def held(fills: Records, bars: Bars) -> NDArray[np.bool_]:
    """Tell for each bar whether its close sees a position or an order at work."""
    lots = np.zeros(len(bars) + 1, np.int64)
    np.add.at(lots, np.searchsorted(bars.ts, fills["ts"]), fills["lots"])
    position = np.cumsum(lots)[:-1] != 0
    filled_next = np.zeros(len(bars), np.bool_)
    filled_next[np.maximum(np.searchsorted(bars.ts, fills["ts"]) - 1, 0)] = True
    either: NDArray[np.bool_] = position | filled_next
    return either


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("seed", [1, 2])
def test_late_start_equals_the_early_one_after_warm_up(name: str, seed: int) -> None:
    rules = compile_rules(load_template(name))
    bars = random_bars(seed, COUNT)
    warm_up = rules.warm_up({}, bars.timeframe_ms, complete=True)
    cut = int(np.random.default_rng(seed).integers(1, COUNT - warm_up - 2_000))
    whole = rules.signals(bars, {}, complete=True)
    late_bars = bars.slice(cut, COUNT)
    late = rules.signals(late_bars, {}, complete=True)
    for section in SECTIONS:
        early, later = getattr(whole, section), getattr(late, section)
        assert early[cut + warm_up :].tobytes() == later[warm_up:].tobytes()
    early_run, late_run = trade(bars, whole), trade(late_bars, late)
    settled = common_flat_from(early_run, late_run, bars, cut, warm_up)
    for field in COMPARED:
        one = early_run.fills[early_run.fills["ts"] >= settled][field]
        two = late_run.fills[late_run.fills["ts"] >= settled][field]
        assert one.tolist() == two.tolist()
    assert (late_run.fills["ts"] >= settled).sum() > 10
