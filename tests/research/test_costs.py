"""Costs of a run: what a model charges, fill by fill, and what a report says of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.catalog import cost_model
from fairlead.market.charges.document import read_costs
from fairlead.market.charges.funding import constant_funding
from fairlead.market.charges.model import BUY, SELL
from fairlead.research.assumed_costs import cost_assumptions
from fairlead.research.backtest import report_of, simulate_set
from fairlead.research.grid import grid_of
from fairlead.research.model import ALL_TIME, Account, Report
from fairlead.research.parameters import resolve_parameters
from fairlead.research.plan import Plan
from fairlead.research.progress import silent
from fairlead.research.runs import Submission, submission_of
from fairlead.research.setting import RunSetting, open_setting
from fairlead.research.walkforward import walk_forward
from fairlead.strategies.templates import load_template
from tests.research.samples import ACCOUNT, INSTRUMENT, crossover, walk_bars

BARS = walk_bars(1_500)
VIP0 = cost_model("bybit-linear:vip0")


def with_fee(**changes: Decimal) -> Account:
    return replace(ACCOUNT, **changes)  # type: ignore[arg-type]  # names of Decimal fields


def report(setting: RunSetting) -> Report:
    parameters = resolve_parameters(setting.compiled, {})
    signals = setting.signals(setting.bars, parameters)
    run = simulate_set(setting, parameters, signals, setting.first, setting.stop)
    return report_of(setting, parameters, run)


def test_model_with_one_rate_charges_what_that_fee_does() -> None:
    named = report(crossover(BARS, replace(ACCOUNT, costs=VIP0)))
    plain = report(crossover(BARS, with_fee(fee=Decimal("0.00055"))))
    assert named.metrics == plain.metrics
    assert named.trades.tobytes() == plain.trades.tobytes()
    assert named.metrics.fees > 0.0
    np.testing.assert_allclose(named.benchmark.equity, plain.benchmark.equity, rtol=1e-15)


def test_half_of_the_spread_worsens_every_fill_like_slippage() -> None:
    spread = report(crossover(BARS, with_fee(half_spread=Decimal("0.0002"))))
    slipped = report(crossover(BARS, with_fee(slippage=ACCOUNT.slippage + Decimal("0.0002"))))
    without = report(crossover(BARS))
    assert spread.metrics == slipped.metrics
    assert spread.benchmark.equity.tobytes() == slipped.benchmark.equity.tobytes()
    assert spread.metrics.final_equity < without.metrics.final_equity


def test_last_sale_of_a_walk_forward_pays_the_model_and_the_spread() -> None:
    def final(account: Account) -> float:
        axes = grid_of({"fast": [3, 5], "slow": [20]})
        setting = crossover(BARS, account)
        walk = walk_forward(setting, axes, {}, Plan("return", 3, 0.6), silent)
        return walk.metrics.final_equity

    plain = with_fee(fee=Decimal("0.00055"), slippage=ACCOUNT.slippage + Decimal("0.0002"))
    named = replace(ACCOUNT, costs=VIP0, half_spread=Decimal("0.0002"))
    assert final(named) == final(plain)
    assert final(named) != final(with_fee(fee=Decimal("0.00055")))


@pytest.mark.parametrize("name", ["nse-delivery", "nse-intraday", "nse-futures", "nse-options"])
def test_every_fill_pays_the_terms_in_force_when_it_happens(name: str) -> None:
    model = cost_model(name)
    setting = crossover(BARS, replace(ACCOUNT, costs=model))
    parameters = resolve_parameters(setting.compiled, {})
    signals = setting.signals(setting.bars, parameters)
    run = simulate_set(setting, parameters, signals, setting.first, setting.stop)
    assert len(run.fills) > 10
    for fill in run.fills:
        value = abs(float(fill["quantity"])) * float(fill["price"])
        terms = model.at(int(fill["ts"])).terms
        assert float(fill["fee"]) == terms.fee_of(BUY if fill["lots"] > 0 else SELL, value)


def test_funding_is_charged_on_what_is_held() -> None:
    account = replace(ACCOUNT, funding=True)
    due = constant_funding(Decimal("0.0001"), int(BARS.ts[0]), int(BARS.ts[-1]))
    charged = report(
        open_setting(
            load_template("sma_crossover"), BARS, ALL_TIME, "1h", INSTRUMENT, account, funding=due
        )
    )
    free = report(crossover(BARS, ACCOUNT))
    assert charged.metrics.final_equity != free.metrics.final_equity
    texts = {item.key: item.text for item in charged.assumptions}
    assert "from 2023-11-15 to 2024-01-16" in texts["funding"]
    assert "for a long held throughout" in texts["funding"]


@pytest.mark.parametrize("half_spread", ["-0.001", "1", "nan"])
def test_spread_that_cannot_be_meant_is_refused(half_spread: str) -> None:
    with pytest.raises(InvalidInput, match="half_spread"):
        crossover(BARS, with_fee(half_spread=Decimal(half_spread)))


def test_terms_shown_are_those_of_the_last_bar_and_the_report_says_so() -> None:
    entries = [
        {"from": "2020-01-01", "buy_rate": "0.001", "sell_rate": "0.001"},
        {"from": "2023-12-01", "buy_rate": "0.002", "sell_rate": "0.002"},
        {"from": "2030-01-01", "buy_rate": "0.003", "sell_rate": "0.003"},
    ]
    model = read_costs({"name": "mine", "schedule": entries})
    setting = crossover(BARS, replace(ACCOUNT, costs=model))
    assert setting.terms.buy_rate == Decimal("0.002")
    texts = {item.key: item.text for item in cost_assumptions(setting)}
    assert "from 2023-12-01 on; earlier bars by the rates in force then" in texts["costs"]
    assert texts["fee"] == "0.2 % of value, on both sides"
    early = crossover(walk_bars(200), replace(ACCOUNT, costs=model))
    assert early.terms.buy_rate == Decimal("0.001")


def test_costs_are_stored_with_a_run_and_runs_without_them_are_read() -> None:
    account = replace(ACCOUNT, costs=VIP0, half_spread=Decimal("0.0001"), funding=True)
    made = Submission(
        "backtest", None, {}, "f", "a:b", "1h", ALL_TIME, {}, account, (), Plan("sharpe")
    )
    data = json.loads(json.dumps(made.to_json()))
    assert submission_of(data) == made
    for name in ("costs", "half_spread", "funding"):
        del data[name]
    assert submission_of(data).account == ACCOUNT


def dated(before: str, after: str) -> Account:
    """Return an account whose fee changes in the middle of the sample's bars."""
    middle = datetime.fromtimestamp(int(BARS.ts[750]) / 1000, UTC).isoformat()
    entries = [
        {"from": "2020-01-01", "buy_rate": before, "sell_rate": before},
        {"from": middle, "buy_rate": after, "sell_rate": after},
    ]
    return replace(ACCOUNT, costs=read_costs({"name": "dated", "schedule": entries}))


