"""The walk over one instrument: choose on each fit range, run the chosen set exactly after it."""

from dataclasses import dataclass

import numpy as np

from fairlead.kernel.records import Records
from fairlead.research.autobuild.choosing import choose, daily_sharpes
from fairlead.research.autobuild.outcome import WindowOutcome
from fairlead.research.autobuild.searching import GridRun, Searched
from fairlead.research.autobuild.steps import Stop
from fairlead.research.backtest import simulate_set
from fairlead.research.daily import Floats, Ints, daily_returns, sample_daily, session_days
from fairlead.research.progress import RunCancelled
from fairlead.research.statistics import sharpe_ratio
from fairlead.research.totals import totals_of
from fairlead.research.walkforward import flat_totals, sell_out
from fairlead.research.windows import Window
from fairlead.strategies.kinds.rules.parameters import Resolved


@dataclass(frozen=True, slots=True)
class Walk:
    """Hold the windows and the one account carried through the tests.

    `days` and `returns` are daily, exact; `equity` is that of the account at each day's end.
    `trade_returns` are the profits of closed trades as a share of the realised equity before each.
    """

    windows: tuple[WindowOutcome, ...]
    days: Ints
    ts: Ints
    equity: Floats
    returns: Floats
    trades: int
    trade_returns: Floats


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hold one exact run: daily equity, its days, the time of each day's last bar, the trades."""

    days: Ints
    ts: Ints
    equity: Floats
    returns: Floats
    trades: int
    trade_returns: Floats


def walk_windows(run: GridRun, windows: tuple[Window, ...], halt: Stop) -> Walk:
    """Walk over all windows with one account; raises `RunCancelled` when halted.

    A set is chosen by the daily returns of its one long run, cut at the fit range: positions are
    carried over the cut, so these figures choose and are shown, but are not a result. What was
    chosen is run again on fresh state over the test range, as a backtest would.
    """
    setting = run.searched[0].setting
    cash = float(setting.account.cash)
    outcomes: list[WindowOutcome] = []
    parts: list[Stretch] = []
    for window in windows:
        if halt():
            raise RunCancelled
        sharpes = fit_sharpes(run, window)
        index = choose(sharpes)
        if index < 0:
            part = _flat(run, window, cash)
            outcomes.append(_outcome(run, window, index, sharpes, part))
        else:
            searched, parameters, _ = run.chosen(index)
            part = run_stretch(searched, parameters, window.test_from, window.test_to, cash)
            outcomes.append(_outcome(run, window, index, sharpes, part))
        parts.append(part)
        cash = max(float(part.equity[-1]), 0.0)
    return _joined(outcomes, parts)


def _joined(outcomes: list[WindowOutcome], parts: list[Stretch]) -> Walk:
    """Put the tests in a row; a day that two of them share has both returns, one after another."""
    days = np.concatenate([part.days for part in parts])
    growth = 1.0 + np.concatenate([part.returns for part in parts])
    firsts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    lasts = np.append(firsts[1:], len(days)) - 1
    return Walk(
        windows=tuple(outcomes),
        days=days[lasts],
        ts=np.concatenate([part.ts for part in parts])[lasts],
        equity=np.concatenate([part.equity for part in parts])[lasts],
        returns=np.multiply.reduceat(growth, firsts) - 1.0,
        trades=sum(part.trades for part in parts),
        trade_returns=np.concatenate([part.trade_returns for part in parts]),
    )


def fit_sharpes(run: GridRun, window: Window) -> Floats:
    """Return the daily Sharpe ratio of every set over the whole days of a fit range."""
    starts = np.concatenate((np.zeros(1, np.int64), run.day_stops[:-1]))
    first = int(np.searchsorted(starts, window.fit_from))
    last = int(np.searchsorted(run.day_stops, window.fit_to, side="right"))
    return daily_sharpes(run.returns[:, first:last])


def run_stretch(
    searched: Searched, parameters: Resolved, first: int, stop: int, cash: float
) -> Stretch:
    """Run one set on fresh state over `bars[first:stop]`, sold at the last close."""
    setting = searched.setting
    bars = setting.bars.slice(first, stop)
    if cash <= 0.0:
        totals, equity = flat_totals(len(bars)), np.zeros(len(bars))
        return _stretch(searched, bars.ts, equity, cash, totals.trades, np.empty(0))
    signals = setting.signals(setting.bars.slice(0, stop), parameters)
    done = simulate_set(setting, parameters, signals, first, stop, cash)
    totals = totals_of(done.state.book, len(bars))
    equity, totals = sell_out(setting, done.state.positions[0, 0], bars, done.equity, totals)
    return _stretch(searched, bars.ts, equity, cash, totals.trades, _profits(done.trades, cash))


def _stretch(
    searched: Searched, ts: Ints, equity: Floats, cash: float, trades: int, profits: Floats
) -> Stretch:
    daily = sample_daily(ts, equity, cash, searched.setting.instrument.day_offset_ms)
    returns = daily_returns(daily) if cash > 0.0 else np.zeros(len(daily.days))
    whole = np.zeros(len(daily.days))
    whole[: len(returns)] = returns
    stops = _day_last(ts, searched.setting.instrument.day_offset_ms)
    return Stretch(daily.days, ts[stops], daily.values, whole, trades, profits)


def _day_last(ts: Ints, day_offset_ms: int) -> Ints:
    number = session_days(ts, day_offset_ms)
    return np.append(np.flatnonzero(np.diff(number)), len(ts) - 1).astype(np.int64)


def _profits(trades: Records, cash: float) -> Floats:
    """Return each trade's profit as a share of the cash and profits before it."""
    profits = np.asarray(trades["pnl"], np.float64)
    before = cash + np.concatenate((np.zeros(1), np.cumsum(profits)[:-1]))[: len(profits)]
    shares = np.full(len(profits), -1.0)
    np.divide(profits, before, out=shares, where=before > 0.0)
    return shares


def _flat(run: GridRun, window: Window, cash: float) -> Stretch:
    searched = run.searched[0]
    ts = searched.setting.bars.ts[window.test_from : window.test_to]
    return _stretch(searched, ts, np.full(len(ts), cash), cash, 0, np.empty(0))


def _outcome(
    run: GridRun, window: Window, index: int, sharpes: Floats, part: Stretch
) -> WindowOutcome:
    setting = run.searched[0].setting
    ts, year = setting.bars.ts, setting.days_per_year
    owner, values = (None, {}) if index < 0 else run.chosen(index)[::2]
    earned = float(np.prod(1.0 + part.returns) - 1.0)
    return WindowOutcome(
        fit_from=int(ts[window.fit_from]),
        fit_to=int(ts[window.fit_to - 1]) + setting.bars.timeframe_ms,
        test_from=int(ts[window.test_from]),
        test_to=int(ts[window.test_to - 1]) + setting.bars.timeframe_ms,
        template="" if owner is None else owner.search.template,
        parameters=values,
        fit_sharpe=None if index < 0 else float(sharpes[index]) * float(np.sqrt(year)),
        test_return=earned,
        test_sharpe=sharpe_ratio(part.returns, year),
        trades=part.trades,
    )
