"""`fairlead simulate`: a venue on this machine that speaks Bybit's protocol, to try things on."""

import json as json_format
from pathlib import Path
from typing import Annotated

import typer


def simulate(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8900,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option("--seed", min=0, help="Equal seeds, equal markets.")] = 1,
    more: Annotated[
        int, typer.Option("--more", min=0, max=1000, help="So many made-up perpetuals besides.")
    ] = 0,
    lake: Annotated[
        Path | None,
        typer.Option("--lake", metavar="DIR", help="Serve the bars of this lake as well."),
    ] = None,
    venue: Annotated[
        str, typer.Option("--venue", help="Whose instruments of that lake to serve.")
    ] = "bybit",
    start: Annotated[
        str, typer.Option("--start", metavar="TIME", help="Where its clock begins; else now.")
    ] = "",
    speed: Annotated[
        float, typer.Option("--speed", min=0, max=100_000, help="How much faster than life.")
    ] = 1.0,
    json: Annotated[bool, typer.Option("--json", help="Say where it listens as JSON.")] = False,
) -> None:
    """Run a simulated venue that speaks Bybit's public API, until it is stopped.

    Its clock and its faults are set over HTTP: POST /simulator/clock and /simulator/faults.
    """
    from fairlead.cli.moments import read_moment
    from fairlead.infra.clock import SystemClock
    from fairlead.market.lake import Lake
    from fairlead.simulator.bybit.public import BybitPublic
    from fairlead.simulator.clock import MarketClock
    from fairlead.simulator.faults import Faults
    from fairlead.simulator.listings import generated_listings, lake_listings
    from fairlead.simulator.server import build_app, build_server, listen

    listed = {(each.category, each.symbol): each for each in generated_listings(seed, more)}
    if lake is not None:
        found = lake_listings(Lake(lake), venue)
        listed.update({(each.category, each.symbol): each for each in found})
    clock = MarketClock(SystemClock(), read_moment("--start", start) if start else None, speed)
    app = build_app(BybitPublic(list(listed.values()), clock), clock, Faults())
    socket = listen(host, port)
    url = f"http://{host}:{socket.getsockname()[1]}"
    if json:
        typer.echo(json_format.dumps({"url": url, "instruments": len(listed)}))
    else:
        typer.echo(f"{len(listed)} instruments of a simulated Bybit at {url}")
        typer.echo(f"Fetch from it: fairlead data fetch --provider ccxt:bybit --url {url} ...")
    build_server(app).run(sockets=[socket])
