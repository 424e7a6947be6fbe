"""Constraints that contradict each other, refused before anything is read."""

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.instruments import parse_key
from fairlead.research.account import check_account
from fairlead.research.autobuild.fields import ANY_VENUE
from fairlead.research.autobuild.form import fault
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.daily import DAY_MS
from fairlead.research.grid import grid_size
from fairlead.research.model import FAR_FUTURE_MS, FAR_PAST_MS
from fairlead.research.windows import split_windows

_ACCOUNT_PATHS = {
    "cash": "/capital",
    "fee": "/costs/fee",
    "slippage": "/costs/slippage_bps",
    "half_spread": "/costs/spread_bps",
}


def refuse_contradictions(constraints: Constraints) -> None:
    """Raise `InvalidInput` with the path of the first field that cannot hold with the others."""
    _refuse_nothing_to_do(constraints)
    _refuse_universe(constraints)
    _refuse_account(constraints)
    _refuse_searches(constraints)
    _refuse_history(constraints)


def _refuse_nothing_to_do(constraints: Constraints) -> None:
    zeros = (
        ("/portfolio/maximum_legs", constraints.limits.maximum_legs, "portfolio without a leg"),
        ("/portfolio/maximum_weight", constraints.limits.maximum_weight, "leg without weight"),
        ("/portfolio/risk_budget", constraints.limits.risk_budget, "portfolio without any risk"),
        ("/budget/instruments", constraints.budget.instruments, "budget without instruments"),
        ("/budget/sets", constraints.budget.sets, "budget without parameter sets"),
        ("/budget/seconds", constraints.budget.seconds, "budget without time"),
        (
            "/budget/instrument_seconds",
            constraints.budget.instrument_seconds,
            "budget without time",
        ),
        ("/budget/provider_seconds", constraints.budget.provider_seconds, "budget without time"),
    )
    for path, value, thing in zeros:
        if value <= 0:
            message = f"{path} is 0: a {thing} can give nothing."
            raise fault(path, message, "more than 0", value, f"Raise {path}.")


def _refuse_universe(constraints: Constraints) -> None:
    venues, universe = constraints.venues, constraints.universe
    if not venues:
        message = "The universe is empty: no venue is allowed."
        raise fault("/venues", message, "at least one venue, or *", "an empty list")
    if universe.mode == "whitelist" and not universe.whitelist:
        message = "The universe is empty: the whitelist names no instrument."
        raise fault(
            "/universe/whitelist",
            message,
            "at least one instrument such as binance:BTC-USDT",
            "an empty list",
            "Add instruments, or let the mode be liquidity.",
        )
    for at, key in enumerate(universe.whitelist):
        path = f"/universe/whitelist/{at}"
        try:
            venue, _ = parse_key(key)
        except InvalidInput as error:
            raise fault(path, error.message, error.expected or "venue:symbol", key) from error
        if ANY_VENUE not in venues and venue not in venues:
            message = f"{key} is on the whitelist, but {venue} is not among the venues."
            action = f"Add {venue} to /venues, or take {key} off."
            raise fault(path, message, "a venue of " + ", ".join(venues), venue, action)
    if len(set(universe.whitelist)) != len(universe.whitelist):
        twice = next(key for key in universe.whitelist if universe.whitelist.count(key) > 1)
        message = f"The whitelist names {twice} twice."
        raise fault("/universe/whitelist", message, "every instrument once", twice)


def _refuse_account(constraints: Constraints) -> None:
    account = constraints.account
    if account.sizing.mode == "definition" and account.sizing.size != 0:
        message = "A size is given, but the sizing is left to the template."
        action = "Choose fraction, risk or quantity, or let the size be 0."
        raise fault("/trading/size", message, "0", account.sizing.size, action)
    try:
        check_account(account)
    except InvalidInput as error:
        path = _ACCOUNT_PATHS.get(error.path or "", "/trading/size")
        raise fault(path, error.message, error.expected or "", error.found) from error


def _refuse_searches(constraints: Constraints) -> None:
    if not constraints.searches:
        message = "No template is allowed: there is nothing to search."
        raise fault("/templates", message, "at least one template", "an empty list")
    names = [search.template for search in constraints.searches]
    for at, name in enumerate(names):
        if name in names[:at]:
            message = f"{name} is named twice."
            raise fault(f"/templates/{at}", message, "every template once", name)
    sizes = [grid_size(search.axes) for search in constraints.searches]
    if sum(sizes) > constraints.budget.sets:
        message = (
            f"The grids have {sum(sizes):,} parameter sets, the budget allows "
            f"{constraints.budget.sets:,}."
        )
        raise fault(
            "/budget/sets",
            message,
            f"at least {sum(sizes):,}",
            constraints.budget.sets,
            "Raise the budget, or use fewer templates or values.",
        )


def _refuse_history(constraints: Constraints) -> None:
    period = constraints.period
    if period.start_ms >= period.end_ms:
        message = "The history is empty: its end is not after its start."
        raise fault("/history/to", message, "a day after /history/from", period.end_ms)
    if period.start_ms == FAR_PAST_MS or period.end_ms == FAR_FUTURE_MS:
        return
    span_ms = period.end_ms - period.start_ms
    if span_ms < constraints.minimum_days * DAY_MS:
        message = (
            f"The history of {span_ms // DAY_MS} days is shorter than the "
            f"{constraints.minimum_days} that an instrument needs."
        )
        action = "Lower /history/minimum_days, or choose a longer history."
        raise fault("/history/minimum_days", message, "no more than the history", span_ms, action)
    walk = constraints.walk
    bars = int(span_ms / parse_timeframe(constraints.timeframe).ms * (1.0 - walk.holdout))
    try:
        split_windows(
            bars, walk.windows, walk.fit, walk.anchored, walk.purge_bars, walk.embargo_bars
        )
    except InvalidInput as error:
        message = f"The history is too short for the windows. {error.message}"
        raise fault(
            "/walk_forward/windows",
            message,
            error.expected or "",
            error.found,
            "Use fewer windows, a shorter timeframe or a longer history.",
        ) from error
