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


def costs_of(account: Account) -> CostModel:
    """Return the dated costs of an account: its model, or its fee on both sides."""
    model = plain_costs(account.fee) if account.costs is None else account.costs
    return model.with_spread(account.half_spread)


def write_terms(policy: Records, account: Account, terms: CostTerms) -> None:
    """Put the costs of a run into its POLICY: the one place where terms meet the kernel."""
    if terms.buy_rate == terms.sell_rate:
        policy["fee"] = float(terms.buy_rate)
    else:
        policy["fee"] = 0.0
        policy["buy_fee"], policy["sell_fee"] = float(terms.buy_rate), float(terms.sell_rate)
    policy["order_fee"], policy["order_fee_cap"] = float(terms.order_rate), float(terms.order_cap)
    policy["buy_flat"], policy["sell_flat"] = float(terms.buy_flat), float(terms.sell_flat)
    policy["slippage"] = float(account.slippage + terms.half_spread)
