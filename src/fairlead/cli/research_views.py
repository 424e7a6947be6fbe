"""What the research commands print for people: tables, a sparkline, a heat map."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from fairlead.research.daily import Floats
from fairlead.research.metrics import LOWER_IS_BETTER
from fairlead.research.model import Report
from fairlead.research.overfitting.cscv import Overfitting
from fairlead.research.overfitting.trials import TrialCount
from fairlead.research.render.evidence_json import monte_carlo_of
from fairlead.research.render.words import (
    decimal,
    money,
    percent,
    price,
    quantity,
    setting_words,
    whole,
)
from fairlead.research.setting import RunSetting
from fairlead.research.sweep import SweepResult
from fairlead.research.times import short_date, short_time
from fairlead.research.walkforward import WalkForward, WindowResult

BLOCKS = "▁▂▃▄▅▆▇█"
SPARK_WIDTH = 64
HEAT_ROWS_MAX, HEAT_CELL_WIDTH = 60, 7
BEST_ROWS = 10
PERCENT_METRICS = frozenset(
    {"return", "cagr", "max_drawdown", "volatility", "win_rate", "exposure", "ambiguous_share"}
)


def show_backtest(
    console: Console, report: Report, remarks: Sequence[str], files: Sequence[Path]
) -> None:
    """Print a backtest: headline, figures, equity in one line, assumptions, notes."""
    offset = _offset(report)
    first, last = int(report.bars.ts[0]) + offset, int(report.bars.ts[-1]) + offset
    parameters = "  ".join(
        f"{name} {setting_words(value)}" for name, value in report.parameters.items()
    )
    console.print(
        Text.assemble((report.strategy, "bold"), f"  {report.instrument} {report.timeframe}  "),
        f"{short_date(first)} to {short_date(last)}, {len(report.bars):,} bars",
        highlight=False,
    )
    console.print(Text(parameters, "dim"))
    console.print()
    console.print(_figures(report))
    console.print(Text(f"Equity  {sparkline(report.equity)}", no_wrap=True))
    console.print()
    _print_pairs(console, "Assumptions", ((item.label, item.text) for item in report.assumptions))
    held = report.open_position
    if held is not None:
        console.print(
            f"Open at the end: {held.side} {quantity(held.quantity)} since "
            f"{short_time(held.entry_ts + offset)} at {price(held.entry_price)}, unrealised "
            f"{money(held.unrealised_pnl, signed=True)}.",
            highlight=False,
        )
    if len(report.trades) > 1:
        console.print(_paths_words(report), highlight=False)
    vetoes = [f"{veto.count:,} entries refused: {veto.text}." for veto in report.vetoes]
    _print_notes(console, (*remarks, *report.notes, *vetoes))
    _print_files(console, files)


def show_sweep(
    console: Console,
    setting: RunSetting,
    result: SweepResult,
    remarks: Sequence[str],
    files: Sequence[Path],
) -> None:
    """Print the best sets with their neighbourhood, and a heat map of two axes."""
    candidates = result.candidates
    skipped = f", {candidates.skipped:,} ruled out by the definition" if candidates.skipped else ""
    console.print(
        Text(setting.name, "bold"),
        f" {setting.instrument.key} {setting.timeframe}, {len(setting.range):,} bars, "
        f"{len(candidates.sets):,} sets{skipped}",
        highlight=False,
    )
    if result.best < 0:
        console.print(f"No set has a {result.metric}: none of them traded enough.")
        return
    console.print(_best_table(result))
    console.print(_plateau_words(result), highlight=False)
    console.print(_luck_words(result.trials, result.overfitting), highlight=False)
    if _fits_heat_map(result, console.width):
        console.print(_heat_table(result))
    _print_notes(console, remarks)
    _print_files(console, files)


def _paths_words(report: Report) -> str:
    orders, again = monte_carlo_of(report)
    return (
        f"The same trades in {orders.runs:,} orders: a drawdown of "
        f"{percent(orders.max_drawdown[0])} to {percent(orders.max_drawdown[-1])} in nine of ten. "
        f"Drawn again: {again.loss_probability:.0%} of all paths lose money."
    )


def _plateau_words(result: SweepResult) -> str:
    if result.best_plateau < 0:
        return "No set has neighbours in what was tried, so there is no plateau to show."
    return (
        f"Plateau is the median {result.metric} of a set's neighbours. The set with the best "
        f"plateau: {_set_words(result, result.best_plateau)}."
    )


def _luck_words(trials: TrialCount, overfitting: Overfitting) -> str:
    tried = f"{trials.trials:,} trials count as {trials.effective:,.0f} different ones"
    if overfitting.probability is None:
        return f"{tried}; too few sets or days to say how likely the choice is overfitted."
    return (
        f"{tried}. The probability that choosing the best overfits: {overfitting.probability:.0%}."
    )


def show_walkforward(
    console: Console,
    setting: RunSetting,
    walk: WalkForward,
    remarks: Sequence[str],
    files: Sequence[Path],
) -> None:
    """Print the windows and the account carried through their tests."""
    candidates, metrics = walk.candidates, walk.metrics
    mode = "anchored" if walk.plan.anchored else "rolling"
    console.print(
        Text(setting.name, "bold"),
        f" {setting.instrument.key} {setting.timeframe}, {len(candidates.sets):,} sets, "
        f"{len(walk.windows)} {mode} windows, {walk.plan.fit:.0%} fit, chosen by "
        f"{walk.plan.metric}, tested until {short_date(walk.windows[-1].test_to)}",
        highlight=False,
    )
    console.print(_window_table(setting, walk))
    survived = sum(window.survived for window in walk.windows)
    rows = (
        ("Out-of-sample return", percent(metrics.total_return, signed=True)),
        ("Annual growth", percent(metrics.cagr, signed=True)),
        ("Sharpe ratio", decimal(metrics.sharpe)),
        ("Maximum drawdown", percent(metrics.max_drawdown)),
        ("Trades", whole(metrics.trades)),
        ("Windows that earned", f"{survived} of {len(walk.windows)}"),
        ("Efficiency (out of sample over in sample)", decimal(walk.efficiency)),
    )
    _print_pairs(console, "Out of sample, one account through all tests", rows)
    console.print(_luck_words(walk.trials, walk.overfitting), highlight=False)
    console.print(Text(f"Equity  {sparkline(walk.equity)}", no_wrap=True))
    _print_notes(console, remarks)
    _print_files(console, files)


def sparkline(values: Floats, width: int = SPARK_WIDTH) -> str:
    """Return a curve as a line of blocks, each the last value of its stretch."""
    if len(values) == 0:
        return ""
    picks = values[np.linspace(0, len(values) - 1, min(width, len(values))).astype(np.int64)]
    low, high = float(picks.min()), float(picks.max())
    if high <= low:
        return BLOCKS[0] * len(picks)
    steps = ((picks - low) / (high - low) * (len(BLOCKS) - 1)).round().astype(np.int64)
    return "".join(BLOCKS[step] for step in steps.tolist())


def _figures(report: Report) -> Table:
    metrics, hold = report.metrics, report.benchmark
    columns: tuple[tuple[tuple[str, str | Text], ...], ...] = (
        (
            ("Return", _signed(metrics.total_return)),
            ("Buy and hold", _signed(hold.total_return)),
            ("Annual growth", _signed(metrics.cagr)),
            ("Volatility", percent(metrics.volatility)),
            ("Final equity", money(metrics.final_equity)),
            ("Fees", money(metrics.fees)),
        ),
        (
            ("Sharpe", decimal(metrics.sharpe)),
            ("Sortino", decimal(metrics.sortino)),
            ("Calmar", decimal(metrics.calmar)),
            ("Drawdown", percent(metrics.max_drawdown)),
            ("Longest", f"{metrics.max_drawdown_days:,} days"),
            ("Exposure", percent(metrics.exposure)),
        ),
        (
            ("Trades", whole(metrics.trades)),
            ("Win rate", percent(metrics.win_rate)),
            ("Profit factor", decimal(metrics.profit_factor)),
            ("Expectancy", money(metrics.expectancy, signed=True)),
            ("Best trade", money(metrics.best_trade, signed=True)),
            ("Worst trade", money(metrics.worst_trade, signed=True)),
        ),
    )
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in columns:
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
    for cells in zip(*columns, strict=True):
        table.add_row(*(part for label, value in cells for part in (label, value)))
    return table


def _best_table(result: SweepResult) -> Table:
    values = result.values(result.metric)
    lower = result.metric in LOWER_IS_BETTER
    order = np.argsort(
        np.where(np.isnan(values), np.inf, values if lower else -values), kind="stable"
    )
    shown = ("return", "sharpe", "max_drawdown", "profit_factor", "trades")
    names = (*((result.metric,) if result.metric not in shown else ()), *shown)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for axis in result.candidates.axes:
        table.add_column(axis.name, justify="right", style="bold", no_wrap=True)
    for name in (*names, "plateau"):
        table.add_column(name.replace("_", " "), justify="right", no_wrap=True)
    for index in order[:BEST_ROWS].tolist():
        if np.isnan(values[index]):
            break
        row = [setting_words(value) for value in result.candidates.varied(index).values()]
        row += [_metric_words(name, float(result.values(name)[index])) for name in names]
        table.add_row(*row, _metric_words(result.metric, float(result.plateau[index])))
    return table


def _heat_table(result: SweepResult) -> Table:
    down, across = result.candidates.axes
    values = result.values(result.metric)
    cells = dict(zip(result.candidates.places, values.tolist(), strict=True))
    known = values[~np.isnan(values)]
    low, high = float(known.min()), float(known.max())
    unit = " (%)" if result.metric in PERCENT_METRICS else ""
    table = Table(
        box=None, pad_edge=False, title=f"{result.metric}{unit} by {down.name} and {across.name}"
    )
    table.add_column(f"{down.name} \\ {across.name}", style="dim", justify="right")
    for value in across.values:
        table.add_column(setting_words(value), justify="right", no_wrap=True)
    for row, value in enumerate(down.values):
        line = [
            _heat_cell(result, cells.get((row, column)), low, high)
            for column in range(len(across.values))
        ]
        table.add_row(setting_words(value), *line)
    return table


def _heat_cell(result: SweepResult, value: float | None, low: float, high: float) -> Text:
    if value is None or np.isnan(value):
        return Text("·", "dim")
    share = (value - low) / (high - low) if high > low else 0.5
    if result.metric in LOWER_IS_BETTER:
        share = 1.0 - share
    style = (
        "bold green" if share > 0.9 else "green" if share > 0.7 else "dim" if share < 0.3 else ""
    )
    return Text(_metric_words(result.metric, value).removesuffix(" %"), style)


def _window_table(setting: RunSetting, walk: WalkForward) -> Table:
    offset = setting.instrument.day_offset_ms
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in ("fit from", "test from"):
        table.add_column(name, no_wrap=True)
    for axis in walk.candidates.axes:
        table.add_column(axis.name, justify="right", style="bold", no_wrap=True)
    for name in ("fit", "test", "return", "trades"):
        table.add_column(name, justify="right", no_wrap=True)
    for window in walk.windows:
        table.add_row(*_window_cells(walk, window, offset))
    return table


def _window_cells(walk: WalkForward, window: WindowResult, offset: int) -> list[str | Text]:
    metric = walk.plan.metric
    chosen = window.parameters
    return [
        short_date(window.fit_from + offset),
        short_date(window.test_from + offset),
        *(setting_words(chosen.get(axis.name, "none")) for axis in walk.candidates.axes),
        _metric_words(metric, window.fit.get(metric)),
        _metric_words(metric, window.test.value(metric)),
        _signed(window.test.total_return),
        whole(window.test.trades),
    ]


def _metric_words(name: str, value: float | None) -> str:
    if value is None or np.isnan(value):
        return decimal(None)
    if name in PERCENT_METRICS:
        return percent(value, 1)
    if name in {"trades", "max_drawdown_days"}:
        return whole(value)
    return decimal(value)


def _set_words(result: SweepResult, index: int) -> str:
    if index < 0:
        return "none"
    return ", ".join(
        f"{name} {setting_words(value)}" for name, value in result.candidates.varied(index).items()
    )


def _fits_heat_map(result: SweepResult, width: int) -> bool:
    axes = result.candidates.axes
    if len(axes) != 2:
        return False
    columns = (width - len(axes[0].name)) // HEAT_CELL_WIDTH
    return len(axes[0].values) <= HEAT_ROWS_MAX and len(axes[1].values) <= columns


def _signed(value: float | None) -> Text:
    style = "" if not value else "green" if value > 0.0 else "red"
    return Text(percent(value, signed=True), style)


def _offset(report: Report) -> int:
    value = next(item.value for item in report.assumptions if item.key == "day_offset_ms")
    return value if isinstance(value, int) else 0


def _print_pairs(console: Console, title: str, pairs: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, text in pairs:
        table.add_row(label, Text(text))
    console.print(Text(title, "bold"))
    console.print(table)
    console.print()


def _print_notes(console: Console, notes: Sequence[str]) -> None:
    if not notes:
        return
    console.print(Text("Notes", "bold"))
    for note in notes:
        console.print(Text(f"- {note}"))


def _print_files(console: Console, files: Sequence[Path]) -> None:
    for path in files:
        console.print(Text(f"Written: {path}"))
