"""`fairlead data funding`: keep funding rates beside the candles of a perpetual."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Import funding rates of perpetuals.")


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or Parquet: time and rate.")],
    instrument: Annotated[
        str, typer.Option("--instrument", metavar="KEY", help="venue:symbol, as bybit:BTC-USDT.")
    ],
    timezone: Annotated[
        str, typer.Option("--timezone", metavar="ZONE", help="Zone of times without an offset.")
    ] = "",
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Data folder; else FAIRLEAD_DATA.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Import funding rates, each payment once; what contradicts the lake is refused as a whole."""
    from fairlead.infra.settings import Settings
    from fairlead.market.charges.funding_files import import_funding, load_funding, read_funding
    from fairlead.research.times import short_time

    series = read_funding(file, timezone)
    root = Settings.load(data_dir=data).lake_dir
    added, _ = import_funding(root, instrument, series)
    kept = load_funding(root, instrument) or series
    first, last = int(kept.ts[0]), int(kept.ts[-1])
    mean = float(kept.rates.mean())
    if json:
        found = {
            "instrument": instrument, "added": added, "payments": len(kept),
            "first_ts": first, "last_ts": last, "mean_rate": mean,
        }  # fmt: skip
        typer.echo(json_format.dumps(found))
        return
    typer.echo(
        f"{instrument}: {added:,} payments added, {len(kept):,} in all, {short_time(first)} to "
        f"{short_time(last)} UTC, {mean:.5%} each on average (paid by longs)."
    )
