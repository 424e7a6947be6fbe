"""What `fairlead autobuild` prints: progress on stderr, gates and the portfolio at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from fairlead.research.autobuild.steps import (
    InstrumentFailed,
    Note,
    StageFinished,
    StageStarted,
    StepEvent,
    StepProgress,
    Tell,
)
from fairlead.research.jsonable import JsonObject

Rows = list[dict[str, Any]]
ROWS_SHOWN = 60
WIDE = 110
# What stands above a gate's column; a phrase would be wider than its figures.
HEADINGS = {
    "in_sample": "sharpe in",
    "out_of_sample": "sharpe out",
    "significance": "confid.",
    "deflated_sharpe": "defl.",
    "consistency": "tests won",
}
NAMES_SHOWN = 8


@contextmanager
def told_on_stderr() -> Iterator[Tell]:
    """Show a bar on a terminal, and what happens as lines everywhere."""
    console = Console(stderr=True, highlight=False)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("Starting", total=1, rate="")

        def tell(event: StepEvent) -> None:
            if isinstance(event, StageStarted):
                title = event.stage.capitalize()
                bar.update(task, description=title, completed=0, total=event.total or 1, rate="")
            elif isinstance(event, StepProgress):
                bar.update(task, completed=event.done, total=event.total, rate=_rate(event))
            elif (line := _line(event)) is not None:
                console.print(Text(line))

        yield tell


def print_findings(findings: JsonObject) -> None:
    """Print the gates of every instrument, the failures and the portfolio."""
    console = Console(highlight=False)
    accepted = cast("Rows", findings["accepted"])
    rejected = cast("Rows", findings["rejected"])
    _print_gates(console, [*accepted, *rejected])
    _print_failures(console, cast("Rows", findings["failures"]))
    _print_portfolio(console, cast("dict[str, Any]", findings["portfolio"]))
    evidence = cast("dict[str, Any]", findings["evidence"])
    console.print(
        Text(
            f"{len(accepted)} of {len(accepted) + len(rejected)} instruments accepted, after "
            f"{evidence['trials']:,} trials ({evidence['effective_trials']:,.0f} different ones)."
        )
    )


def print_status(run: JsonObject) -> None:
    """Print one AutoBuild in a few lines."""
    console = Console(highlight=False)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("id", "name", "status", "instruments_done", "accepted", "sets_tested", "error"):
        if run.get(name) is not None:
            table.add_row(Text(name.replace("_", " "), "dim"), Text(f"{run[name]}"))
    console.print(table)


def _line(event: StepEvent) -> str | None:
    if isinstance(event, InstrumentFailed):
        return f"Left out: {event.message}"
    if isinstance(event, Note):
        return event.text
    if isinstance(event, StageFinished):
        return f"{event.stage.capitalize()}: {event.done} in {event.seconds:.1f} s"
    return None


def _rate(event: StepProgress) -> str:
    best = "" if event.best is None else f", best Sharpe {event.best:.2f}"
    left = "" if event.eta_s is None else f", about {event.eta_s:,.0f} s left"
    return f"{event.tested_per_s:,.0f} sets/s{best}{left}"


def _print_gates(console: Console, outcomes: Rows) -> None:
    if not outcomes:
        return
    names = list(dict.fromkeys(gate["name"] for each in outcomes for gate in each["gates"]))
    wide = console.width >= WIDE
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("instrument", no_wrap=True, max_width=None if wide else 20)
    if wide:
        table.add_column("template", no_wrap=True)
    for name in names:
        words = HEADINGS.get(name, name.replace("_", " "))
        table.add_column(words, justify="right", min_width=5)
    for each in outcomes[:ROWS_SHOWN]:
        gates = {gate["name"]: gate for gate in each["gates"]}
        row = [Text(each["instrument"], "bold green" if each["accepted"] else "")]
        if wide:
            row.append(Text(each["template"] or "none"))
        table.add_row(*row, *(_gate_cell(gates.get(name)) for name in names))
    console.print(table)
    if len(outcomes) > ROWS_SHOWN:
        console.print(Text(f"and {len(outcomes) - ROWS_SHOWN} more; --json has them all", "dim"))


def _gate_cell(gate: dict[str, Any] | None) -> Text:
    if gate is None or gate["value"] is None:
        return Text("none", "dim" if gate is None or gate["passed"] else "red")
    value = gate["value"]
    words = f"{value:,.0f}" if gate["name"] == "trades" else f"{value:.2f}"
    return Text(words, "green" if gate["passed"] else "red")


def _print_failures(console: Console, failures: Rows) -> None:
    for group in failures:
        names = ", ".join(group["instruments"][:NAMES_SHOWN])
        more = len(group["instruments"]) - NAMES_SHOWN
        names += f" and {more} more" if more > 0 else ""
        kind = group["error_kind"].replace("_", " ")
        console.print(Text(f"{group['count']} left out ({kind}): {names}", "yellow"))
        console.print(Text(f"  {group['message']}"))
        console.print(Text(f"  {group['action']}"))


def _print_portfolio(console: Console, portfolio: dict[str, Any]) -> None:
    if portfolio["legs"]:
        table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for name in ("leg", "template", "parameters", "weight", "contribution"):
            table.add_column(
                name, justify="right" if name in ("weight", "contribution") else "left"
            )
        for leg in portfolio["legs"]:
            words = ", ".join(f"{name} {value}" for name, value in leg["parameters"].items())
            table.add_row(
                leg["instrument"],
                leg["template"],
                words,
                f"{leg['weight']:.1%}",
                f"{leg['contribution']:.0%}",
            )
        console.print(table)
    for note in portfolio["notes"]:
        console.print(Text(f"- {note}"))
