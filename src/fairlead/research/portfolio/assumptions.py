"""What a portfolio's result rests on, and what to know before believing it."""

from collections.abc import Sequence

from fairlead.kernel.records import FLATTEN, Records
from fairlead.research.assumed_costs import cost_assumptions
from fairlead.research.daily import DAY_MS, Ints
from fairlead.research.metrics import Metrics
from fairlead.research.model import Assumption
from fairlead.research.portfolio.model import LegResult
from fairlead.research.setting import RunSetting
from fairlead.research.times import short_time
from fairlead.strategies.run import kernel_hash

FEW_TRADES = 30
LATE_DAYS = 30


def portfolio_assumptions(
    legs: Sequence[LegResult],
    setting: RunSetting,
    currency: str,
    limits: Records,
    days_per_year: int,
) -> tuple[Assumption, ...]:
    """Return every assumption of a portfolio's backtest, in the order of a report.

    `setting` is that of the first leg: costs are those of the account, the same for all.
    """
    account = setting.account
    charges = sum(leg.charges for leg in legs)
    total = sum(leg.weight for leg in legs)
    return (
        Assumption(
            "account",
            "Account",
            "one, shared by all legs: each entry is sized on the equity of all of them",
            "shared",
        ),
        Assumption(
            "weights",
            "Weights",
            f"a leg's own size times its weight; {total:.2%} of the equity is given to legs",
            total,
        ),
        Assumption(
            "order",
            "Same moment",
            "bars that close together are all booked first; then the legs decide in their order",
            "close_time_then_leg",
        ),
        Assumption(
            "cash", "Starting cash", f"{account.cash:,} {currency}".strip(), float(account.cash)
        ),
        *(item for item in cost_assumptions(setting) if item.key != "funding"),
        Assumption(
            "funding",
            "Funding",
            f"{charges:,.2f} {currency} in all".strip() if charges else "not charged",
            charges,
        ),
        *_limits(limits),
        Assumption("days_per_year", "Year of the ratios", f"{days_per_year} days", days_per_year),
        Assumption("kernel_hash", "Kernel", kernel_hash()[:16], kernel_hash()),
    )


def _limits(limits: Records) -> tuple[Assumption, ...]:
    positions = int(limits["max_positions"][0])
    exposure = float(limits["max_exposure"][0])
    loss = float(limits["max_daily_loss"][0])
    flatten = int(limits["daily_loss_action"][0]) == FLATTEN
    act = "all positions are closed" if flatten else "no more entries"
    return (
        Assumption("max_positions", "Positions at once", f"at most {positions}", positions),
        Assumption(
            "max_exposure",
            "Exposure",
            f"at most {exposure:g} times the equity" if exposure else "bounded by leverage alone",
            exposure or None,
        ),
        Assumption(
            "max_daily_loss",
            "Loss of a day",
            f"at {loss:.2%} {act} until the next day" if loss else "no limit",
            loss or None,
        ),
    )


def portfolio_notes(legs: Sequence[LegResult], metrics: Metrics, opened: Ints) -> tuple[str, ...]:
    """Return sentences on legs that are not there all the time, and on figures that rest on few."""
    notes: list[str] = []
    first, last = int(opened[0]), int(opened[-1])
    for leg in legs:
        if leg.first_ts - first > LATE_DAYS * DAY_MS:
            notes.append(
                f"{leg.label} has candles from {short_time(leg.first_ts)} on; before, its share "
                "stayed in cash."
            )
        if last - leg.last_ts > LATE_DAYS * DAY_MS:
            notes.append(
                f"{leg.label} has candles until {short_time(leg.last_ts)} only; what it held then "
                "kept its last price."
            )
        if leg.trades == 0:
            notes.append(f"{leg.label} never traded.")
    if 0 < metrics.trades < FEW_TRADES:
        notes.append(f"All figures rest on {metrics.trades} trades.")
    return tuple(notes)
