"""What each leg of a shared account earned, boundary by boundary, out of the fills alone."""

from dataclasses import dataclass

import numpy as np

from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.research.daily import Floats, Ints


@dataclass(frozen=True, slots=True)
class LegPath:
    """One leg at each boundary: profit since the start, and the signed notional it holds."""

    pnl: Floats
    notional: Floats


def leg_path(leg: int, bars: Bars, fills: Records, charges: Records, closed_at: Ints) -> LegPath:
    """Return a leg's path over the boundaries; before its first bar it has earned nothing.

    Profit is what its fills paid and received, fees and funding included, plus its position at
    the close of its latest bar: over all legs that is the account's equity less its cash at the
    start.
    """
    own = fills[fills["leg"] == leg]
    signed = np.sign(own["lots"]) * np.abs(own["quantity"])
    paid = -signed * own["price"] - own["fee"]
    size = len(bars)
    charged = charges[charges["leg"] == leg]
    received = np.cumsum(
        np.bincount(own["bar"], weights=paid, minlength=size)
        - np.bincount(charged["bar"], weights=charged["amount"], minlength=size)
    )
    held = np.cumsum(np.bincount(own["bar"], weights=signed, minlength=size))
    # sums of floats leave dust where a position was closed
    held[np.abs(held) < 1e-12 * max(1.0, float(np.abs(signed).max(initial=0.0)))] = 0.0
    notional = held * bars.close
    latest = np.searchsorted(bars.ts + bars.timeframe_ms, closed_at, side="right") - 1
    seen = latest >= 0
    at = np.maximum(latest, 0)
    return LegPath(
        np.where(seen, (received + notional)[at], 0.0), np.where(seen, notional[at], 0.0)
    )
