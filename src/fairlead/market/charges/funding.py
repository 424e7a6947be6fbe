"""Funding rates of one perpetual as a dated series, and what they cost on bars."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Float64s, Int64s

INTERVAL_MS = 8 * 3_600_000
HIGHEST_RATE = 0.1


@dataclass(frozen=True, slots=True)
class FundingSeries:
    """Hold funding times (ascending epoch milliseconds) and rates, paid by longs above 0."""

    ts: Int64s
    rates: Float64s

    def __len__(self) -> int:
        """Return how many payments there are."""
        return len(self.ts)

    def on_bars(self, opens: Int64s) -> Float64s:
        """Return for each bar the sum of rates due since the bar before opened, its own included.

        It is charged on the position held when the bar opens, before anything fills there: at a
        payment at 08:00 that is who held until 08:00. A payment within a bar falls on the next
        one, whose opening position is that bar's. The first bar takes a payment at its very open.
        """
        due = np.zeros(len(opens), np.float64)
        if len(opens) == 0 or len(self.ts) == 0:
            return due
        bars = np.searchsorted(opens, self.ts, side="left")
        inside = (bars < len(opens)) & (self.ts >= opens[0])
        # one by one in the order of time, so that the sums do not depend on how many there are
        np.add.at(due, bars[inside], self.rates[inside])
        return due


def constant_funding(rate: Decimal, start_ms: int, end_ms: int) -> FundingSeries:
    """Return a series that pays the same rate every eight hours from 00:00 UTC on."""
    first = -(-start_ms // INTERVAL_MS) * INTERVAL_MS
    ts = np.arange(first, end_ms, INTERVAL_MS, dtype=np.int64)
    return FundingSeries(ts, np.full(len(ts), float(rate)))


def check_funding(ts: Int64s, rates: Float64s) -> FundingSeries:
    """Sort a series and refuse what cannot be true; raises `InvalidInput`.

    A time given twice with the same rate counts once; a rate beyond 10 % is taken for percent.
    """
    order = np.argsort(ts, kind="stable")
    ts, rates = ts[order], rates[order]
    if not len(ts):
        raise InvalidInput("There are no funding rates.", expected="at least one time and rate")
    wild = ~(np.abs(rates) <= HIGHEST_RATE)
    if wild.any():
        raise InvalidInput(
            "A funding rate cannot be true.",
            expected=f"a fraction of value up to {HIGHEST_RATE}, such as 0.0001 for 0.01 %",
            found=f"{rates[wild][0]} at {int(ts[wild][0])} ms",
            action="Divide the rates by 100 if they are in percent.",
        )
    again = np.concatenate(([False], np.diff(ts) == 0))
    if (again & (rates != np.roll(rates, 1))).any():
        raise InvalidInput(
            "One time has two different funding rates.",
            found=f"{int(ts[again][0])} ms",
            action="Remove the one that is not meant.",
        )
    return FundingSeries(np.ascontiguousarray(ts[~again]), np.ascontiguousarray(rates[~again]))
