"""Evidence put on record as research does, good enough for every gate unless told otherwise."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from fairlead.infra.ids import uuid7
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.record import Checkpoint
from fairlead.research.autobuild.store import insert_autobuild
from fairlead.research.autobuild.store_parts import put_checkpoint
from fairlead.research.jobs import HANDLERS
from fairlead.research.jsonable import dump_json
from fairlead.research.proof.model import Proof
from fairlead.research.proof.store import put_proof
from fairlead.strategies.portfolios.authoring import (
    WantedLeg,
    WantedPortfolio,
    create_portfolio,
)
from fairlead.strategies.portfolios.model import Caps, Portfolio
from fairlead.wiring import Context
from tests.api.conftest import Person
from tests.api.estate import carry_out
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

API = "/api/v1"


def outcome(instrument: str, **changes: Any) -> InstrumentOutcome:
    """Return what AutoBuild found on an instrument: good in everything that is not changed."""
    values: dict[str, Any] = {
        "instrument": instrument,
        "timeframe": "1h",
        "accepted": True,
        "gates": (),
        "template": "sma_crossover",
        "parameters": {},
        "sharpe_in": 2.0,
        "sharpe_out": 1.5,
        "return_out": 0.3,
        "significance": 0.99,
        "deflated_sharpe": 0.99,
        "pbo": 0.1,
        "plateau": 0.9,
        "consistency": 0.8,
        "max_drawdown": 0.1,
        "trades": 120,
        "sets": 50,
        "bars": 5_000,
        "days_per_year": 365,
        "first_ms": 1_600_000_000_000,
        "last_ms": 1_700_000_000_000,
        "trials_before": 0.0,
        "effective": 10.0,
        "holdout": None,
        "windows": (),
        "best_sets": (),
        "surface": None,
        "days": (),
        "returns": (),
        "equity": (),
        "trade_returns": (),
        "tried": (),
    }
    return InstrumentOutcome(**{**values, **changes})


def proof(passed: bool) -> Proof:
    """Return a proof with this verdict."""
    return Proof(
        passed=passed,
        text="proven" if passed else "it looks ahead",
        seed=1,
        timeframe="1h",
        bars=500,
        first_ts=0,
        last_ts=1,
        decisions=10,
        cuts=5,
        runs=9,
        poisons=(),
        leaks=(),
        warm_up_declared=20,
        warm_up_needed=20,
        notes=(),
    )


class Evidenced:
    """A tenant with a portfolio of two legs made by AutoBuild, and a paper connection."""

    def __init__(self, person: Person, context: Context, instruments: Sequence[str] = ()) -> None:
        self.person = person
        self.context = context
        tail = person.user_id.hex[-10:].upper()
        self.instruments = tuple(instruments) or (f"sim:A{tail}", f"sim:B{tail}")
        made = self.post("strategies", {"definition": crossover()}, 201)
        self.version_id = made["version"]["id"]
        self.version_hash = made["version"]["hash"]
        self.connection_id = self.post("connections", {"name": "paper"}, 201)["id"]
        self.autobuild_id = uuid7()

    def post(self, path: str, body: object, status: int = 200) -> Any:
        answer = self.person.client.post(f"{API}/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def prove(self, passed: bool = True) -> None:
        """Put a proof of the version on record."""
        now = self.context.clock.now()
        with self.context.database.tenant_transaction(self.person.user_id) as connection:
            put_proof(
                connection,
                self.person.user_id,
                uuid7(),
                self.version_hash,
                self.instruments[0],
                proof(passed),
                now,
            )

    def search(self, **changes: Any) -> None:
        """Put an AutoBuild over the instruments on record; changes are those of the last one."""
        tenant, now = self.person.user_id, self.context.clock.now()
        with self.context.database.tenant_transaction(tenant) as connection:
            insert_autobuild(connection, tenant, self.autobuild_id, "made", {}, 0, now)
            for place, instrument in enumerate(self.instruments):
                last = place == len(self.instruments) - 1
                found = outcome(instrument, **(changes if last else {}))
                content = dump_json(found.to_json()).encode()
                checkpoint = Checkpoint(instrument, found.accepted, found.sets, content)
                put_checkpoint(connection, tenant, self.autobuild_id, checkpoint, now)

    def portfolio(self, weights: Sequence[float] = (0.6, 0.3), **caps: Any) -> Portfolio:
        """Store the portfolio that the AutoBuild made."""
        legs = tuple(
            WantedLeg(UUID(self.version_id), instrument, "1h", {}, weight)
            for instrument, weight in zip(self.instruments, weights, strict=True)
        )
        source = {"autobuild_id": str(self.autobuild_id)}
        wanted = WantedPortfolio("Found", "hrp", legs, Caps(**caps), source)
        tenant = self.person.user_id
        with self.context.database.tenant_transaction(tenant) as connection:
            return create_portfolio(connection, tenant, wanted, self.context.clock.now())

    def backtest(self, portfolio: Portfolio, earned: float = 0.1) -> None:
        """Run the portfolio on made-up candles, and put down what it is to have earned."""
        for seed, instrument in enumerate(self.instruments):
            self.context.lake.append(instrument, "1h", walk_bars(300, seed))
        made = self.post(f"portfolios/{portfolio.id}/backtests", {}, 202)
        carry_out(
            HANDLERS["research.portfolio"], self.context, self.person.user_id, UUID(made["id"])
        )
        with self.context.database.tenant_transaction(self.person.user_id) as connection:
            connection.execute(
                text(
                    "UPDATE runs SET summary = jsonb_set(summary, '{return}', to_jsonb("
                    "CAST(:earned AS float8))) WHERE run_id = :id"
                ),
                {"earned": earned, "id": made["id"]},
            )

    def green(self, **caps: Any) -> Portfolio:
        """Put everything on record that makes all gates green."""
        self.prove()
        self.search()
        portfolio = self.portfolio(**caps)
        self.backtest(portfolio)
        return portfolio

    def body(self, portfolio: Portfolio, **more: Any) -> dict[str, Any]:
        return {
            "subject": {"portfolio_id": str(portfolio.id)},
            "connection_id": self.connection_id,
            "capital": "5000",
            **more,
        }

    def promote(self, portfolio: Portfolio, **more: Any) -> Any:
        return self.post("promotions", self.body(portfolio, **more), 201)

    def gates(self, portfolio: Portfolio, query: str = "") -> Any:
        answer = self.person.client.get(
            f"{API}/promotions/gates?portfolio_id={portfolio.id}{query}"
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def subscriptions(self) -> list[Any]:
        items: list[Any] = self.person.client.get(f"{API}/subscriptions").json()["items"]
        return items

    def audited(self) -> list[str]:
        """Return what was done about promotions and subscriptions, oldest first."""
        with self.context.database.system_transaction() as connection:
            rows = connection.execute(
                text("SELECT action FROM audit_log WHERE user_id = :user ORDER BY seq"),
                {"user": self.person.user_id},
            )
            names = [row.action for row in rows]
        return [name for name in names if name.startswith(("promotion.", "subscription."))]
