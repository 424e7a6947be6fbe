"""What a run trades with, refused before anything is read when it cannot be meant."""

from fairlead.infra.errors import InvalidInput
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
