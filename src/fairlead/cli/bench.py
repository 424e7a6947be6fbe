"""`fairlead bench`: measure this machine against the figures the design asks for."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="Measure kernel, sweep, fan-out and storage on this machine."
)

CHECKOUT = Path(__file__).resolve().parents[3]

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Full = Annotated[bool, typer.Option("--full", help="Run everything, not a sample.")]


@app.command()
def kernel(json: Json = False) -> None:
    """Measure backtests and single decisions, beside two peers and a C kernel."""
    _run("kernel", json)


@app.command()
def sweep(json: Json = False) -> None:
    """Measure parameter sweeps: time per bar and set, and scaling over threads."""
    _run("sweep", json)


@app.command()
def fanout(
    subscribers: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="How many subscribers share one candle.")
    ] = 10_000,
    json: Json = False,
) -> None:
    """Measure one candle's close to all orders durable in PostgreSQL."""
    _run("fanout", json, "--subscribers", str(subscribers))


@app.command()
def storage(json: Json = False) -> None:
    """Measure reading candles: memory-mapped columns beside Parquet."""
    _run("storage", json)


@app.command()
def startup(json: Json = False) -> None:
    """Measure the command line's help and a warm start to the first page."""
    _run("startup", json)


@app.command()
def autobuild(full: Full = False, json: Json = False) -> None:
    """Measure a large AutoBuild: CPU, wall time and memory of all its processes."""
    _run("autobuild", json, *_full(full))


@app.command()
def evidence(full: Full = False, json: Json = False) -> None:
    """Show what AutoBuild accepts of noise, and of markets with a planted edge."""
    _run("evidence", json, *_full(full))


def _full(full: bool) -> tuple[str, ...]:
    return ("--full",) if full else ()


def _run(what: str, json: bool, *options: str) -> None:
    if not (CHECKOUT / "benchmarks" / "__main__.py").is_file():
        typer.echo(
            "The benchmarks are not part of the installed package. "
            "Run this command from a checkout of the source.",
            err=True,
        )
        raise typer.Exit(2)
    command = [sys.executable, "-m", "benchmarks", what, *options, *(["--json"] if json else [])]
    raise typer.Exit(subprocess.run(command, cwd=CHECKOUT, check=False).returncode)
