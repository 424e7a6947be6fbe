"""What a run trades with and pays, refused before anything is read when it cannot be meant."""

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import Records
from fairlead.market.charges.model import CostModel, CostTerms, plain_costs
from fairlead.research.model import Account


def check_account(account: Account) -> None:
    """Refuse cash, costs or sizes that cannot be meant; raises `InvalidInput`."""
    size = account.sizing.size
    mode = account.sizing.mode
    checks = (
        (
            "cash",
            account.cash,
            account.cash.is_finite() and 0 < account.cash < 10**15,
            "more than 0 and below 1e15",
        ),
        (
            "fee",
            account.fee,
            account.fee.is_finite() and 0 <= account.fee < 1,
            "a fraction from 0 to below 1, such as 0.001 for 0.1 %",
        ),
        (
            "slippage",
            account.slippage,
            account.slippage.is_finite() and 0 <= account.slippage < 1,
            "0 to below 10,000 basis points",
        ),
        (
            "half_spread",
            account.half_spread,
            account.half_spread.is_finite() and 0 <= account.half_spread < 1,
            "a spread of 0 to below 20,000 basis points",
        ),
        (
            mode,
            size,
            size.is_finite() and (size > 0 or mode == "definition") and size < 10**15,
            "a number above 0",
        ),
        (mode, size, mode != "risk" or size <= 1, "a share of equity from above 0 to 1"),
    )
    for name, value, fine, expected in checks:
        if not fine:
            raise InvalidInput(
                f"The {name} {value} cannot be used: expected {expected}.",
                expected=expected,
                found=str(value),
                path=name,
            )
    _refuse_beyond_kernel(account)


def costs_of(account: Account) -> CostModel:
    """Return the dated costs of an account: its model, or its fee on both sides."""
    model = plain_costs(account.fee) if account.costs is None else account.costs
    return model.with_spread(account.half_spread)


def write_terms(policy: Records, account: Account, terms: CostTerms) -> None:
    """Put the costs of a run into its POLICY: the one place where terms meet the kernel."""
    policy["fee"] = float(terms.buy_rate)
    policy["slippage"] = float(account.slippage + terms.half_spread)


def _refuse_beyond_kernel(account: Account) -> None:
    """Refuse costs that today's loops would charge wrongly."""
    if account.funding:
        raise InvalidInput(
            "Funding cannot be charged yet.",
            action="Run without it, and take it off the result by hand.",
            path="funding",
        )
    model = costs_of(account)
    if all(entry.terms.is_plain for entry in model.schedule):
        return
    dearest = max(
        max(terms.buy_rate, terms.sell_rate) + terms.order_rate
        for terms in (entry.terms for entry in model.schedule)
    )
    raise InvalidInput(
        f"The costs {model.name} cannot be charged yet: they differ between buying and selling, "
        "or have fees for each order or funding, and a run charges one rate on both sides.",
        expected="a model with one rate, such as bybit-linear:vip0",
        found=model.text,
        action=f"Use a fee that covers their rates, {dearest.normalize():f} or more.",
        path="costs",
    )
