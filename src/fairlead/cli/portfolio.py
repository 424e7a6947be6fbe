"""`fairlead portfolio`: weigh legs, and test them on one account; no server."""

from pathlib import Path
from typing import Annotated

import typer

from fairlead.cli.research import (
    AsJson,
    Cash,
    Costs,
    Fee,
    Fraction,
    From,
    Html,
    LongOnly,
    Quantity,
    Risk,
    Slippage,
    Spread,
    Timezone,
    To,
)

app = typer.Typer(no_args_is_help=True, help="Weigh legs and test them on one account.")

PortfolioFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="A portfolio in JSON: name, method, caps, and legs with strategy, instrument (or "
        "bars, a file), timeframe, parameters, weight.",
    ),
]
Method = Annotated[
    str | None,
    typer.Option(
        "--method", help="equal, inverse_volatility, hrp or risk_budget; the file's without."
    ),
]
Funding = Annotated[
    bool, typer.Option("--funding", help="Charge the funding rates that the lake has of each leg.")
]
Target = Annotated[
    Path | None,
    typer.Option("--write", metavar="FILE", help="Write the portfolio with these weights."),
]


@app.command("backtest")
def backtest(
    file: PortfolioFile,
    start: From = None,
    end: To = None,
    cash: Cash = "10000",
    fee: Fee = "0.001",
    slippage_bps: Slippage = "0",
    costs: Costs = None,
    spread_bps: Spread = "0",
    funding: Funding = False,
    quantity: Quantity = None,
    fraction: Fraction = None,
    risk: Risk = None,
    long_only: LongOnly = False,
    timezone: Timezone = None,
    html: Html = None,
    json: AsJson = False,
) -> None:
    """Test a portfolio on ONE shared account.

    Each leg's entries are sized as its strategy says, times its weight, on the equity that all
    legs share. Without weights the method must be equal.
    """
    from fairlead.cli.portfolio_inputs import PortfolioInputs
    from fairlead.cli.portfolio_runs import backtest_command

    options = (start, end, cash, fee, slippage_bps, quantity, fraction, risk, long_only, timezone)
    inputs = PortfolioInputs(file, *options, costs, spread_bps, funding)
    backtest_command(inputs, html, json)


@app.command("weigh")
def weigh(
    file: PortfolioFile,
    method: Method = None,
    start: From = None,
    end: To = None,
    fee: Fee = "0.001",
    slippage_bps: Slippage = "0",
    costs: Costs = None,
    spread_bps: Spread = "0",
    timezone: Timezone = None,
    write: Target = None,
    json: AsJson = False,
) -> None:
    """Find the weights of legs from what each earned alone, day by day.

    Each leg is run on an account of its own; the days on which all of them have candles count.
    Of two legs correlated by more than the cap the one with the lower Sharpe ratio is dropped.
    """
    from fairlead.cli.portfolio_inputs import PortfolioInputs
    from fairlead.cli.portfolio_runs import weigh_command

    options = (start, end, "10000", fee, slippage_bps, None, None, None, False, timezone)
    inputs = PortfolioInputs(file, *options, costs, spread_bps)
    weigh_command(inputs, method, write, json)
