"""The research commands themselves: run, print, and write files only when all went well."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from fairlead.cli.research_inputs import Inputs, Prepared, prepare
from fairlead.cli.research_views import show_backtest, show_sweep, show_walkforward
from fairlead.cli.trial_ledger import keep_trial
from fairlead.infra.errors import InvalidInput
from fairlead.research.backtest import report_of, simulate_set
from fairlead.research.candidates import candidates_of, estimate_of
from fairlead.research.cells import check_metric
from fairlead.research.grid import parse_grid
from fairlead.research.jsonable import Json, dump_json
from fairlead.research.overfitting.recording import Search, alone, count_of_report
from fairlead.research.parameters import resolve_parameters
from fairlead.research.plan import Draw, Plan
from fairlead.research.progress import Progress as Report
from fairlead.research.render.as_csv import equity_csv, trades_csv
from fairlead.research.render.as_json import report_json
from fairlead.research.render.as_page import report_page
from fairlead.research.render.sweep_csv import sweep_csv
from fairlead.research.render.sweep_json import sweep_json
from fairlead.research.render.walkforward_json import walkforward_json
from fairlead.research.render.walkforward_page import walkforward_page
from fairlead.research.sweep import run_sweep
from fairlead.research.walkforward import walk_forward


def run_backtest_command(
    inputs: Inputs, html: Path | None, pdf: Path | None, csv: Path | None, as_json: bool
) -> None:
    """Run a backtest, print it, and write the page, document and CSV files that were asked for."""
    check_targets({"--html": html, "--pdf": pdf}, csv)
    prepared = prepare(inputs)
    setting = prepared.setting
    parameters = resolve_parameters(setting.compiled, prepared.parameters)
    with progress_on_stderr("Backtest") as progress:
        signals = setting.signals(setting.bars, parameters)
        progress(0.5)
        run = simulate_set(setting, parameters, signals, setting.first, setting.stop)
        report = report_of(setting, parameters, run)
        progress(1.0)
    search = Search("backtest", prepared.parameters)
    keep_trial(setting, search, count_of_report(setting, report), alone(report.metrics.sharpe))
    files: dict[Path, str | bytes] = {}
    if html is not None:
        files[html] = report_page(report, setting.instrument.day_offset_ms)
    if pdf is not None:
        from fairlead.research.render.as_pdf import report_pdf

        files[pdf] = report_pdf(report, setting.instrument.day_offset_ms)
    if csv is not None:
        files[csv / "trades.csv"] = trades_csv(report)
        files[csv / "equity.csv"] = equity_csv(report)
    write_all(files)
    if as_json:
        print_json({**report_json(report), "remarks": list(prepared.remarks)})
        return
    show_backtest(Console(), report, prepared.remarks, tuple(files))


def run_sweep_command(
    inputs: Inputs,
    grid: tuple[str, ...],
    metric: str,
    draw: Draw,
    csv: Path | None,
    as_json: bool,
) -> None:
    """Run a sweep, print its best sets and heat map, and write the CSV file if asked for."""
    check_metric(metric)
    axes = parse_grid(grid)
    if csv is not None:
        check_file_target("--csv", csv)
    prepared = prepare(inputs)
    setting = prepared.setting
    announce(prepared, grid, draw)
    with progress_on_stderr("Sweep") as progress:
        result = run_sweep(setting, axes, prepared.parameters, metric, progress, draw)
    search = Search("sweep", prepared.parameters, result.candidates.axes, metric, draw)
    keep_trial(setting, search, result.trials, result.values(metric))
    files: dict[Path, str | bytes] = {} if csv is None else {csv: sweep_csv(result)}
    write_all(files)
    if as_json:
        print_json({**sweep_json(setting, result), "remarks": list(prepared.remarks)})
        return
    show_sweep(Console(), setting, result, prepared.remarks, tuple(files))


def run_walkforward_command(
    inputs: Inputs, grid: tuple[str, ...], plan: Plan, html: Path | None, as_json: bool
) -> None:
    """Run a walk-forward, print its windows and what they add up to, and write the page."""
    check_targets({"--html": html}, None)
    check_metric(plan.metric)
    axes = parse_grid(grid)
    prepared = prepare(inputs)
    setting = prepared.setting
    announce(prepared, grid, plan.draw)
    with progress_on_stderr("Walk-forward") as progress:
        walk = walk_forward(setting, axes, prepared.parameters, plan, progress)
    axes = walk.candidates.axes
    search = Search("walkforward", prepared.parameters, axes, plan.metric, plan.draw)
    keep_trial(setting, search, walk.trials, alone(walk.metrics.value(plan.metric)))
    files: dict[Path, str | bytes] = {}
    if html is not None:
        files[html] = walkforward_page(setting, walk)
    write_all(files)
    if as_json:
        print_json({**walkforward_json(setting, walk), "remarks": list(prepared.remarks)})
        return
    show_walkforward(Console(), setting, walk, prepared.remarks, tuple(files))


def announce(prepared: Prepared, grid: tuple[str, ...], draw: Draw) -> None:
    """Say on stderr what is about to run and what it will take."""
    compiled, bars = prepared.setting.compiled, len(prepared.setting.range)
    candidates = candidates_of(compiled, parse_grid(grid), prepared.parameters, bars, draw)
    typer.echo(estimate_of(compiled, candidates, bars).text, err=True)


@contextmanager
def progress_on_stderr(title: str) -> Iterator[Report]:
    """Show a bar on stderr where that is a terminal; say nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def check_targets(files: Mapping[str, Path | None], csv: Path | None) -> None:
    """Refuse, before any work, places that cannot be written to; raises `InvalidInput`."""
    for flag, path in files.items():
        if path is not None:
            check_file_target(flag, path)
    if csv is not None and csv.exists() and not csv.is_dir():
        raise InvalidInput(
            f"--csv {csv} is a file.", expected="a folder, made if missing", path="--csv"
        )
    if csv is not None:
        _check_writable("--csv", csv if csv.exists() else _existing_parent(csv))


def check_file_target(flag: str, path: Path) -> None:
    """Refuse a target whose folder is missing or closed, or that is a folder itself."""
    if path.is_dir():
        raise InvalidInput(f"{flag} {path} is a folder.", expected="the name of a file", path=flag)
    if not path.absolute().parent.is_dir():
        raise InvalidInput(
            f"{flag} {path}: there is no folder {path.absolute().parent}.",
            expected="a file in a folder that exists",
            path=flag,
        )
    _check_writable(flag, path.absolute().parent)


def write_all(files: Mapping[Path, str | bytes]) -> None:
    """Write files whole or not at all: drafts first, renamed once every draft is on disk."""
    drafts: dict[Path, Path] = {}
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
            drafts[path] = draft
            draft.write_bytes(content if isinstance(content, bytes) else content.encode())
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        raise InvalidInput(
            f"The result could not be written to {error.filename}: {error.strerror}.",
            action="Free space there, or name another place. Nothing was changed.",
        ) from error
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def print_json(value: Mapping[str, Json]) -> None:
    """Print JSON on stdout, compact: reports are read by programs."""
    typer.echo(dump_json(value))


def _existing_parent(path: Path) -> Path:
    return next(parent for parent in path.absolute().parents if parent.exists())


def _check_writable(flag: str, folder: Path) -> None:
    if not os.access(folder, os.W_OK):
        raise InvalidInput(
            f"{flag}: the folder {folder} cannot be written to.",
            action="Name a place that is yours.",
            path=flag,
        )
