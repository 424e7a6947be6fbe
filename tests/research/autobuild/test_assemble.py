"""A portfolio of accepted instruments: limits hold, order does not matter, nothing is empty."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fairlead.market.lake import Lake
from fairlead.research.autobuild.assemble import assemble
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.jsonable import Json
from tests.research.autobuild.lab import optimised, quick, stocked

DAYS = 400


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> InstrumentOutcome:
    folder: Path = tmp_path_factory.mktemp("one")
    lake: Lake = stocked(folder, count=1)
    return optimised(lake, "lab:a0", quick())


def _outcome(
    template: InstrumentOutcome, name: str, returns: np.ndarray, **changes: object
) -> InstrumentOutcome:
    days = tuple(range(19_000, 19_000 + len(returns)))
    made = replace(
        template, instrument=name, accepted=True, days=days, returns=tuple(returns.tolist())
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of the dataclass


def _many(template: InstrumentOutcome, count: int) -> list[InstrumentOutcome]:
    draw = np.random.default_rng(3)
    return [
        _outcome(template, f"lab:x{at}", draw.normal(0.001, 0.01 * (at + 1), DAYS))
        for at in range(count)
    ]


@pytest.mark.parametrize("method", ["equal", "inverse_volatility"])
def test_portfolio_is_the_same_whatever_the_order_of_outcomes(
    template: InstrumentOutcome, method: str
) -> None:
    outcomes = _many(template, 5)
    constraints = quick(portfolio={"method": method})
    assert assemble(outcomes, constraints) == assemble(outcomes[::-1], constraints)


def test_limits_of_the_portfolio_hold(template: InstrumentOutcome) -> None:
    limits: Json = {"maximum_legs": 3, "maximum_weight": 0.4, "risk_budget": 0.1}
    portfolio = assemble(_many(template, 5), quick(portfolio=limits))
    assert len(portfolio.legs) == 3
    assert max(leg.weight for leg in portfolio.legs) <= 0.4
    assert sum(leg.weight for leg in portfolio.legs) <= 1.0
    volatility = portfolio.metrics["volatility"]
    assert volatility is not None
    assert volatility <= 0.1 * (1 + 1e-9)
    assert any("risk budget" in note for note in portfolio.notes)


def test_of_two_legs_that_move_together_the_one_with_less_evidence_goes(
    template: InstrumentOutcome,
) -> None:
    draw = np.random.default_rng(5)
    same = draw.normal(0.001, 0.01, DAYS)
    outcomes = [
        _outcome(template, "lab:twin-a", same, significance=0.96),
        _outcome(template, "lab:twin-b", same * 1.01, significance=0.99),
        _outcome(template, "lab:other", draw.normal(0.001, 0.01, DAYS), significance=0.97),
    ]
    portfolio = assemble(outcomes, quick())
    assert {leg.instrument for leg in portfolio.legs} == {"lab:twin-b", "lab:other"}
    assert any("twin-a" in note for note in portfolio.notes)


def test_returns_are_put_together_by_day(template: InstrumentOutcome) -> None:
    early = _outcome(template, "lab:early", np.full(DAYS, 0.001) + np.arange(DAYS) % 2 * 0.001)
    late = replace(
        _outcome(template, "lab:late", np.full(DAYS, 0.002) - np.arange(DAYS) % 3 * 0.001),
        days=tuple(range(19_100, 19_100 + DAYS)),
    )
    portfolio = assemble([early, late], quick(portfolio={"maximum_correlation": 1.0}))
    assert portfolio.metrics["days"] == DAYS - 100
    assert sum(leg.contribution for leg in portfolio.legs) == pytest.approx(1.0)


def test_nothing_accepted_is_an_empty_portfolio_that_says_so(template: InstrumentOutcome) -> None:
    portfolio = assemble([replace(template, accepted=False)], quick())
    assert portfolio.legs == ()
    assert "No instrument passed" in portfolio.notes[0]
    assert portfolio.to_json()["correlation"] == {"labels": [], "values": []}
