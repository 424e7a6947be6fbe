"""A kernel book's counters as the totals of a run."""

from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.research.metrics import Span, TradeTotals


def totals_of(book: Records, bars: int) -> TradeTotals:
    """Read a BOOK of shape (1,); single trades are not in it, so `best` and `worst` are None."""
    row = book[0]
    return TradeTotals(
        trades=int(row["trades"]),
        wins=int(row["wins"]),
        gross_profit=float(row["gross_win"]),
        gross_loss=float(row["gross_loss"]),
        best=None,
        worst=None,
        ambiguous=int(row["ambiguous"]),
        fees=float(row["fees"]),
        notional=float(row["turnover"]),
        max_drawdown=float(row["max_drawdown"]),
        bars_held=int(row["bars_held"]),
        bars=bars,
    )


def span_of(bars: Bars, days_per_year: int) -> Span:
    """Return the time from the first bar's open to the last bar's close."""
    return Span(int(bars.ts[0]), int(bars.ts[-1]) + bars.timeframe_ms, days_per_year)
