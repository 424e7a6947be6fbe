"""`fairlead data`: import candles into the lake and see what it covers, without a server."""

from __future__ import annotations

import json as json_format
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairlead.cli.data_actions import app as actions
from fairlead.cli.data_fetch import fetch, providers
from fairlead.cli.data_funding import app as funding
from fairlead.cli.data_instruments import app as instruments

if TYPE_CHECKING:
    from fairlead.market.lake import Lake
    from fairlead.market.reports import Coverage, ImportReport, Quality

_WIDE_COLUMNS = 130

app = typer.Typer(no_args_is_help=True, help="Import candles and see what there is.")
app.command()(fetch)
app.command()(providers)
app.add_typer(actions, name="actions")
app.add_typer(instruments, name="instruments")
app.add_typer(funding, name="funding")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder; else FAIRLEAD_DATA.")
]
InstrumentKey = Annotated[
    str, typer.Option("--instrument", metavar="KEY", help="venue:symbol, as binance:BTC-USDT.")
]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet or Feather.")],
    instrument: InstrumentKey,
    timeframe: Annotated[str, typer.Option("--timeframe", help="Length of a bar: 5m, 1h, 1d.")],
    timezone: Annotated[
        str,
        typer.Option(
            "--timezone", metavar="ZONE", help="Zone of times without an offset: Asia/Kolkata."
        ),
    ] = "",
    calendar: Annotated[
        str,
        typer.Option(
            "--calendar", help="Calendar of a new series: always, XBOM, XNYS. Default: the venue's."
        ),
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Where file and lake differ, take the file.")
    ] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Import candles: all good rows of the file, each once, or nothing at all.

    Rows that cannot be true are kept aside in a file with their line numbers and the reason.
    """
    lake = _lake(data)
    with _progress(f"Importing {file.name}") as progress:
        report = lake.import_file(
            file,
            instrument,
            timeframe,
            progress,
            timezone=timezone,
            replace=replace,
            calendar=calendar,
        )
    if json:
        typer.echo(json_format.dumps(report.to_json()))
        return
    _print_import(report)


@app.command()
def coverage(
    instrument: Annotated[
        str | None,
        typer.Option("--instrument", metavar="KEY", help="Only this one; all by default."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show what the lake covers: bars, gaps, and what stands out in them."""
    from fairlead.infra.clock import SystemClock

    found = _lake(data).coverage(instrument)
    if instrument is not None and not found:
        _refuse_unknown(instrument)
    if json:
        now_ms = SystemClock().now_ms()
        typer.echo(json_format.dumps([entry.to_json(now_ms) for entry in found]))
        return
    _print_coverage(found)


