"""One measured figure, the table people read and the JSON machines read."""

from __future__ import annotations

import json
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

WIDTH = 160


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, and the figure to reach: at least (`floor`) or at most (`ceiling`)."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    ceiling: float | None = None
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Tell whether the figure is reached; None where there is none to reach."""
        if self.floor is not None:
            return self.value >= self.floor
        return self.value <= self.ceiling if self.ceiling is not None else None

    @property
    def goal(self) -> str:
        if self.floor is not None:
            return f">= {_number(self.floor)}"
        return f"<= {_number(self.ceiling)}" if self.ceiling is not None else ""


def cpu_median_s(call: Callable[[], object], repeats: int = 5) -> float:
    """Return the median CPU time of a call over `repeats`, after one call to warm up."""
    call()
    seconds = []
    for _ in range(repeats):
        begin = time.process_time()
        call()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def wall_median_s(call: Callable[[], object], repeats: int = 5) -> float:
    """Return the median wall time of a call over `repeats`, after one call to warm up."""
    call()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def peak_memory_mb() -> float:
    """Return the most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def as_json(title: str, figures: list[Figure]) -> str:
    """Return the figures as one JSON document."""
    rows = [asdict(figure) | {"reached": figure.reached} for figure in figures]
    return json.dumps({"benchmark": title, "figures": rows}, indent=2)


def console() -> Console:
    """Return a console that is wide enough for a table when nobody's window limits it."""
    plain = Console()
    return plain if plain.is_terminal else Console(width=WIDTH)


def show(title: str, figures: list[Figure]) -> None:
    """Print the figures as a table."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("unit")
    table.add_column("to reach", justify="right")
    table.add_column("")
    table.add_column("note", style="dim")
    marks = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}
    for figure in figures:
        mark = marks[figure.reached]
        value = _number(figure.value)
        table.add_row(figure.name, value, figure.unit, figure.goal, mark, figure.note)
    console().print(table)


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
