"""A backtest's report: its figures, its words, and that they agree with each other."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.market.instruments import default_instrument
from fairlead.research.backtest import BacktestRequest, run_backtest
from fairlead.research.model import ALL_TIME, Account, Period, Report, Sizing
from fairlead.research.thinning import bars_at
from fairlead.strategies.model import Setting
from fairlead.strategies.templates import load_template
from tests.research.samples import (
    ACCOUNT,
    HOUR_MS,
    INSTRUMENT,
    START_MS,
    account,
    bars_of_closes,
    walk_bars,
    with_prices,
)

FAST: dict[str, Setting] = {"fast": 5, "slow": 20}


def report(
    bars: Bars,
    parameters: dict[str, Setting] = FAST,
    period: Period = ALL_TIME,
    terms: Account = ACCOUNT,
) -> Report:
    document = load_template("sma_crossover")
    request = BacktestRequest(document, parameters, period, "1h", terms)
    return run_backtest(request, bars, INSTRUMENT)


def test_backtest_figures_agree_with_its_own_trades_and_equity() -> None:
    result = report(walk_bars(3_000))
    metrics, pnl = result.metrics, result.trades["pnl"]
    assert metrics.trades == len(pnl) > 30
    assert metrics.wins == int((pnl > 0).sum())
    assert metrics.profit_factor == pytest.approx(pnl[pnl > 0].sum() / -pnl[pnl <= 0].sum())
    assert metrics.expectancy == pytest.approx(pnl.mean())
    assert (metrics.best_trade, metrics.worst_trade) == (pnl.max(), pnl.min())
    assert metrics.max_drawdown == pytest.approx(float(result.drawdown.max()))
    assert metrics.final_equity == result.equity[-1]
    assert metrics.total_return == pytest.approx(result.equity[-1] / 10_000 - 1)


def test_backtest_profit_is_realised_plus_unrealised() -> None:
    result = report(walk_bars(2_000, seed=3))
    held = result.open_position
    unrealised = 0.0 if held is None else held.unrealised_pnl - held.fees
    assert result.metrics.profit == pytest.approx(result.trades["pnl"].sum() + unrealised)


def test_backtest_hand_worked_long_trade_gives_its_figures() -> None:
    closes = [100.0] * 6 + [90.0, 90.0, 110.0, 110.0, 120.0, 120.0]
    terms = account(Sizing("quantity", Decimal(10)), fee=Decimal("0.01"), slippage=Decimal(0))
    off: dict[str, Setting] = {"stop_loss_pct": 0, "take_profit_pct": 0}
    result = report(bars_of_closes(closes), {"fast": 2, "slow": 4, **off}, ALL_TIME, terms)
    held = result.open_position
    assert held is not None
    assert held.side == "long"
    # averages of 2 and 4: 90 and 95 at the second 90, 100 and 97.5 at the first 110:
    # the cross is seen at that close and bought at the next open, 110; fee 1 % of 1,100
    assert (held.quantity, held.entry_price, held.mark_price) == (10.0, 110.0, 120.0)
    assert held.unrealised_pnl == pytest.approx(100.0)
    assert held.fees == pytest.approx(11.0)


def test_backtest_does_not_look_at_bars_after_the_range() -> None:
    bars = walk_bars(2_000)
    period = Period(START_MS, START_MS + 1_200 * HOUR_MS)
    poisoned = with_prices(bars, lambda prices: np.where(bars.ts >= period.end_ms, 1e6, prices))
    plain, other = report(bars, period=period), report(poisoned, period=period)
    assert plain.equity.tobytes() == other.equity.tobytes()
    assert plain.trades.tobytes() == other.trades.tobytes()


def test_backtest_warms_up_on_bars_before_the_range() -> None:
    bars = walk_bars(1_500, gaps=False)
    period = Period(START_MS + 500 * HOUR_MS, START_MS + 1_500 * HOUR_MS)
    slow: dict[str, Setting] = {"fast": 5, "slow": 450}
    warm = report(bars, slow, period)
    cold = report(bars.between(period.start_ms, period.end_ms), slow)
    assert len(warm.bars) == len(cold.bars) == 1_000
    assert int(warm.trades["entry_ts"][0]) < int(cold.trades["entry_ts"][0])
    assert not any("warm up inside" in note for note in warm.notes)
    assert any("warm up inside" in note for note in cold.notes)


def test_backtest_long_only_never_sells_short() -> None:
    both = report(walk_bars(2_000))
    long_only = report(walk_bars(2_000), terms=replace(ACCOUNT, long_only=True))
    assert (both.trades["side"] < 0).any()
    assert (long_only.trades["side"] > 0).all()
    assert any(veto.code == "short_not_allowed" for veto in long_only.vetoes) or any(
        item.value == "long_only" for item in long_only.assumptions
    )


def test_backtest_reports_gaps_of_its_range() -> None:
    with_gaps, without = report(walk_bars(1_000)), report(walk_bars(1_000, gaps=False))
    assert any("6 bars are missing in 2 gaps" in note for note in with_gaps.notes)
    assert not any("missing" in note for note in without.notes)


def test_backtest_states_every_assumption() -> None:
    stated = {item.key: item.value for item in report(walk_bars(500)).assumptions}
    wanted = {
        "fill_rule": "next_open",
        "stop_before_target": True,
        "fee": 0.001,
        "slippage_bps": 5.0,
        "tick": None,
        "lot": 1e-8,
        "sizing": "fraction:1",
        "bars": 494,
        "warm_up_bars": 20,
        "days_per_year": 365,
    }
    assert {key: stated[key] for key in wanted} == wanted
    assert {"ambiguous_share", "kernel_hash", "definition", "first_bar", "last_bar"} <= set(stated)


def test_backtest_weekday_bars_make_a_year_of_252_days() -> None:
    bars = walk_bars(3_000, gaps=False)
    weekdays = (bars.ts // 86_400_000) % 7
    kept = ~np.isin(weekdays, (2, 3))
    result = report(bars_at(bars, np.flatnonzero(kept)))
    assert next(a.value for a in result.assumptions if a.key == "days_per_year") == 252
    assert not any("missing" in note for note in result.notes)


def test_backtest_of_no_trades_is_a_report() -> None:
    result = report(bars_of_closes([100.0] * 60))
    assert result.metrics.trades == 0
    assert result.metrics.sharpe is None
    assert any("no trade" in note for note in result.notes)


def test_backtest_large_moves_are_pointed_out() -> None:
    closes = [100.0 + i % 3 for i in range(60)] + [50.0 + i % 3 for i in range(60)]
    assert any("splits" in note for note in report(bars_of_closes(closes)).notes)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"fats": 5}, "did you mean fast"),
        ({"fast": 5_000_000}, "expected a whole number"),
        ({"fast": 2.5}, "expected a whole number"),
        ({"fast": float("nan")}, "expected a whole number"),
        ({"fast": 50, "slow": 20}, "fast < slow"),
    ],
)
def test_backtest_parameters_that_do_not_fit_are_refused(
    parameters: dict[str, Setting], words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        report(walk_bars(300), parameters)


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(START_MS + HOUR_MS, START_MS), "not after its start"),
        (Period(0, START_MS), "0 bars"),
        (Period(START_MS, START_MS + 1), "1 bars"),
    ],
)
def test_backtest_range_without_bars_is_refused(period: Period, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        report(walk_bars(300), period=period)


@pytest.mark.parametrize(
    "terms",
    [
        account(cash=Decimal(0)),
        account(cash=Decimal("NaN")),
        account(fee=Decimal(1)),
        account(fee=Decimal("-0.1")),
        account(slippage=Decimal("Infinity")),
        account(Sizing("quantity", Decimal(0))),
        account(Sizing("risk", Decimal(2))),
    ],
)
def test_backtest_account_that_cannot_be_meant_is_refused(terms: Account) -> None:
    with pytest.raises(InvalidInput) as caught:
        report(walk_bars(300), terms=terms)
    assert caught.value.expected


def test_backtest_of_an_exchange_counts_252_days_and_its_own_session_day() -> None:
    nse = default_instrument("nse:SBIN")
    document = load_template("sma_crossover")
    days = np.arange(400, dtype=np.int64) * 86_400_000
    open_ms = START_MS + days - 19_800_000
    keep = ~np.isin(((open_ms + 19_800_000) // 86_400_000) % 7, (2, 3))
    close = np.array([100.0 + day % 37 for day in range(400)])
    whole = Bars(open_ms, close, close + 1, close - 1, close, np.ones(400), 86_400_000)
    bars = bars_at(whole, np.flatnonzero(keep))
    result = run_backtest(BacktestRequest(document, FAST, ALL_TIME, "1d", ACCOUNT), bars, nse)
    values = {item.key: item.value for item in result.assumptions}
    assert (values["days_per_year"], values["tick"], values["lot"]) == (252, 0.05, 1.0)
    assert result.metrics.days == len(bars)
