"""A portfolio on one shared account: parity with one leg, shared limits, parts that add up."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import Records, new_limits
from fairlead.kernel.series import Bars
from fairlead.market.charges.catalog import cost_model
from fairlead.market.charges.funding import constant_funding
from fairlead.market.charges.model import CostModel, CostTerms, DatedTerms
from fairlead.market.instruments import default_instrument
from fairlead.research.backtest import BacktestRequest, run_backtest, simulate_set
from fairlead.research.daily import Ints
from fairlead.research.model import ALL_TIME, BY_DEFINITION, Account, Period, Sizing
from fairlead.research.parameters import resolve_parameters
from fairlead.research.portfolio import contribution
from fairlead.research.portfolio.backtest import USUAL_COSTS, backtest_portfolio
from fairlead.research.portfolio.model import PortfolioReport, SharedLimits
from fairlead.research.setting import open_setting
from fairlead.strategies.sharing import shared_limits
from tests.research.portfolio.samples import CASH, coarse, leg, mixed_legs
from tests.research.samples import HOUR_MS, START_MS, walk_bars

COSTS = Account(CASH, Decimal("0.001"), Decimal("0.0005"), BY_DEFINITION, False)
ROUNDING = 1e-7


def residual(report: PortfolioReport) -> float:
    """Return what the legs' profits miss of the account's, as a share of its cash."""
    whole = float(report.equity[-1]) - report.cash
    return abs(sum(item.pnl for item in report.legs) - whole) / report.cash


@pytest.mark.parametrize("sizing", [BY_DEFINITION, Sizing("fraction", Decimal("0.4"))])
@pytest.mark.parametrize("period", [ALL_TIME, Period(START_MS + 200 * HOUR_MS, 2**60)])
def test_portfolio_of_one_leg_equals_the_plain_backtest_bit_for_bit(
    sizing: Sizing, period: Period
) -> None:
    bars, account = walk_bars(1500), replace(COSTS, sizing=sizing)
    one = leg(bars, weight=1.0)
    report = backtest_portfolio([one], CASH, account=account, period=period)
    plain = run_backtest(
        BacktestRequest(one.document, one.parameters, period, "1h", account), bars, one.instrument
    )
    assert plain.metrics.trades > 10
    assert report.equity.tobytes() == plain.equity.tobytes()
    assert report.drawdown.tobytes() == plain.drawdown.tobytes()
    assert report.trades.tobytes() == plain.trades.tobytes()
    assert report.ts.tobytes() == plain.bars.ts.tobytes()
    assert report.metrics == plain.metrics
    assert report.legs[0].vetoes == plain.vetoes


FUNDING = constant_funding(Decimal("0.0004"), START_MS, START_MS + 3_000 * HOUR_MS)


@pytest.mark.parametrize("costs", [None, "nse-intraday", "bybit-linear:vip0"])
@pytest.mark.parametrize("funded", [False, True])
def test_portfolio_of_one_leg_pays_costs_and_funding_as_the_plain_backtest_does(
    costs: str | None, funded: bool
) -> None:
    bars = walk_bars(1500)
    model = None if costs is None else cost_model(costs)
    account = replace(COSTS, costs=model, half_spread=Decimal("0.0003"), funding=funded)
    one = replace(leg(bars, weight=1.0), funding=FUNDING)
    report = backtest_portfolio([one], CASH, account=account)
    setting = open_setting(
        one.document, bars, ALL_TIME, "1h", one.instrument, account, funding=FUNDING
    )
    parameters = resolve_parameters(setting.compiled, one.parameters)
    signals = setting.signals(setting.bars, parameters)
    plain = simulate_set(setting, parameters, signals, setting.first, setting.stop)
    assert report.equity.tobytes() == plain.equity.tobytes()
    assert report.fills.tobytes() == plain.fills.tobytes()
    charges = float(plain.state.book["charges"][0])
    assert (charges != 0.0) == funded
    assert report.legs[0].charges == pytest.approx(charges, abs=1e-9)
    assert residual(report) < ROUNDING


def test_portfolio_terms_that_change_in_the_range_count_from_their_date() -> None:
    bars = walk_bars(600)
    middle = int(bars.ts[300])
    cheap, dear = Decimal("0.001"), Decimal("0.003")
    schedule = (
        DatedTerms(0, CostTerms(buy_rate=cheap, sell_rate=cheap)),
        DatedTerms(middle, CostTerms(buy_rate=dear, sell_rate=dear)),
    )
    account = replace(COSTS, costs=CostModel("dated", "dated", schedule))
    one = leg(bars, weight=1.0)
    report = backtest_portfolio([one], CASH, account=account)
    rates = report.fills["fee"] / np.abs(report.fills["quantity"] * report.fills["price"])
    later = report.fills["ts"] >= middle
    assert later.any()
    assert not later.all()
    assert rates[~later] == pytest.approx(0.001)
    assert rates[later] == pytest.approx(0.003)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), slippage=st.sampled_from(["0", "0.002"]))
def test_portfolio_contributions_add_up_to_the_whole_at_every_day(seed: int, slippage: str) -> None:
    account = replace(COSTS, slippage=Decimal(slippage))
    report = backtest_portfolio(mixed_legs(seed), CASH, account=account)
    assert report.metrics.trades > 0
    assert residual(report) < ROUNDING
    base = np.concatenate(([report.cash], report.daily.values[:-1]))
    together = sum(item.returns for item in report.legs)
    whole = report.daily.values / base - 1.0
    assert together == pytest.approx(whole, abs=ROUNDING)
    assert sum(item.share or 0.0 for item in report.legs) == pytest.approx(1.0, abs=1e-6)
    assert sum(item.fees for item in report.legs) == pytest.approx(report.metrics.fees)
    assert sum(item.trades for item in report.legs) == report.metrics.trades


def test_portfolio_contribution_without_the_fees_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_fees(
        place: int, bars: Bars, fills: Records, charges: Records, closed_at: Ints
    ) -> contribution.LegPath:
        free = fills.copy()
        free["fee"] = 0.0
        return contribution.leg_path(place, bars, free, charges, closed_at)

    monkeypatch.setattr("fairlead.research.portfolio.backtest.leg_path", without_fees)
    report = backtest_portfolio(mixed_legs(), CASH, account=COSTS)
    assert residual(report) > 100 * ROUNDING


def test_portfolio_funding_of_several_legs_is_paid_by_the_leg_that_holds() -> None:
    account = replace(COSTS, funding=True)
    legs = [replace(one, funding=FUNDING) for one in mixed_legs()]
    legs[3] = replace(legs[3], funding=None)
    report = backtest_portfolio(legs, CASH, account=account)
    assert residual(report) < ROUNDING
    assert [item.charges != 0.0 for item in report.legs] == [True, True, True, False]


def test_portfolio_is_one_account_and_not_a_sum_of_separate_ones() -> None:
    legs = [leg(walk_bars(900, seed), f"file:{seed}", 0.5) for seed in (1, 2)]
    together = backtest_portfolio(legs, CASH, account=COSTS)
    apart = [
        backtest_portfolio([replace(one, weight=1.0)], CASH / 2, account=COSTS) for one in legs
    ]
    separate = sum(float(report.equity[-1]) for report in apart)
    assert float(together.equity[-1]) != pytest.approx(separate, rel=1e-4)


def test_portfolio_weight_scales_what_an_entry_buys() -> None:
    bars = walk_bars(400)
    whole = backtest_portfolio([leg(bars, weight=1.0)], CASH, account=COSTS)
    quarter = backtest_portfolio([leg(bars, weight=0.25)], CASH, account=COSTS)
    first = float(whole.trades["quantity"][0])
    assert float(quarter.trades["quantity"][0]) == pytest.approx(first / 4.0, rel=2e-3)


def test_portfolio_shared_positions_and_exposure_hold_over_all_legs() -> None:
    legs = [leg(walk_bars(900, seed), f"file:{seed}") for seed in range(1, 5)]
    free = backtest_portfolio(legs, CASH, account=COSTS)
    lone = backtest_portfolio(legs, CASH, account=COSTS, limits=SharedLimits(max_positions=1))
    assert positions_at_once(free) > 2
    assert positions_at_once(lone) == 1
    assert any(veto.code == "max_positions" for item in lone.legs for veto in item.vetoes)
    low = backtest_portfolio(legs, CASH, account=COSTS, limits=SharedLimits(max_exposure=0.4))
    # decided at the close, held at later marks: the market moves the share a little
    assert free.exposure.max() > 0.6
    assert low.exposure.max() < 0.5


def test_portfolio_daily_loss_halts_all_legs_together() -> None:
    legs = [leg(walk_bars(900, seed), f"file:{seed}", 0.5) for seed in (1, 2)]
    strict = backtest_portfolio(
        legs, CASH, account=COSTS, limits=SharedLimits(max_daily_loss=0.004)
    )
    halted = [veto for item in strict.legs for veto in item.vetoes if veto.code == "daily_loss"]
    assert len(halted) == 2


def positions_at_once(report: PortfolioReport) -> int:
    """Return how many legs held a position at the same time, at most."""
    held: dict[int, float] = {}
    most = 0
    order = np.argsort(report.fills["id"], kind="stable")
    for fill in report.fills[order]:
        place = int(fill["leg"])
        held[place] = held.get(place, 0) + int(fill["lots"])
        most = max(most, sum(1 for lots in held.values() if lots))
    return most


def test_portfolio_legs_with_gaps_and_late_starts_wait_for_their_bars() -> None:
    report = backtest_portfolio(mixed_legs(), CASH, account=COSTS)
    late = report.legs[2]
    assert late.first_ts > int(report.ts[0])
    days = np.searchsorted(report.daily.days, late.first_ts // 86_400_000)
    assert not late.returns[:days].any()
    assert late.trades > 0
    fills = report.fills[report.fills["leg"] == 2]
    assert int(fills["ts"].min()) >= late.first_ts
    assert (np.diff(report.ts) >= 0).all()


def test_portfolio_bars_that_close_together_are_booked_before_any_leg_decides() -> None:
    hourly = walk_bars(400, gaps=False)
    report = backtest_portfolio(
        [leg(hourly, "file:a", 0.5), leg(coarse(hourly), "file:b", 0.5)], CASH, account=COSTS
    )
    assert len(report.ts) == len(hourly)
    assert residual(report) < ROUNDING


def test_portfolio_correlation_is_that_of_the_legs_and_has_ones_on_its_diagonal() -> None:
    bars = walk_bars(1200)
    legs = [
        leg(bars, "file:a", 0.3),
        leg(bars, "file:b", 0.3),
        leg(walk_bars(1200, 9), "file:c", 0.2),
    ]
    report = backtest_portfolio(legs, CASH, account=COSTS)
    assert report.correlation[0, 1] > 0.98
    assert abs(report.correlation[0, 2]) < 0.9
    assert np.diag(report.correlation).tolist() == [1.0, 1.0, 1.0]


def test_portfolio_of_several_currencies_is_refused_by_name() -> None:
    legs = [leg(walk_bars(200), "file:a"), leg(walk_bars(200), "nse:INFY")]
    with pytest.raises(InvalidInput, match="INR and USDT") as caught:
        backtest_portfolio(legs, CASH)
    assert caught.value.action


@pytest.mark.parametrize(("weights", "path"), [([0.6, 0.6], "legs"), ([0.5, 0.0], "legs/1/weight")])
def test_portfolio_weights_that_cannot_be_meant_are_refused(
    weights: list[float], path: str
) -> None:
    legs = [leg(walk_bars(200), f"file:{k}", weight) for k, weight in enumerate(weights)]
    with pytest.raises(InvalidInput) as caught:
        backtest_portfolio(legs, CASH)
    assert caught.value.path == path


def test_portfolio_leg_without_bars_in_the_range_is_named() -> None:
    legs = mixed_legs()
    period = Period(START_MS, START_MS + 100 * HOUR_MS)
    with pytest.raises(InvalidInput, match=r"Leg 3 \(file:c 1h\)") as caught:
        backtest_portfolio(legs, CASH, account=USUAL_COSTS, period=period)
    assert caught.value.path == "legs/2"
    with pytest.raises(InvalidInput, match="nothing to run"):
        backtest_portfolio([], CASH)


def test_shared_limits_of_one_leg_stay_and_of_several_are_the_strictest() -> None:
    loose = new_limits(max_daily_loss=0.05, max_exposure=2.0, daily_loss_action=1)
    strict = new_limits(max_daily_loss=0.02, daily_loss_action=1)
    assert shared_limits([loose]).tobytes() == loose.tobytes()
    together = shared_limits([loose, strict, new_limits(daily_loss_action=2)])[0]
    assert float(together["max_daily_loss"]) == 0.02
    assert float(together["max_exposure"]) == 2.0
    assert (int(together["max_positions"]), int(together["daily_loss_action"])) == (3, 2)


def test_portfolio_of_indian_and_crypto_days_begins_the_day_of_its_first_leg() -> None:
    bars = walk_bars(300)
    report = backtest_portfolio([leg(bars, "nse:INFY", 0.5), leg(bars, "nse:TCS", 0.5)], CASH)
    offset = default_instrument("nse:INFY").day_offset_ms
    assert report.daily.days[0] == (int(bars.ts[0]) + offset) // 86_400_000
    assert report.currency == "INR"
