"""The portfolio commands carried out: run, print, write."""

import json
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairlead.cli.portfolio_inputs import PortfolioInputs, PreparedPortfolio, prepare_portfolio
from fairlead.cli.research_runs import (
    check_file_target,
    check_targets,
    print_json,
    progress_on_stderr,
    write_all,
)
from fairlead.cli.research_views import sparkline
from fairlead.infra.errors import InvalidInput
from fairlead.research.jsonable import JsonObject
from fairlead.research.portfolio.alone import AloneReturns, returns_alone
from fairlead.research.portfolio.backtest import backtest_portfolio
from fairlead.research.portfolio.carry_out import portfolio_json
from fairlead.research.portfolio.correlation import correlation_of
from fairlead.research.portfolio.model import PortfolioReport
from fairlead.research.portfolio.weights import METHODS, Weighing, weigh_in_full
from fairlead.research.portfolio.weights import Caps as WeightCaps
from fairlead.research.render.portfolio_page import portfolio_page
from fairlead.research.render.words import decimal, money, percent, whole
from fairlead.research.times import short_date
from fairlead.strategies.portfolios.checks import WEIGHT_PLACES

CORRELATED = 0.7


def backtest_command(inputs: PortfolioInputs, html: Path | None, as_json: bool) -> None:
    """Run a portfolio on one account, print what came of it, and write the page."""
    check_targets({"--html": html}, None)
    prepared = prepare_portfolio(inputs)
    legs = prepared.weighted()
    with progress_on_stderr("Portfolio") as progress:
        report = backtest_portfolio(
            legs,
            prepared.account.cash,
            account=prepared.account,
            period=prepared.period,
            limits=prepared.limits,
            progress=progress,
        )
    write_all({} if html is None else {html: portfolio_page(prepared.name, report)})
    if as_json:
        print_json({"name": prepared.name, **portfolio_json(report)})
        return
    _show_report(Console(), prepared.name, report)


def weigh_command(
    inputs: PortfolioInputs, method: str | None, write: Path | None, as_json: bool
) -> None:
    """Weigh the legs of a portfolio, print the weights, and write them if asked to."""
    if write is not None:
        check_file_target("--write", write)
    prepared = prepare_portfolio(inputs)
    chosen = prepared.method if method is None else method
    if chosen not in METHODS:
        raise InvalidInput(
            f"There is no method {chosen} of weighing.",
            expected=", ".join(METHODS),
            found=chosen,
            action="Choose one with --method.",
            path="--method",
        )
    alone = returns_alone(prepared.legs, prepared.account, prepared.period)
    caps = WeightCaps(prepared.caps.max_weight, prepared.caps.max_correlation)
    weighing = weigh_in_full(
        chosen, alone.returns, caps, evidence=alone.sharpes, labels=alone.labels
    )
    if write is not None:
        content = json.dumps(_document(prepared, chosen, weighing), indent=2) + "\n"
        write_all({write: content})
    if as_json:
        print_json(_weighing_json(chosen, alone, weighing))
        return
    _show_weights(Console(), chosen, alone, weighing, write)


def _document(prepared: PreparedPortfolio, method: str, weighing: Weighing) -> dict[str, object]:
    """Return the portfolio with its weights; dropped legs and legs of no weight are left out."""
    given = prepared.document["legs"]
    assert isinstance(given, list)
    weights = [round(float(weight), WEIGHT_PLACES) for weight in weighing.weights]
    legs = [
        {**leg, "weight": weight}
        for leg, weight in zip(given, weights, strict=True)
        if weight > 0.0
    ]
    return {**prepared.document, "method": method, "legs": legs}


def _weighing_json(method: str, alone: AloneReturns, weighing: Weighing) -> JsonObject:
    return {
        "method": method,
        "days": len(alone.days),
        "legs": [
            {
                "leg": label,
                "weight": float(weight),
                "sharpe": sharpe,
                "kept": place in weighing.kept,
            }
            for place, (label, weight, sharpe) in enumerate(
                zip(alone.labels, weighing.weights, alone.sharpes, strict=True)
            )
        ],
        "correlation": {
            "labels": list(alone.labels),
            "values": [list(row) for row in correlation_of(alone.returns).tolist()],
        },
        "notes": list(weighing.notes),
    }


def _show_weights(
    console: Console, method: str, alone: AloneReturns, weighing: Weighing, file: Path | None
) -> None:
    table = Table("Leg", "Sharpe alone", "Weight", box=SIMPLE_HEAD)
    for place, label in enumerate(alone.labels):
        weight = (
            "dropped" if place not in weighing.kept else percent(float(weighing.weights[place]))
        )
        table.add_row(label, decimal(alone.sharpes[place]), weight)
    console.print(Text(f"{method}, {len(alone.days):,} common days", "bold"))
    console.print(table)
    for note in weighing.notes:
        console.print(f"note  {note}", highlight=False)
    if file is not None:
        console.print(f"Written to {file}.", highlight=False)


def _show_report(console: Console, name: str, report: PortfolioReport) -> None:
    metrics = report.metrics
    first, last = short_date(int(report.ts[0])), short_date(int(report.ts[-1]))
    console.print(
        Text.assemble((name, "bold"), f"  {len(report.legs)} legs on one account  "),
        f"{first} to {last}",
        highlight=False,
    )
    console.print(
        f"Return {percent(metrics.total_return)}  Sharpe {decimal(metrics.sharpe)}  "
        f"drawdown {percent(metrics.max_drawdown)}  trades {whole(metrics.trades)}  "
        f"fees {money(metrics.fees)}  exposure at most {float(report.exposure.max()):.2f}",
        highlight=False,
    )
    console.print(Text(f"Equity  {sparkline(report.equity)}", no_wrap=True))
    table = Table("Leg", "Weight", "Trades", "Profit", "Share", box=SIMPLE_HEAD)
    for leg in report.legs:
        table.add_row(
            leg.label, percent(leg.weight), whole(leg.trades), money(leg.pnl), percent(leg.share)
        )
    console.print(table)
    for line in _correlated(report):
        console.print(line, highlight=False)
    for assumption in report.assumptions:
        console.print(f"{assumption.label}: {assumption.text}", style="dim", highlight=False)
    for note in report.notes:
        console.print(f"note  {note}", highlight=False)


def _correlated(report: PortfolioReport) -> list[str]:
    """Return a line for each pair of legs that move together."""
    labels = [leg.label for leg in report.legs]
    return [
        f"{labels[left]} and {labels[right]} are correlated by "
        f"{float(report.correlation[left, right]):.2f}."
        for left in range(len(labels))
        for right in range(left + 1, len(labels))
        if abs(report.correlation[left, right]) >= CORRELATED
    ]
