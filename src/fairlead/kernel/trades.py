"""Round trips out of fills."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.jit import jit
from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import record

TRADE = record(
    [
        ("leg", "i8"),
        ("side", "i8"),
        ("lots", "i8"),
        ("quantity", "f8"),
        ("entry_ts", "i8"),
        ("entry_price", "f8"),
        ("exit_ts", "i8"),
        ("exit_price", "f8"),
        ("pnl", "f8"),
        ("fees", "f8"),
        ("reason", "i8"),
        ("ambiguous", "i8"),
        ("entry_bar", "i8"),
        ("bars_held", "i8"),
    ]
)

ENTRY = int(Purpose.ENTRY)


def trades_of(fills: NDArray[np.void]) -> NDArray[np.void]:
    """Return the closed round trips in a FILL array, in order of their last exit.

    Entry and exit prices are averages over the fills, `pnl` is after fees, `bars_held` counts
    the bars from the entry's to the exit's, both included. A position still open is left out.
    """
    trades = np.empty(fills.shape[0] + 1, TRADE)
    legs = int(fills["leg"].max()) + 1 if fills.shape[0] else 1
    count = _pair(fills, np.zeros(legs, TRADE), np.zeros((legs, 4)), trades)
    return trades[:count].copy()


@jit
def _pair(fills: Any, open_trades: Any, sums: Any, trades: Any) -> int:
    """Fold fills into `open_trades`; `sums` holds opened and closed quantity and value."""
    count = 0
    for i in range(fills.shape[0]):
        f = fills[i]
        trade, total = open_trades[f.leg], sums[f.leg]
        value = abs(f.quantity) * f.price
        if trade.side == 0:
            trade.leg = f.leg
            trade.side = 1 if f.lots > 0 else -1
            trade.entry_ts = f.ts
            trade.entry_bar = f.bar
        trade.fees += f.fee
        trade.ambiguous |= f.ambiguous
        if f.purpose == ENTRY:
            trade.lots += abs(f.lots)
            total[0] += abs(f.quantity)
            total[1] += value
            continue
        total[2] += abs(f.lots)
        total[3] += value
        if total[2] < trade.lots:
            continue
        trade.quantity = total[0]
        trade.entry_price = total[1] / total[0]
        trade.exit_price = total[3] / total[0]
        trade.exit_ts = f.ts
        trade.pnl = trade.side * (total[3] - total[1]) - trade.fees
        trade.reason = f.reason
        trade.bars_held = f.bar - trade.entry_bar + 1
        trades[count] = trade
        count += 1
        _reset(trade, total)
    return count


@jit
def _reset(trade: Any, total: Any) -> None:
    trade.side = 0
    trade.lots = 0
    trade.fees = 0.0
    trade.ambiguous = 0
    total[:] = 0.0
