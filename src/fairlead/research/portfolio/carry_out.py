"""A portfolio's run carried out: the stored parts of its result and its headline."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fairlead.kernel.series import Bars
from fairlead.market.charges.funding import FundingSeries
from fairlead.market.instruments import Instrument
from fairlead.research.daily import DAY_MS, Floats, Ints
from fairlead.research.jsonable import JsonObject, dump_json, finite
from fairlead.research.metrics import finite_number
from fairlead.research.portfolio.asking import AskedLeg, PortfolioAsked
from fairlead.research.portfolio.backtest import backtest_portfolio
from fairlead.research.portfolio.model import LegResult, PortfolioLeg, PortfolioReport
from fairlead.research.progress import Progress
from fairlead.research.render.as_json import points
from fairlead.research.render.portfolio_page import portfolio_page
from fairlead.research.thinning import kept_points
from fairlead.strategies.kinds.rules.document import RulesDocument

HEADLINE = ("return", "sharpe", "max_drawdown", "trades")
POINTS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class LegData:
    """What one leg is run on: its definition, its candles, its terms and its funding."""

    document: RulesDocument
    bars: Bars
    instrument: Instrument
    funding: FundingSeries | None


def run_portfolio(
    asked: PortfolioAsked, data_of: Callable[[AskedLeg], LegData], progress: Progress
) -> PortfolioReport:
    """Run what was asked; equal input gives equal bytes, whoever runs it and how often."""
    legs = []
    for place, leg in enumerate(asked.legs):
        progress(0.2 * place / len(asked.legs))
        data = data_of(leg)
        legs.append(
            PortfolioLeg(
                document=data.document,
                parameters=leg.parameters,
                bars=data.bars,
                instrument=data.instrument,
                timeframe=leg.timeframe,
                weight=leg.weight,
                funding=data.funding,
            )
        )
    return backtest_portfolio(
        legs,
        asked.account.cash,
        account=asked.account,
        period=asked.period,
        limits=asked.limits,
        progress=lambda share: progress(0.2 + 0.7 * share),
    )


def parts_of(report: PortfolioReport, name: str) -> dict[str, bytes]:
    """Return the parts of a result by their names; `name` is the portfolio's."""
    short = thinned(report)
    return {
        "report.json": dump_json(portfolio_json(short)).encode(),
        "report.html": portfolio_page(name, short).encode(),
    }


def summary_of(report: PortfolioReport) -> JsonObject:
    """Return the figures that a list of runs shows."""
    figures: JsonObject = {name: finite_number(report.metrics.value(name)) for name in HEADLINE}
    return {**figures, "legs": len(report.legs)}


def thinned(report: PortfolioReport) -> PortfolioReport:
    """Return a report whose curves have few enough points; figures are those of all of them."""
    kept = kept_points(report.equity, POINTS_MAX)
    return replace(
        report,
        ts=report.ts[kept],
        equity=report.equity[kept],
        drawdown=report.drawdown[kept],
        exposure=report.exposure[kept],
    )


def portfolio_json(report: PortfolioReport) -> JsonObject:
    """Return the whole report; curves are `[[epoch ms, value], ...]`, one point a boundary.

    `exposure` is the notional of all legs as a multiple of equity, `contribution` what each leg
    earned: the parts add up to the profit. A leg's `gained` adds its daily returns up.
    """
    labels = [leg.label for leg in report.legs]
    return {
        "currency": report.currency,
        "cash": report.cash,
        "metrics": report.metrics.to_json(),
        "equity": points(report.ts, report.equity),
        "drawdown": points(report.ts, report.drawdown),
        "exposure": points(report.ts, report.exposure),
        "contribution": [
            {"leg": leg.label, "pnl": leg.pnl, "share": finite(leg.share)} for leg in report.legs
        ],
        "correlation": {
            "labels": list(labels),
            "values": [list(row) for row in report.correlation.tolist()],
        },
        "monthly_returns": [
            {"year": month.year, "month": month.month, "return": finite(month.value)}
            for month in report.monthly
        ],
        "legs": [_leg_json(leg, report.daily.days) for leg in report.legs],
        "assumptions": {item.key: item.value for item in report.assumptions},
        "assumptions_text": [[item.label, item.text] for item in report.assumptions],
        "notes": list(report.notes),
    }


def _leg_json(leg: LegResult, days: Ints) -> JsonObject:
    gained: Floats = np.cumsum(leg.returns)
    kept = kept_points(gained, POINTS_MAX // 20)
    return {
        "label": leg.label,
        "strategy": leg.strategy,
        "version_hash": leg.version_hash,
        "parameters": dict(leg.parameters),
        "instrument": leg.instrument,
        "timeframe": leg.timeframe,
        "weight": leg.weight,
        "bars": leg.bars,
        "first_ts": leg.first_ts,
        "last_ts": leg.last_ts,
        "trades": leg.trades,
        "wins": leg.wins,
        "fees": leg.fees,
        "charges": leg.charges,
        "pnl": leg.pnl,
        "share": finite(leg.share),
        "gained": points(days[kept] * DAY_MS, gained[kept]),
        "vetoes": [
            {"reason": veto.code, "text": veto.text, "count": veto.count} for veto in leg.vetoes
        ],
    }
