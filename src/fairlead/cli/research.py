"""`fairlead backtest`, `sweep` and `walkforward`: research on a file or on the lake, no server."""

from pathlib import Path
from typing import Annotated

import typer

Definition = Annotated[
    str, typer.Argument(metavar="NAME|FILE", help="A template's name or a definition in JSON.")
]
BarsFile = Annotated[
    Path | None,
    typer.Option("--bars", metavar="FILE", help="Candles in a CSV, Parquet or Feather file."),
]
InstrumentKey = Annotated[
    str | None,
    typer.Option("--instrument", metavar="KEY", help="An imported series, as binance:BTC-USDT."),
]
TimeframeText = Annotated[
    str | None,
    typer.Option("--timeframe", help="Length of a bar: 5m, 1h, 1d. With --bars: of the file's."),
]
From = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="First bar, as 2024-01-31.")
]
To = Annotated[
    str | None, typer.Option("--to", metavar="TIME", help="End, this moment not included.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter; may be repeated."),
]
Cash = Annotated[str, typer.Option("--cash", help="Starting cash in the instrument's currency.")]
Fee = Annotated[str, typer.Option("--fee", help="Fee on both sides, a fraction: 0.001 is 0.1 %.")]
Slippage = Annotated[str, typer.Option("--slippage-bps", help="Slippage in basis points.")]
Costs = Annotated[
    str | None,
    typer.Option(
        "--costs",
        metavar="NAME|FILE",
        help="Costs by name (bybit-linear:vip0, nse-delivery) or a JSON file; instead of --fee.",
    ),
]
Spread = Annotated[
    str, typer.Option("--spread-bps", help="Spread in basis points; every fill pays half of it.")
]
Funding = Annotated[
    str | None,
    typer.Option(
        "--funding", metavar="FILE|lake", help="Charge funding rates of a file, or of the lake."
    ),
]
Quantity = Annotated[
    str | None, typer.Option("--quantity", help="Size every entry: this many units.")
]
Fraction = Annotated[
    str | None,
    typer.Option("--fraction", help="Size every entry: this share of equity (1 is all of it)."),
]
Risk = Annotated[
    str | None,
    typer.Option("--risk", help="Size every entry: the share of equity lost at its stop."),
]
LongOnly = Annotated[bool, typer.Option("--long-only", help="Never sell short.")]
Tick = Annotated[
    str | None, typer.Option("--tick", help="Price step; a file's prices are taken as given.")
]
Lot = Annotated[str | None, typer.Option("--lot", help="Quantity step; 1e-8 for a file.")]
Timezone = Annotated[
    str | None,
    typer.Option(
        "--timezone", help="Zone of a file's times without one, and of its days: Asia/Kolkata."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the whole result as JSON.")]
Grid = Annotated[
    list[str] | None,
    typer.Option(
        "--grid", metavar="NAME=VALUES", help="Vary a parameter: 5:50:5 (end included) or 5,10,20."
    ),
]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write the report as a page.")
]
Metric = Annotated[str, typer.Option("--metric", help="The figure by which sets are compared.")]
Random = Annotated[
    int, typer.Option("--random", metavar="N", help="Take N sets of the grid at random.")
]
Seed = Annotated[int, typer.Option("--seed", help="Which sets --random takes.")]


def backtest(
    definition: Definition,
    bars: BarsFile = None,
    instrument: InstrumentKey = None,
    timeframe: TimeframeText = None,
    start: From = None,
    end: To = None,
    parameters: Settings = None,
    cash: Cash = "10000",
    fee: Fee = "0.001",
    slippage_bps: Slippage = "0",
    costs: Costs = None,
    spread_bps: Spread = "0",
    funding: Funding = None,
    quantity: Quantity = None,
    fraction: Fraction = None,
    risk: Risk = None,
    long_only: LongOnly = False,
    tick: Tick = None,
    lot: Lot = None,
    timezone: Timezone = None,
    html: Html = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="Write the report in PDF.")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="DIR", help="Write trades.csv and equity.csv there."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Test a strategy on past candles.

    Without --quantity, --fraction or --risk the strategy's own sizing counts; the templates put
    all equity into every entry.
    """
    from fairlead.cli.research_inputs import Inputs
    from fairlead.cli.research_runs import run_backtest_command

    inputs = Inputs(
        definition, bars, instrument, timeframe, start, end, tuple(parameters or ()),
        cash, fee, slippage_bps, quantity, fraction, risk, long_only, tick, lot, timezone,
        costs, spread_bps, funding,
    )  # fmt: skip
    run_backtest_command(inputs, html, pdf, csv, json)


def sweep(
    definition: Definition,
    bars: BarsFile = None,
    instrument: InstrumentKey = None,
    timeframe: TimeframeText = None,
    start: From = None,
    end: To = None,
    parameters: Settings = None,
    grid: Grid = None,
    metric: Metric = "sharpe",
    random: Random = 0,
    seed: Seed = 0,
    cash: Cash = "10000",
    fee: Fee = "0.001",
    slippage_bps: Slippage = "0",
    costs: Costs = None,
    spread_bps: Spread = "0",
    funding: Funding = None,
    quantity: Quantity = None,
    fraction: Fraction = None,
    risk: Risk = None,
    long_only: LongOnly = False,
    tick: Tick = None,
    lot: Lot = None,
    timezone: Timezone = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write one line for each set.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Test a strategy over a grid of parameters; best sets are shown with their neighbours."""
    from fairlead.cli.research_inputs import Inputs
    from fairlead.cli.research_runs import run_sweep_command
    from fairlead.research.plan import Draw

    inputs = Inputs(
        definition, bars, instrument, timeframe, start, end, tuple(parameters or ()),
        cash, fee, slippage_bps, quantity, fraction, risk, long_only, tick, lot, timezone,
        costs, spread_bps, funding,
    )  # fmt: skip
    run_sweep_command(inputs, tuple(grid or ()), metric, Draw(random, seed), csv, json)


def walkforward(
    definition: Definition,
    bars: BarsFile = None,
    instrument: InstrumentKey = None,
    timeframe: TimeframeText = None,
    start: From = None,
    end: To = None,
    parameters: Settings = None,
    grid: Grid = None,
    metric: Metric = "sharpe",
    random: Random = 0,
    seed: Seed = 0,
    fit: Annotated[
        float, typer.Option("--fit", help="Share of each window to choose parameters on.")
    ] = 0.7,
    windows: Annotated[int, typer.Option("--windows", help="How many windows.")] = 5,
    anchored: Annotated[
        bool,
        typer.Option("--anchored/--rolling", help="Fit every window from the first bar on."),
    ] = False,
    purge: Annotated[
        int, typer.Option("--purge", help="Bars dropped at the end of each fit range.")
    ] = 0,
    embargo: Annotated[
        int, typer.Option("--embargo", help="Bars dropped at the beginning of each test range.")
    ] = 0,
    cash: Cash = "10000",
    fee: Fee = "0.001",
    slippage_bps: Slippage = "0",
    costs: Costs = None,
    spread_bps: Spread = "0",
    funding: Funding = None,
    quantity: Quantity = None,
    fraction: Fraction = None,
    risk: Risk = None,
    long_only: LongOnly = False,
    tick: Tick = None,
    lot: Lot = None,
    timezone: Timezone = None,
    html: Html = None,
    json: AsJson = False,
) -> None:
    """Fit parameters on one stretch and test them on the next, window by window."""
    from fairlead.cli.research_inputs import Inputs
    from fairlead.cli.research_runs import run_walkforward_command
    from fairlead.research.plan import Draw, Plan

    inputs = Inputs(
        definition, bars, instrument, timeframe, start, end, tuple(parameters or ()),
        cash, fee, slippage_bps, quantity, fraction, risk, long_only, tick, lot, timezone,
        costs, spread_bps, funding,
    )  # fmt: skip
    draw = Draw(random, seed)
    plan = Plan(metric, windows, fit, anchored, purge, embargo, draw)
    run_walkforward_command(inputs, tuple(grid or ()), plan, html, json)
