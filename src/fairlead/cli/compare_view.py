"""How a comparison is printed: one line for each figure, one column for each report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairlead.cli.research_views import PERCENT_METRICS, sparkline
from fairlead.research.daily import Floats
from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.render.comparison import best_places, figure_names
from fairlead.research.render.words import DASH, decimal, percent, words_of

SPARK = 24
SHARES = frozenset({"best_day", "worst_day", "mean_day", "positive_days"})


def show_comparison(console: Console, runs: Sequence[JsonObject]) -> None:
    """Print the figures with the best of each marked, and the curves in one line each."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for run in runs:
        series = f"{run['instrument']} {run['timeframe']}"
        title = f"{Path(str(run['id'])).stem}\n{run['name']}\n{series}"
        table.add_column(title, justify="right", max_width=32)
    for name in figure_names(runs):
        metrics = [cast("Mapping[str, Json]", run["metrics"]) for run in runs]
        values = [cast("float | None", each.get(name)) for each in metrics]
        best = best_places(name, values)
        cells = [
            Text(_shown(name, value), "bold green" if at in best else "")
            for at, value in enumerate(values)
        ]
        table.add_row(words_of(name), *cells)
    table.add_row("Equity", *(sparkline(_curve(run), SPARK) for run in runs))
    console.print(table)


def _curve(run: JsonObject) -> Floats:
    points = cast("Sequence[Sequence[float | None]]", run["equity"])
    return np.array([point[1] for point in points if point[1] is not None], np.float64)


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return DASH
    if name in PERCENT_METRICS or name in SHARES:
        return percent(value)
    return f"{value:,}" if isinstance(value, int) else decimal(value)
