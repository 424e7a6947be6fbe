"""`fairlead data fetch` and `providers`: bring missing bars into the lake, without a server."""

from __future__ import annotations

import json as json_format
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairlead.infra.settings import Settings
    from fairlead.market.fetching import Filled, FillReport
    from fairlead.market.providers.catalog import ProviderConfig

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder; else FAIRLEAD_DATA.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="Folder that the provider csv reads."),
]
_SHOWN_EXCHANGES = 12


def fetch(
    provider: Annotated[str, typer.Option("--provider", help="ccxt:bybit, csv, kite or yfinance.")],
    instrument: Annotated[
        list[str],
        typer.Option("--instrument", metavar="KEY", help="venue:symbol; may be repeated."),
    ],
    timeframe: Annotated[str, typer.Option("--timeframe", help="Length of a bar: 5m, 1h, 1d.")],
    start: Annotated[
        str, typer.Option("--from", metavar="TIME", help="First moment, a date in UTC.")
    ],
    end: Annotated[
        str, typer.Option("--to", metavar="TIME", help="Moment behind the last; else now.")
    ] = "",
    url: Annotated[
        str, typer.Option("--url", help="Address that stands for the provider's own.")
    ] = "",
    folder: Folder = None,
    timezone: Annotated[
        str, typer.Option("--timezone", help="Zone of times without an offset in files.")
    ] = "",
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", min=0.1, max=600, help="Seconds one call may take."),
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Fetch what the lake lacks; what is there is not asked for again.

    Rows that cannot be true are kept aside, gaps stay gaps. Interrupted, it keeps what it has.
    """
    from fairlead.cli.moments import read_moment

    start_ms = read_moment("--from", start)
    end_ms = read_moment("--to", end) if end else None
    settings = _settings(data)
    config = configured(settings, provider, url, folder, timezone, timeout)
    report = _fill(settings, config, provider, instrument, timeframe, (start_ms, end_ms))
    if json:
        typer.echo(json_format.dumps(report.to_json()))
    else:
        _print_report(report)
    if report.failures:
        raise typer.Exit(2)


def _settings(data: Path | None) -> Settings:
    from fairlead.infra.settings import Settings

    return Settings.load(data_dir=data)


def _fill(
    settings: Settings,
    config: ProviderConfig,
    provider: str,
    instruments: list[str],
    timeframe: str,
    period: tuple[int, int | None],
) -> FillReport:
    from fairlead.infra.clock import SystemClock
    from fairlead.market.fetching import fill
    from fairlead.market.lake import Lake
    from fairlead.market.providers.catalog import open_provider

    clock = SystemClock()
    source = open_provider(provider, config, clock)
    start_ms, end_ms = period
    now_ms = clock.now_ms()
    with _progress(len(instruments)) as tell:
        return fill(
            Lake(settings.lake_dir),
            source,
            instruments,
            timeframe,
            start_ms,
            now_ms if end_ms is None else end_ms,
            now_ms=now_ms,
            tell=tell,
        )


def providers(folder: Folder = None, json: Json = False) -> None:
    """List where bars can be fetched from, and what is missing where one cannot be used."""
    from dataclasses import asdict, replace

    from fairlead.infra.settings import Settings
    from fairlead.market.providers.catalog import config_of, list_providers

    config = config_of(Settings.load())
    found = list_providers(replace(config, folder=folder or config.folder))
    if json:
        typer.echo(json_format.dumps([asdict(each) for each in found]))
        return
    for each in found:
        name = f"{each.name}:EXCHANGE" if each.exchanges else each.name
        typer.echo(f"{name:<14} {each.title}")
        if not each.available:
            typer.echo(f"{'':<14} {each.reason}")
        if each.exchanges:
            shown = ", ".join(each.exchanges[:_SHOWN_EXCHANGES])
            more = len(each.exchanges) - _SHOWN_EXCHANGES
            typer.echo(f"{'':<14} {shown} and {more} more (--json lists all)")


def configured(
    settings: Settings,
    provider: str,
    url: str,
    folder: Path | None,
    timezone: str,
    timeout: float | None,
) -> ProviderConfig:
    """Return what the settings say, with what was typed above it."""
    from dataclasses import replace

    from fairlead.market.providers.catalog import config_of, read_roots

    config = config_of(settings)
    roots = {**config.roots, **(read_roots(f"{provider}={url}") if url else {})}
    return replace(
        config,
        roots=roots,
        folder=folder or config.folder,
        timezone=timezone or config.timezone,
        timeout_s=timeout or config.timeout_s,
    )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int, int, Filled], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Fetching"),
        BarColumn(),
        TextColumn("{task.completed} of {task.total}"),
        TextColumn("{task.fields[last]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=total, last="")
        yield lambda done, _, filled: progress.update(task, completed=done, last=filled.instrument)


def _print_report(report: FillReport) -> None:
    for each in report.filled:
        words = [f"{each.added:,} of {each.missing:,} missing bars fetched"]
        if not each.missing:
            words = ["nothing was missing"]
        if each.rejected:
            words.append(f"{each.rejected:,} rows kept aside")
        if each.missing and each.left:
            words.append(f"{each.left:,} are missing still")
        typer.echo(f"{each.instrument} {report.timeframe}: {', '.join(words)}.")
        for reason, count in each.reasons.items():
            typer.echo(f"  {count:,} {reason.replace('_', ' ')}")
        for path in each.rejects_files:
            typer.echo(f"  Rows kept aside: {path}")
    for group in report.failures:
        names = ", ".join(group.instruments[:5])
        more = len(group.instruments) - 5
        typer.echo(f"{len(group.instruments)} failed: {group.kind.value.replace('_', ' ')}")
        typer.echo(f"  {names}{f' and {more} more' if more > 0 else ''}")
        typer.echo(f"  {group.message}")
        typer.echo(f"  {group.to_json()['action']}")
