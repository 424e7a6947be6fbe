"""A promoted portfolio on the live path: it trades as its backtest on one account does."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text

from fairlead.kernel.series import bars_of
from fairlead.live import passes
from fairlead.live.steps import walk_on
from fairlead.live.turn import apply_next_chunk
from fairlead.market.instruments import default_instrument
from fairlead.research.model import BY_DEFINITION, Account, Period
from fairlead.research.portfolio.backtest import backtest_portfolio
from fairlead.research.portfolio.model import PortfolioLeg, SharedLimits
from fairlead.strategies.templates import load_template, template_data
from fairlead.wiring import Context
from tests.api.conftest import Person
from tests.live.test_routes import T0, Market
from tests.promotion.evidence import API

MINUTE_MS = 60_000
FAST = {"fast": 2, "slow": 3}
RISE = [100.0, 99.0, 98.0, 99.0, 101.0, 103.0, 104.0, 103.0, 100.0, 98.0, 97.0, 97.0, 98.0]
FALL = [100.0, 101.0, 102.0, 101.0, 99.0, 97.0, 96.0, 98.0, 101.0, 103.0, 104.0, 103.0, 101.0]
WARM = [100.0] * 16


class Pair:
    """Two series whose candles close together, with one engine behind them."""

    def __init__(self, context: Context, person: Person) -> None:
        tail = person.user_id.hex[-8:].upper()
        self.first = Market(context, f"sim:P{tail}")
        self.second = Market(context, f"sim:Q{tail}")
        self.push(WARM, WARM)

    @property
    def instruments(self) -> tuple[str, str]:
        return self.first.instrument, self.second.instrument

    def push(self, first: list[float], second: list[float]) -> None:
        """Let candles of both close at the same moments, each with everything it causes."""
        market = self.first
        for left, right in zip(first, second, strict=True):
            self.first.close(left)
            self.second.close(right)
            passes.evaluate_due(market.post)
            while apply_next_chunk(market.context.database, market.cache, walk_on) is not None:
                pass
            market.settle()


def promoted(person: Person, pair: Pair, weights: tuple[float, float], **caps: float) -> Any:
    """Promote a portfolio of both series to paper, with an override on record."""
    http = person.client
    made = http.post(f"{API}/strategies", json={"definition": template_data("sma_crossover")})
    legs = [
        {
            "version_id": made.json()["version"]["id"],
            "instrument": instrument,
            "timeframe": "1m",
            "parameters": FAST,
            "weight": weight,
        }
        for instrument, weight in zip(pair.instruments, weights, strict=True)
    ]
    body = {"name": "Pair", "method": "manual", "legs": legs, "caps": caps}
    portfolio = http.post(f"{API}/portfolios", json=body).json()
    account = http.post(f"{API}/connections", json={"name": "mine"}).json()
    answer = http.post(
        f"{API}/promotions",
        json={
            "subject": {"portfolio_id": portfolio["id"]},
            "connection_id": account["id"],
            "capital": "10000",
            "override": True,
            "reason": "made-up candles",
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def fills_of(context: Context, person: Person, subscription_id: str) -> list[tuple[object, ...]]:
    with context.database.tenant_transaction(person.user_id) as connection:
        rows = connection.execute(
            text(
                "SELECT leg, ts, lots, price, fee FROM fills WHERE subscription_id = :id "
                "ORDER BY ts, leg, id"
            ),
            {"id": subscription_id},
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("caps", [{}, {"max_positions": 1}, {"max_exposure": 0.5}])
def test_promoted_portfolio_fills_as_its_backtest_on_one_account(
    context: Context, trader: Person, caps: dict[str, float]
) -> None:
    pair = Pair(context, trader)
    made = promoted(trader, pair, (0.6, 0.3), **caps)
    pair.first.settle()
    pair.push(RISE, FALL)
    live = fills_of(context, trader, made["subscription_ids"][0])
    # a cap leaves no room for the second leg; without one both trade
    assert {fill[0] for fill in live} == ({0} if caps else {0, 1})
    assert len(live) >= 4
    assert live == backtested(pair, caps)


def backtested(pair: Pair, caps: dict[str, float]) -> list[tuple[object, ...]]:
    """Return the fills of the same legs, weights and caps in research."""
    legs = []
    for instrument, closes, weight in zip(
        pair.instruments, (WARM + RISE, WARM + FALL), (0.6, 0.3), strict=True
    ):
        ts = T0 + MINUTE_MS * np.arange(len(closes), dtype=np.int64)
        prices = np.array(closes)
        bars = bars_of(ts, prices, prices, prices, prices, np.ones(len(closes)), MINUTE_MS)
        document, terms = load_template("sma_crossover"), default_instrument(instrument)
        legs.append(PortfolioLeg(document, FAST, bars, terms, "1m", weight))
    account = Account(Decimal(10_000), Decimal("0.001"), Decimal(0), BY_DEFINITION, False)
    period = Period(T0 + MINUTE_MS * len(WARM), 2**60)
    limits = SharedLimits(
        max_positions=None if "max_positions" not in caps else int(caps["max_positions"]),
        max_exposure=caps.get("max_exposure"),
    )
    report = backtest_portfolio(legs, account.cash, account=account, period=period, limits=limits)
    fills = report.fills[np.lexsort((report.fills["id"], report.fills["leg"], report.fills["ts"]))]
    rows: list[tuple[object, ...]] = fills[["leg", "ts", "lots", "price", "fee"]].tolist()
    return rows


def test_rolled_back_portfolio_closes_both_legs_at_the_next_open(
    context: Context, trader: Person
) -> None:
    pair = Pair(context, trader)
    made = promoted(trader, pair, (0.5, 0.4))
    pair.first.settle()
    pair.push(RISE[:7], RISE[:7])
    subscription = UUID(made["subscription_ids"][0])
    held = held_lots(context, trader, str(subscription))
    assert all(lots != 0 for lots in held.values())
    assert len(held) == 2
    back = trader.client.post(f"{API}/promotions/{made['id']}/rollback", json={})
    assert back.status_code == 200, back.text
    pair.first.settle()
    pair.push(RISE[7:9], RISE[7:9])
    assert set(held_lots(context, trader, str(subscription)).values()) == {0}


def held_lots(context: Context, person: Person, subscription_id: str) -> dict[int, int]:
    """Return by leg the lots that the fills add up to."""
    held: dict[int, int] = {}
    for fill in fills_of(context, person, subscription_id):
        place, lots = int(str(fill[0])), int(str(fill[2]))
        held[place] = held.get(place, 0) + lots
    return held
