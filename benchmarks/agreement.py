"""Trade by trade against two independent engines, each difference named by the rule behind it.

Usage: python -m benchmarks.agreement [FILE ...]   (candles as CSV, Parquet or Feather; without
files a generated series with gaps is used)

Every engine computes its own averages from the same bars. A trade that differs must have been
touched by one of the rules in `RULES`; with that rule switched off in our engine, every trade and
the final equity must be equal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.table import Table

from benchmarks.crossover import (
    as_answer,
    compiled_crossover,
    crossover_signals,
    plain_terms,
    run,
)
from benchmarks.figures import console
from benchmarks.market import seeded_bars
from benchmarks.peer import (
    BACKTESTING,
    VECTORBT,
    Answer,
    PeersMissing,
    Request,
    prepare_peers,
    run_peer,
)
from fairlead.kernel.series import Bars
from fairlead.kernel.switches import NO_ENTRY_BAR_EXITS
from fairlead.market.files import read_bars

HOUR_MS = 3_600_000
EQUITY_TOLERANCE = 1e-6
PRICE_TOLERANCE = 1e-9
MOST_DIFFERENT = 0.01

# peer -> (switch of our engine, name of the rule the peer does not have)
RULES: dict[str, tuple[int, str]] = {
    BACKTESTING: (0, ""),
    VECTORBT: (NO_ENTRY_BAR_EXITS, "exits work on the entry bar too"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One peer on one series: `different` trades, how many a rule explains, and what is left."""

    series: str
    shorts: bool
    peer: str
    trades: int
    different: int
    explained: int
    equity_gap: float
    gap_without_rule: float
    different_without_rule: int

    @property
    def agrees(self) -> bool:
        """Tell whether every difference has its rule and vanishes with it."""
        return (
            self.different == self.explained
            and self.different_without_rule == 0
            and self.gap_without_rule <= EQUITY_TOLERANCE
            and (self.different > 0 or self.equity_gap <= EQUITY_TOLERANCE)
        )


def compare(name: str, bars: Bars, request: Request, peer: str) -> Comparison:
    """Run our engine and one peer over `bars` and set their trades side by side."""
    signals = crossover_signals(compiled_crossover(), bars, request)
    theirs = run_peer(peer, bars, request)
    ours = as_answer(bars, run(bars, signals, plain_terms(request)))
    switch, _ = RULES[peer]
    bent = as_answer(bars, run(bars, signals, plain_terms(request, switch)))
    different = differing_trades(ours, theirs)
    explained = [k for k in different if switch and ours.entry_bar[k] == ours.exit_bar[k]]
    return Comparison(
        series=name,
        shorts=request.shorts,
        peer=peer,
        trades=len(ours),
        different=len(different) + max(len(theirs) - len(ours), 0),
        explained=len(explained),
        equity_gap=abs(ours.equity / theirs.equity - 1.0),
        gap_without_rule=abs(bent.equity / theirs.equity - 1.0),
        different_without_rule=len(differing_trades(bent, theirs)) + abs(len(bent) - len(theirs)),
    )


def differing_trades(ours: Answer, theirs: Answer) -> list[int]:
    """Return the places of our trades that the peer does not have to the last detail."""
    known = {
        (int(entry), int(side)): place
        for place, (entry, side) in enumerate(zip(theirs.entry_bar, theirs.side, strict=True))
    }
    places = []
    for place in range(len(ours)):
        other = known.get((int(ours.entry_bar[place]), int(ours.side[place])))
        if other is None or not _same(ours, place, theirs, other):
            places.append(place)
    return places


def _same(ours: Answer, place: int, theirs: Answer, other: int) -> bool:
    prices = np.array([ours.entry_price[place], ours.exit_price[place]])
    others = np.array([theirs.entry_price[other], theirs.exit_price[other]])
    same_bar = ours.exit_bar[place] == theirs.exit_bar[other]
    return bool(same_bar) and bool(np.allclose(prices, others, rtol=PRICE_TOLERANCE, atol=0))


def request_for(bars: Bars) -> Request:
    """Return levels wide enough for the timeframe, and cash for three times the quantity."""
    stop = 0.01 if bars.timeframe_ms < HOUR_MS else 0.05 if bars.timeframe_ms == HOUR_MS else 0.15
    quantity = 10
    cash = float(np.ceil(3 * quantity * bars.close.max()))
    return Request(
        stop=stop, target=2 * stop, quantity=quantity, cash=cash, exact=True, open_first=True
    )


def series(paths: list[Path]) -> Iterator[tuple[str, Bars]]:
    """Yield the named files, or generated series with gaps."""
    for path in paths:
        yield path.stem, read_bars(path)[0]
    if not paths:
        for seed in (1, 2, 3):
            bars = seeded_bars(40_000, seed=seed, timeframe_ms=HOUR_MS, volatility=0.004, gaps=40)
            yield f"generated {seed}", bars


def show(comparisons: list[Comparison]) -> None:
    """Print every comparison and the share of trades that differ."""
    table = Table(title="agreement of sma_crossover", title_justify="left", title_style="bold")
    for column in ("series", "shorts", "peer"):
        table.add_column(column, no_wrap=True)
    for column in ("trades", "differ", "named", "equity gap", "without: differ", "equity gap"):
        table.add_column(column, justify="right")
    table.add_column("rule the peer lacks")
    for row in comparisons:
        table.add_row(
            row.series,
            "yes" if row.shorts else "no",
            row.peer,
            str(row.trades),
            str(row.different),
            str(row.explained),
            f"{row.equity_gap:.1e}",
            str(row.different_without_rule),
            f"{row.gap_without_rule:.1e}",
            RULES[row.peer][1] if row.different else "",
            style="" if row.agrees else "red",
        )
    console().print(table)
    trades = sum(row.trades for row in comparisons)
    different = sum(row.different for row in comparisons)
    named = sum(row.explained for row in comparisons)
    print(f"{different} of {trades:,} trades differ ({different / max(trades, 1):.2%}),", end=" ")
    print(f"{named} of them by a named rule that a switch takes away")


def report(compared: list[tuple[str, Bars]]) -> int:
    """Compare on every series and print; return 1 when an engine disagrees beyond the rules."""
    try:
        prepare_peers()
    except PeersMissing as reason:
        print(f"agreement: SKIPPED, the peers cannot be had here: {reason}", file=sys.stderr)
        return 0
    comparisons = [
        compare(name, bars, replace(request_for(bars), shorts=shorts), peer)
        for name, bars in compared
        for shorts in (True, False)
        for peer in (BACKTESTING, VECTORBT)
    ]
    show(comparisons)
    different = sum(row.different for row in comparisons)
    few = different <= MOST_DIFFERENT * sum(row.trades for row in comparisons)
    return 0 if few and all(row.agrees for row in comparisons) else 1


def main() -> int:
    """Compare on the named files, or on generated series."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    return report(list(series(parser.parse_args().files)))


if __name__ == "__main__":
    sys.exit(main())
