"""The strategy that every engine runs here: SMA crossover with stop, target and fee."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.peer import Answer, Request
from fairlead.kernel.records import (
    BY_QUANTITY,
    BY_RISK,
    Records,
    new_instrument,
    new_limits,
    new_policy,
)
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.strategies.kinds.rules.compile import CompiledRules, compile_rules
from fairlead.strategies.run import Simulation, simulate
from fairlead.strategies.source import load_definition

LEVERAGE = 10.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What a book trades by, as the kernel takes it: records of shape (1,)."""

    policy: Records
    limits: Records
    instrument: Records
    cash: float


def compiled_crossover() -> CompiledRules:
    """Return the product's own template."""
    return compile_rules(load_definition("sma_crossover"))


def crossover_signals(compiled: CompiledRules, bars: Bars, request: Request) -> Signals:
    """Return what the template says at each close, indicators included."""
    return compiled.signals(bars, {"fast": request.fast, "slow": request.slow})


def plain_terms(request: Request, rules: int = 0) -> Terms:
    """Return fixed quantity, fee, stop and target; `rules` switches single rules off."""
    policy = new_policy(
        sizing=BY_QUANTITY,
        size=request.quantity,
        leverage=LEVERAGE,
        fee=request.fee,
        stop_loss_pct=request.stop,
        take_profit_pct=request.target,
        allow_short=int(request.shorts),
        rules=rules,
    )
    return Terms(policy, new_limits(), new_instrument(max_leverage=LEVERAGE), request.cash)


def full_terms(request: Request) -> Terms:
    """Return every exit and every limit at once, sized by risk."""
    policy = new_policy(
        sizing=BY_RISK,
        size=0.01,
        leverage=3.0,
        fee=request.fee,
        slippage=0.0002,
        stop_loss_pct=request.stop,
        take_profit_pct=request.target,
        trailing_stop_pct=0.75 * request.stop,
        break_even_pct=0.5 * request.stop,
        time_stop_bars=300,
        cool_down_bars=5,
        fee_gate_multiple=1.0,
        session_exit=1,
    )
    limits = new_limits(max_daily_loss=0.05, max_exposure=2.5)
    return Terms(policy, limits, new_instrument(max_leverage=LEVERAGE), request.cash)


def run(bars: Bars, signals: Signals, terms: Terms) -> Simulation:
    """Run one book over all bars."""
    return simulate(bars, signals, terms.policy, terms.limits, terms.instrument, terms.cash)


def as_answer(bars: Bars, simulation: Simulation) -> Answer:
    """Return our run in the words of the peers' answers."""
    trades = simulation.trades
    return Answer(
        seconds=np.zeros(1),
        equity=float(simulation.equity[-1]),
        side=trades["side"].astype(np.float64),
        entry_bar=_places(bars, trades["entry_ts"]),
        exit_bar=_places(bars, trades["exit_ts"]),
        entry_price=trades["entry_price"],
        exit_price=trades["exit_price"],
    )


def _places(bars: Bars, ts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(bars.ts, ts).astype(np.int64)
