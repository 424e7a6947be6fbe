"""Turn a stored portfolio into a queued backtest, refusing at once what could never run."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import InternalDefect, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.market.lake import Lake
from fairlead.research.account import check_account
from fairlead.research.model import FAR_PAST_MS, Account, Period
from fairlead.research.portfolio.asking import AskedLeg, PortfolioAsked
from fairlead.research.portfolio.model import SharedLimits
from fairlead.research.runs import Run
from fairlead.research.store import find_run, insert_run
from fairlead.research.submitting import refuse_too_many
from fairlead.research.times import iso_time
from fairlead.strategies.portfolios.checks import account_currency, portfolio_hash
from fairlead.strategies.portfolios.model import Leg, Portfolio
from fairlead.strategies.versions import followable_version


@dataclass(frozen=True, slots=True)
class WantedBacktest:
    """What a client asks for; without times the range is all there is."""

    start: datetime | None
    end: datetime | None
    account: Account


def submit_portfolio(
    connection: Connection,
    tenant_id: UUID,
    lake: Lake,
    portfolio: Portfolio,
    wanted: WantedBacktest,
    now: datetime,
) -> Run:
    """Write a queued run of the portfolio as it is now, and its job, in the caller's transaction.

    Raises `InvalidInput` for what can never run, `NotFound` for a series or a version that is
    not there, `Conflict` for a tenant with too many runs under way.
    """
    refuse_too_many(connection, tenant_id)
    check_account(wanted.account)
    account_currency([leg.instrument for leg in portfolio.legs])
    for leg in portfolio.legs:
        followable_version(connection, leg.version_id)
    caps = portfolio.caps
    asked = PortfolioAsked(
        portfolio_id=portfolio.id,
        legs=tuple(_asked(leg) for leg in portfolio.legs),
        limits=SharedLimits(caps.max_positions, caps.max_exposure, caps.max_daily_loss),
        period=_period(lake, portfolio, wanted, now),
        account=wanted.account,
    )
    run_id, digest = uuid7(), portfolio_hash(portfolio.legs, caps)
    insert_run(connection, tenant_id, run_id, asked, portfolio.name, digest, now)
    enqueue(connection, "research.portfolio", run_id, tenant_id)
    run = find_run(connection, tenant_id, run_id, "portfolio")
    if run is None:
        raise InternalDefect(f"Run {run_id} was written and cannot be read.")
    return run


def _asked(leg: Leg) -> AskedLeg:
    return AskedLeg(leg.version_id, leg.parameters, leg.instrument, leg.timeframe, leg.weight)


def _period(lake: Lake, portfolio: Portfolio, wanted: WantedBacktest, now: datetime) -> Period:
    """Fix the end now, so that a run taken over by another worker sees the same bars."""
    latest: list[int] = []
    for place, leg in enumerate(portfolio.legs):
        last_ts = lake.last_ts(leg.instrument, leg.timeframe)
        if last_ts is None:
            raise NotFound(
                f"There are no candles of {leg.instrument} at {leg.timeframe}.",
                action="Import or fetch them first, or take the leg out.",
                path=f"legs/{place}",
            )
        latest.append(last_ts)
    end = now if wanted.end is None else min(wanted.end, now)
    end_ms = min(_milliseconds(end), max(latest) + 1)
    start_ms = FAR_PAST_MS if wanted.start is None else _milliseconds(wanted.start)
    if start_ms >= end_ms:
        raise InvalidInput(
            "The range is empty: it ends before it begins, or begins after the last candle.",
            expected=f"a range that begins before {iso_time(max(latest))}",
            path="from",
        )
    return Period(start_ms, end_ms)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