@app.command()
def replay(
    instrument: InstrumentKey,
    timeframe: Annotated[str, typer.Option("--timeframe", help="Length of a bar: 5m, 1h, 1d.")],
    speed: Annotated[
        float, typer.Option("--speed", min=0.001, max=100_000, help="Bars per second.")
    ] = 1.0,
    name: Annotated[
        str, typer.Option("--as", metavar="KEY", help="Name it trades under: replay:KEY.")
    ] = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Play bars of the lake as a live feed of the running platform."""
    from fairlead.infra.settings import Settings
    from fairlead.kernel.timeframe import parse_timeframe
    from fairlead.market.instruments import parse_key
    from fairlead.market.nexus import add_feed
    from fairlead.wiring import open_context

    played = name or f"replay:{instrument}"
    parse_key(played)
    feed = f"{played}.{parse_timeframe(timeframe)}".lower()
    with open_context(Settings.load(data_dir=data)) as context:
        add_feed(
            context,
            feed,
            "replay",
            {
                "source": instrument,
                "timeframe": timeframe,
                "instrument": played,
                "bars_per_s": speed,
            },
        )
    if json:
        typer.echo(json_format.dumps({"feed": feed, "instrument": played}))
        return
    typer.echo(f"The feed {feed} plays {instrument} as {played} at {speed:g} bars a second.")


def _lake(data: Path | None) -> Lake:
    from fairlead.infra.settings import Settings
    from fairlead.market.lake import Lake

    return Lake(Settings.load(data_dir=data).lake_dir)


def _refuse_unknown(instrument: str) -> None:
    from fairlead.infra.errors import NotFound
    from fairlead.market.instruments import parse_key

    parse_key(instrument)
    raise NotFound(
        f"The lake has no bars of {instrument}.",
        action=f"Import them: fairlead data import FILE --instrument {instrument} --timeframe 1h",
    )


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=1.0, rows=0)
        yield lambda done, rows: progress.update(task, completed=done, rows=rows)


def _print_import(report: ImportReport) -> None:
    kept = report.rows - report.rejected
    typer.echo(
        f"{report.file}: {report.rows:,} rows, {kept:,} good, {report.rejected:,} kept aside."
    )
    typer.echo(
        f"{report.instrument} {report.timeframe}: {report.added:,} added, "
        f"{report.unchanged:,} there already, {report.replaced:,} replaced."
    )
    for reason, count in report.reasons.items():
        typer.echo(f"  {count:,} {reason.replace('_', ' ')}")
    if report.unsorted:
        typer.echo(f"  {report.unsorted:,} rows stood after a later one; they were sorted.")
    for sample in report.samples[:3]:
        typer.echo(f"  line {sample.line}: {sample.detail}: {','.join(sample.fields)}")
    if report.rejects_file:
        typer.echo(f"Rows kept aside: {report.rejects_file}")
    for note in report.notes:
        typer.echo(f"Note: {note}")
    quality = report.quality
    if quality.first_ts is not None and quality.last_ts is not None:
        typer.echo(
            f"The series now has {quality.bars:,} bars from {_time(quality.first_ts)} "
            f"to {_time(quality.last_ts)}."
        )
    for finding in _findings(quality):
        typer.echo(f"  {finding}")


def _findings(found: Quality | Coverage) -> list[str]:
    """Say what stands out, most telling first; nothing for a series without blemish."""
    hours = found.longest_gap_s / 3600
    sayings = (
        (
            found.missing_bars,
            f"{found.missing_bars:,} missing bars in {found.gaps:,} gaps, the longest "
            f"{hours:.1f} h from bar to bar ({found.longest_gap_bars:,} bars missing)",
        ),
        (found.missing_sessions, f"{found.missing_sessions:,} trading days without a bar"),
        (
            found.incomplete_sessions,
            f"{found.incomplete_sessions:,} of {found.sessions:,} trading days incomplete",
        ),
        (found.outside_session, f"{found.outside_session:,} bars outside of trading hours"),
        (found.zero_volume, f"{found.zero_volume:,} bars without volume"),
        (
            found.large_moves,
            f"{found.large_moves:,} moves above 35 % from close to close, "
            f"the largest {found.largest_move:.0%}",
        ),
    )
    return [text for count, text in sayings if count]


def _print_coverage(found: list[Coverage]) -> None:
    if not found:
        typer.echo("The lake is empty. Import candles: fairlead data import FILE ...")
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console()
    # Below that width dates come without hours, and figures that are all 0 or rarely asked for go.
    narrow = console.width < _WIDE_COLUMNS
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("instrument", no_wrap=not narrow, overflow="fold", min_width=20)
    for name in ("bars of", "from", "to"):
        table.add_column(name, no_wrap=True)
    shown = _figures(narrow)
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    for entry in found:
        figures = [figure(entry) for figure in shown.values()]
        table.add_row(
            entry.instrument,
            entry.timeframe,
            _time(entry.first_ts, narrow),
            _time(entry.last_ts, narrow),
            *figures,
        )
    console.print(table)
    if len(found) == 1:
        for finding in (*_findings(found[0]), *found[0].notes):
            console.print(f"  {finding}", highlight=False)


def _figures(narrow: bool) -> dict[str, Callable[[Coverage], str]]:
    """Return what stands in the columns of figures, most telling first."""
    figures: dict[str, Callable[[Coverage], str]] = {
        "bars": lambda entry: f"{entry.bars:,}",
        "gaps": lambda entry: f"{entry.gaps:,}",
        "missing": lambda entry: f"{entry.missing_bars:,}",
    }
    if not narrow:
        figures |= {
            "longest": _hours,
            "no volume": lambda entry: f"{entry.zero_volume:,}",
            "moves > 35 %": lambda entry: f"{entry.large_moves:,}",
            "aside": lambda entry: f"{entry.rejected:,}",
        }
    return figures


def _hours(entry: Coverage) -> str:
    return f"{entry.longest_gap_s / 3600:.1f} h" if entry.longest_gap_bars else ""


def _time(ts: int | None, narrow: bool = False) -> str:
    from fairlead.market.screening import iso_time

    return "" if ts is None else iso_time(ts)[: 10 if narrow else 16].replace("T", " ")
