"""A portfolio's backtest: all legs on one shared account, never a sum of separate accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import Records
from fairlead.research.backtest import veto_counts, with_extremes
from fairlead.research.daily import DailyEquity, Floats, sample_daily, session_days
from fairlead.research.metrics import Span, metrics_of
from fairlead.research.model import ALL_TIME, BY_DEFINITION, Account, Period
from fairlead.research.months import monthly_returns
from fairlead.research.parameters import resolve_parameters, shown_parameters
from fairlead.research.portfolio.assumptions import portfolio_assumptions, portfolio_notes
from fairlead.research.portfolio.contribution import leg_path
from fairlead.research.portfolio.correlation import correlation_of
from fairlead.research.portfolio.model import (
    NO_LIMITS,
    LegResult,
    PortfolioLeg,
    PortfolioReport,
    SharedLimits,
)
from fairlead.research.progress import Progress, silent
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.statistics import underwater
from fairlead.research.totals import totals_of
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.portfolios.checks import account_currency, check_weights
from fairlead.strategies.run_portfolio import (
    LegInput,
    PortfolioSimulation,
    simulate_portfolio,
)
from fairlead.strategies.sharing import capped_limits, shared_limits, weighted_policy

USUAL_COSTS = Account(Decimal(0), Decimal("0.001"), Decimal(0), BY_DEFINITION, False)
LEGS_MAX = 500


@dataclass(frozen=True, slots=True)
class _Opened:
    """One leg brought together: its setting, resolved parameters, and its weight."""

    asked: PortfolioLeg
    setting: RunSetting
    parameters: Resolved


def backtest_portfolio(
    legs: Sequence[PortfolioLeg],
    cash: Decimal,
    *,
    account: Account = USUAL_COSTS,
    period: Period = ALL_TIME,
    limits: SharedLimits = NO_LIMITS,
    progress: Progress = silent,
) -> PortfolioReport:
    """Run all legs on one account with `cash`; costs and sizing are those of `account`.

    A leg's entries are sized as its definition says, times its weight, on the equity that all
    legs share at that moment; weights need not add up to 1, the rest stays in cash. Daily loss,
    exposure and the number of positions are counted over all legs. Raises `InvalidInput` for
    weights, parameters, a range or an account that cannot be used, and for legs in different
    currencies.
    """
    _check(legs)
    currency = account_currency([leg.instrument.key for leg in legs])
    account = replace(account, cash=cash)
    opened = [_opened(place, leg, period, account) for place, leg in enumerate(legs)]
    together = _limits(opened, limits)
    inputs: list[LegInput] = []
    for place, leg in enumerate(opened):
        progress(0.6 * place / len(opened))
        inputs.append(_input(leg))
    progress(0.6)
    offset_ms = opened[0].setting.instrument.day_offset_ms
    run = simulate_portfolio(inputs, together, float(cash), offset_ms)
    progress(0.8)
    return _report(opened, inputs, run, currency, account, together)


def _check(legs: Sequence[PortfolioLeg]) -> None:
    if not 1 <= len(legs) <= LEGS_MAX:
        raise InvalidInput(
            "There is nothing to run.",
            expected=f"1 to {LEGS_MAX} legs",
            found=str(len(legs)),
            path="legs",
        )
    check_weights([leg.weight for leg in legs], 1.0)


def _opened(place: int, leg: PortfolioLeg, period: Period, account: Account) -> _Opened:
    try:
        setting = open_setting(
            leg.document,
            leg.bars,
            period,
            leg.timeframe,
            leg.instrument,
            account,
            funding=leg.funding,
        )
        return _Opened(leg, setting, resolve_parameters(setting.compiled, leg.parameters))
    except InvalidInput as error:
        raise InvalidInput(
            f"Leg {place + 1} ({leg.instrument.key} {leg.timeframe}): {error.message}",
            expected=error.expected,
            found=error.found,
            action=error.action,
            path=f"legs/{place}" + (f"/{error.path}" if error.path else ""),
        ) from error


def _limits(opened: Sequence[_Opened], own: SharedLimits) -> Records:
    together = shared_limits([leg.setting.compiled.limits(leg.parameters) for leg in opened])
    return capped_limits(together, own.max_positions, own.max_exposure, own.max_daily_loss)


def _input(leg: _Opened) -> LegInput:
    setting = leg.setting
    signals = setting.signals(setting.bars, leg.parameters)
    policy, changes = setting.policies(leg.parameters, setting.first, setting.stop)
    weight = leg.asked.weight
    return LegInput(
        bars=setting.range,
        signals=signals.slice(setting.first, setting.stop),
        policy=weighted_policy(policy, weight),
        instrument=setting.record,
        funding=setting.funding[setting.first : setting.stop],
        changes=tuple((start, weighted_policy(later, weight)) for start, later in changes),
    )


def _report(
    opened: Sequence[_Opened],
    inputs: Sequence[LegInput],
    run: PortfolioSimulation,
    currency: str,
    account: Account,
    limits: Records,
) -> PortfolioReport:
    cash = float(account.cash)
    offset_ms = opened[0].setting.instrument.day_offset_ms
    daily = sample_daily(run.opened, run.equity, cash, offset_ms)
    totals = totals_of(run.state.book, sum(len(leg.bars) for leg in inputs))
    span = Span(
        min(int(leg.bars.ts[0]) for leg in inputs),
        int(run.closed_at[-1]),
        max(leg.setting.days_per_year for leg in opened),
    )
    metrics = metrics_of(daily, with_extremes(totals, run.trades), span)
    results, gross = _legs(opened, inputs, run, daily, offset_ms)
    base = np.where(run.equity > 0.0, run.equity, np.inf)
    return PortfolioReport(
        currency=currency,
        cash=cash,
        ts=run.opened,
        equity=run.equity,
        drawdown=underwater(run.equity, cash),
        exposure=gross / base,
        daily=daily,
        metrics=metrics,
        monthly=monthly_returns(daily),
        legs=results,
        correlation=correlation_of(np.column_stack([leg.returns for leg in results])),
        trades=run.trades,
        fills=run.fills,
        assumptions=portfolio_assumptions(
            results, opened[0].setting, currency, limits, span.days_per_year
        ),
        notes=portfolio_notes(results, metrics, run.opened),
    )


def _legs(
    opened: Sequence[_Opened],
    inputs: Sequence[LegInput],
    run: PortfolioSimulation,
    daily: DailyEquity,
    offset_ms: int,
) -> tuple[tuple[LegResult, ...], Floats]:
    """Return what each leg brought, and the notional of all legs at each boundary."""
    days = session_days(run.opened, offset_ms)
    ends = np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
    before = np.concatenate(([daily.start], daily.values[:-1]))
    base = np.where(before > 0.0, before, np.inf)
    profit = float(run.equity[-1]) - daily.start
    gross = np.zeros(len(run.closed_at))
    results: list[LegResult] = []
    for place, (leg, given) in enumerate(zip(opened, inputs, strict=True)):
        path = leg_path(place, given.bars, run.fills, run.charges, run.closed_at)
        gross += np.abs(path.notional)
        at_day_end = path.pnl[ends]
        returns = np.diff(at_day_end, prepend=0.0) / base
        results.append(_leg_result(place, leg, given, run, float(path.pnl[-1]), profit, returns))
    return tuple(results), gross


def _leg_result(
    place: int,
    leg: _Opened,
    given: LegInput,
    run: PortfolioSimulation,
    pnl: float,
    profit: float,
    returns: Floats,
) -> LegResult:
    trades = run.trades[run.trades["leg"] == place]
    setting = leg.setting
    return LegResult(
        label=f"{place + 1}. {setting.name} {setting.instrument.key} {setting.timeframe}",
        strategy=setting.name,
        version_hash=setting.version_hash,
        parameters=shown_parameters(setting.compiled, leg.parameters),
        instrument=setting.instrument.key,
        timeframe=setting.timeframe,
        weight=leg.asked.weight,
        bars=len(given.bars),
        first_ts=int(given.bars.ts[0]),
        last_ts=int(given.bars.ts[-1]),
        trades=len(trades),
        wins=int((trades["pnl"] > 0.0).sum()),
        fees=float(run.fills["fee"][run.fills["leg"] == place].sum()),
        charges=float(run.charges["amount"][run.charges["leg"] == place].sum()),
        pnl=pnl,
        share=pnl / profit if profit else None,
        returns=returns,
        vetoes=veto_counts(run.vetoes[place]),
    )
