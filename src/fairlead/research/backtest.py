"""One parameter set over one range of bars, and everything a report says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fairlead.kernel.reasons import VETO_TEXT, Veto
from fairlead.kernel.records import Records, State
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.market.instruments import Instrument
from fairlead.research.assumed_costs import funding_notes
from fairlead.research.assumptions import assumptions_of
from fairlead.research.benchmark import buy_and_hold
from fairlead.research.daily import sample_daily
from fairlead.research.metrics import TradeTotals, metrics_of
from fairlead.research.model import Account, OpenPosition, Period, Report, VetoCount
from fairlead.research.months import monthly_returns
from fairlead.research.notes import data_notes
from fairlead.research.parameters import resolve_parameters, shown_parameters
from fairlead.research.rows import LONG, SHORT
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.statistics import underwater
from fairlead.research.totals import span_of, totals_of
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.model import Setting
from fairlead.strategies.run import Simulation, simulate


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """Say what to run: a definition, its parameters by name, a range, costs and sizing."""

    document: RulesDocument
    parameters: Mapping[str, Setting]
    period: Period
    timeframe: str
    account: Account


def run_backtest(request: BacktestRequest, bars: Bars, instrument: Instrument) -> Report:
    """Run one backtest; `bars` may begin before the range and then only warms indicators up.

    Raises `InvalidInput` for parameters, a range or an account that cannot be used.
    """
    setting = open_setting(
        request.document, bars, request.period, request.timeframe, instrument, request.account
    )
    parameters = resolve_parameters(setting.compiled, request.parameters)
    signals = setting.signals(setting.bars, parameters)
    run = simulate_set(setting, parameters, signals, setting.first, setting.stop)
    return report_of(setting, parameters, run)


def simulate_set(
    setting: RunSetting,
    parameters: Resolved,
    signals: Signals,
    first: int,
    stop: int,
    cash: float = 0.0,
) -> Simulation:
    """Run one parameter set on fresh state over `bars[first:stop]`.

    `signals` belong to `bars[:stop]` or more of the setting; a cash of 0 is the account's own.
    """
    policy, changes = setting.policies(parameters, first, stop)
    return simulate(
        setting.bars.slice(first, stop),
        signals.slice(first, stop),
        policy,
        setting.compiled.limits(parameters),
        setting.record,
        cash or float(setting.account.cash),
        setting.instrument.day_offset_ms,
        setting.funding[first:stop],
        changes,
    )


def report_of(setting: RunSetting, parameters: Resolved, run: Simulation) -> Report:
    """Put a simulation into figures, curves and words."""
    bars, account = setting.range, setting.account
    cash = float(account.cash)
    offset = setting.instrument.day_offset_ms
    daily = sample_daily(bars.ts, run.equity, cash, offset)
    totals = with_extremes(totals_of(run.state.book, len(bars)), run.trades)
    metrics = metrics_of(daily, totals, span_of(bars, setting.days_per_year))
    return Report(
        version_hash=setting.version_hash,
        strategy=setting.name,
        parameters=shown_parameters(setting.compiled, parameters),
        instrument=setting.instrument.key,
        timeframe=setting.timeframe,
        currency=setting.instrument.currency,
        bars=bars,
        equity=run.equity,
        drawdown=underwater(run.equity, cash),
        trades=run.trades,
        metrics=metrics,
        benchmark=buy_and_hold(
            bars,
            cash,
            float(setting.terms_at(int(bars.ts[0])).share_of(account.cash)),
            setting.slippage_at(int(bars.ts[0])),
            setting.days_per_year,
            offset,
        ),
        monthly=monthly_returns(daily),
        assumptions=assumptions_of(setting, parameters, metrics),
        vetoes=veto_counts(run.vetoes),
        notes=(*data_notes(setting, metrics), *funding_notes(run, setting.instrument.currency)),
        open_position=open_position(run.state),
    )


def with_extremes(totals: TradeTotals, trades: Records) -> TradeTotals:
    """Add the best and the worst trade to totals; without trades they stay None."""
    if len(trades) == 0:
        return totals
    return replace(totals, best=float(trades["pnl"].max()), worst=float(trades["pnl"].min()))


def veto_counts(vetoes: Mapping[Veto, int]) -> tuple[VetoCount, ...]:
    """Return the refused entries by reason, the most frequent first."""
    counts = sorted(vetoes.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        VetoCount(veto.name.lower(), VETO_TEXT[veto], count)
        for veto, count in counts
        if count and veto is not Veto.NONE
    )


def open_position(state: State) -> OpenPosition | None:
    """Describe what the book still holds at the end, valued at the last close."""
    held, leg = state.positions[0, 0], state.legs[0]
    quantity = float(held["quantity"])
    if quantity == 0.0:
        return None
    average, mark = float(held["average"]), float(leg["mark"])
    return OpenPosition(
        side=LONG if quantity > 0.0 else SHORT,
        quantity=abs(quantity),
        entry_ts=int(held["entry_ts"]),
        entry_price=average,
        mark_price=mark,
        unrealised_pnl=quantity * (mark - average),
        fees=float(held["fees"]),
        stop=_level(float(held["stop"])),
        target=_level(float(held["target"])),
    )


def _level(value: float) -> float | None:
    return value if 0.0 < value < float(np.inf) else None