def test_choice_on_early_bars_knows_nothing_of_later_costs() -> None:
    axes = grid_of({"fast": [3, 5], "slow": [20]})

    def fitted(account: Account) -> list[float | None]:
        setting = crossover(BARS, account)
        walk = walk_forward(setting, axes, {}, Plan("return", 4, 0.6), silent)
        return [window.fit["return"] for window in walk.windows]

    changed, steady = fitted(dated("0.001", "0.01")), fitted(dated("0.001", "0.001"))
    assert changed[0] == steady[0]
    assert changed[-1] != steady[-1]


def test_last_sale_of_an_early_window_pays_the_costs_of_its_day() -> None:
    axes = grid_of({"fast": [3], "slow": [20]})

    def earned(account: Account) -> list[float | None]:
        walk = walk_forward(crossover(BARS, account), axes, {}, Plan("return", 6, 0.5), silent)
        return [window.test.total_return for window in walk.windows]

    changed, steady = earned(dated("0.001", "0.01")), earned(dated("0.001", "0.001"))
    assert changed[0] == steady[0]
    assert changed[-1] != steady[-1]


def test_buy_and_hold_pays_the_costs_of_the_first_day() -> None:
    changed, steady = (report(crossover(BARS, dated("0.001", fee))) for fee in ("0.01", "0.001"))
    assert changed.benchmark.equity.tobytes() == steady.benchmark.equity.tobytes()
    assert changed.metrics.fees > steady.metrics.fees


def test_report_says_what_funding_came_to() -> None:
    account = replace(ACCOUNT, funding=True)
    due = constant_funding(Decimal("0.0001"), int(BARS.ts[0]), int(BARS.ts[-1]))
    setting = open_setting(
        load_template("sma_crossover"), BARS, ALL_TIME, "1h", INSTRUMENT, account, funding=due
    )
    said = [note for note in report(setting).notes if note.startswith("Funding")]
    assert len(said) == 1
    assert "it is in the equity and in no single trade" in said[0]
    assert not [note for note in report(crossover(BARS)).notes if note.startswith("Funding")]
