"""One run of the same bars through every loop, compiled, interpreted, restored, and live.

Bars are a seeded market with gaps, or the latest bars around the longest gap of a file of
candles named by FAIRLEAD_PARITY_BARS.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import numpy as np

from fairlead.infra.db import Database
from fairlead.kernel.records import new_limits, new_policy, state_from_bytes
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe
from fairlead.live.terms import kernel_terms
from fairlead.market.files import read_bars
from fairlead.market.instruments import default_instrument
from fairlead.strategies.kinds.rules.compile import compile_rules
from fairlead.strategies.run import simulate
from fairlead.strategies.templates import load_template
from tests.kernel.markets import Case, random_bars
from tests.live.harness import Desk, PreparedSignals, leg, subscribe
from tests.parity.loops import through_bars, through_books, through_grid, through_portfolio

COUNT = 160
KEY = "one-path"
PURE = """
from tests.parity.loops import through_bars, through_books, through_portfolio
from tests.parity.test_one_path import case
given = case()
for outcome in (through_bars(given), through_portfolio(given), through_books(given, copies=1)[0]):
    print(outcome.digest())
"""


def bars_with_gap() -> Bars:
    """Return COUNT bars, the longest gap of the series in their middle."""
    path = os.environ.get("FAIRLEAD_PARITY_BARS")
    whole = read_bars(Path(path))[0] if path else random_bars(11, 2_000)
    middle = int(np.argmax(np.diff(whole.ts)))
    first = max(0, min(middle - COUNT // 2, len(whole) - COUNT))
    return whole.slice(first, first + COUNT)


def case() -> Case:
    bars = bars_with_gap()
    rules = compile_rules(load_template("sma_crossover"))
    values = {"fast": 2, "slow": 5}
    policy = new_policy(
        size=0.8,
        fee=0.001,
        slippage=0.0002,
        stop_loss_pct=0.01,
        take_profit_pct=0.02,
        trailing_stop_pct=0.015,
        cool_down_bars=1,
    )
    signals = rules.signals(bars, values, complete=True)
    instrument = kernel_terms(default_instrument("sim:ONE-PATH"))
    return Case(bars, signals, policy, new_limits(max_daily_loss=0.03), instrument)


def test_one_case_gives_the_same_bytes_on_every_path(
    database: Database, make_tenant: Callable[[], UUID]
) -> None:
    given = case()
    straight = through_bars(given)
    book = state_from_bytes(straight.state).book
    assert int(book["fills"][0]) > 5
    assert np.diff(given.bars.ts).max() > given.bars.timeframe_ms
    assert through_grid(given, sets=2) == [book.tobytes()] * 2
    assert through_portfolio(given) == straight
    assert through_books(given, copies=2, restore=True) == [straight] * 2
    assert interpreted() == [straight.digest()] * 3
    state, fills = through_the_engine(given, database, make_tenant)
    assert state == straight.state
    names = ["ts", "leg", "order", "purpose", "reason", "lots", "price", "fee"]
    expected = simulated_fills(given, names)
    assert fills == expected


def simulated_fills(given: Case, names: list[str]) -> list[tuple[object, ...]]:
    run = simulate(
        given.bars, given.signals, given.policy, given.limits, given.instrument, 10_000.0
    )
    rows: list[tuple[object, ...]] = run.fills[names].tolist()
    return rows


def interpreted() -> list[str]:
    """Return the digests that the loops give without the compiler."""
    run = subprocess.run(
        [sys.executable, "-c", PURE],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    return run.stdout.split()


def through_the_engine(
    given: Case, database: Database, make_tenant: Callable[[], UUID]
) -> tuple[bytes, list[tuple[object, ...]]]:
    """Push every bar through closed candles, evaluation, turn, dispatch and the paper venue."""
    user_id = make_tenant()
    instrument, timeframe = f"sim:ONE-{user_id.hex[-8:]}", str(Timeframe(given.bars.timeframe_ms))
    plan = leg(KEY + user_id.hex, instrument, timeframe, given.bars.timeframe_ms)
    desk = Desk(
        database,
        {(instrument, timeframe): given.bars},
        PreparedSignals({plan.signal_key: (given.bars, given.signals)}, user_id),
    )
    subscription_id = subscribe(desk, [user_id], (plan,), [given.policy], given.limits)[0]
    desk.admit(int(given.bars.ts[0]))
    for k in range(len(given.bars)):
        desk.push(instrument, timeframe, k)
    with database.tenant_transaction(user_id) as connection:
        rows = connection.exec_driver_sql(
            "SELECT ts, leg, n, purpose, reason, lots, price, fee FROM fills ORDER BY id"
        )
        fills = [tuple(row) for row in rows]
    return desk.state(user_id, subscription_id).to_bytes(), fills
