"""The closed trades of a run as plain rows, the form in which every rendering shows them."""

from collections.abc import Iterator
from dataclasses import dataclass

from fairlead.kernel.reasons import Reason
from fairlead.kernel.records import Records
from fairlead.research.jsonable import JsonObject

LONG, SHORT = "long", "short"
TRADE_COLUMNS = (
    "side",
    "quantity",
    "entry_ts",
    "entry_price",
    "exit_ts",
    "exit_price",
    "pnl",
    "fees",
    "exit_reason",
    "ambiguous",
)


@dataclass(frozen=True, slots=True)
class TradeRow:
    """Hold one round trip; times are epoch milliseconds of the bars in which the fills happened.

    `pnl` is after fees; `ambiguous` marks an exit on a bar that touched stop and target.
    """

    side: str
    quantity: float
    entry_ts: int
    entry_price: float
    exit_ts: int
    exit_price: float
    pnl: float
    fees: float
    exit_reason: str
    ambiguous: bool

    @property
    def pnl_share(self) -> float:
        """Return the profit as a fraction of the entry's notional."""
        notional = self.quantity * self.entry_price
        return self.pnl / notional if notional > 0.0 else 0.0

    def to_json(self) -> JsonObject:
        """Return the row with the names of `TRADE_COLUMNS`."""
        return {name: getattr(self, name) for name in TRADE_COLUMNS}


def trade_rows(trades: Records) -> Iterator[TradeRow]:
    """Yield the trades in the order in which they closed."""
    names = ("side", "quantity", "entry_ts", "entry_price", "exit_ts", "exit_price", "pnl", "fees")
    columns = [trades[name].tolist() for name in (*names, "reason", "ambiguous")]
    for side, *numbers, reason, ambiguous in zip(*columns, strict=True):
        quantity, entry_ts, entry_price, exit_ts, exit_price, pnl, fees = numbers
        yield TradeRow(
            side=LONG if side > 0 else SHORT,
            quantity=abs(quantity),
            entry_ts=entry_ts,
            entry_price=entry_price,
            exit_ts=exit_ts,
            exit_price=exit_price,
            pnl=pnl,
            fees=fees,
            exit_reason=Reason(reason).name.lower(),
            ambiguous=bool(ambiguous),
        )
