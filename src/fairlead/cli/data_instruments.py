"""`fairlead data instruments`: the dated catalogue of the running platform."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairlead.market.listing import Dated

app = typer.Typer(no_args_is_help=True, help="Bring tick, lot and status up to date.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder; else FAIRLEAD_DATA.")
]


@app.command()
def sync(
    provider: Annotated[str, typer.Option("--provider", help="ccxt:bybit or kite.")],
    venue: Annotated[
        str, typer.Option("--venue", help="Only this one of the provider's venues, such as nse.")
    ] = "",
    url: Annotated[
        str, typer.Option("--url", help="Address that stands for the provider's own.")
    ] = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Take what a venue lists now into the catalogue; what changed is dated, nothing is lost."""
    from fairlead.cli.data_fetch import configured
    from fairlead.infra.settings import Settings
    from fairlead.market.catalogue import sync_instruments
    from fairlead.market.providers.catalog import open_listing
    from fairlead.wiring import open_context

    with open_context(Settings.load(data_dir=data)) as context:
        config = configured(context.settings, provider, url, None, "", None)
        listings = open_listing(provider, config, context.clock).listings()
        chosen = [each for each in listings if venue in ("", each.key.partition(":")[0])]
        source = f"{provider}/{venue}" if venue else provider
        with context.database.engine_transaction() as connection:
            synced = sync_instruments(connection, chosen, source, context.clock.now())
    counts = {kind: synced.count(kind) for kind in ("new", "changed", "renamed", "ended")}
    if json:
        typer.echo(json_format.dumps({"source": source, **counts, "unchanged": synced.unchanged}))
        return
    words = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    typer.echo(f"{source}: {words}, {synced.unchanged:,} as known.")


@app.command()
def show(
    instrument: Annotated[str, typer.Argument(metavar="KEY", help="venue:symbol.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Show what is known of an instrument, and from when on."""
    from fairlead.infra.settings import Settings
    from fairlead.market.catalogue import known_of
    from fairlead.wiring import open_context

    with (
        open_context(Settings.load(data_dir=data)) as context,
        context.database.public_transaction() as connection,
    ):
        rows = known_of(connection, instrument)
    if json:
        typer.echo(json_format.dumps([_as_json(row) for row in rows]))
        return
    for row in rows:
        terms = row.instrument
        since = "always" if row.valid_from is None else f"{row.valid_from:%Y-%m-%d %H:%M}"
        typer.echo(
            f"{since:<17} {row.status:<8} tick {terms.tick or 'as given'}, "
            f"lot {terms.lot.normalize():f}, minimum {terms.min_notional.normalize():f} "
            f"{terms.currency}{f', now {row.renamed_to}' if row.renamed_to else ''}"
        )


def _as_json(row: Dated) -> dict[str, str | None]:
    terms = row.instrument
    return {
        "key": terms.key,
        "valid_from": None if row.valid_from is None else row.valid_from.isoformat(),
        "status": row.status,
        "tick": None if terms.tick is None else str(terms.tick),
        "lot": str(terms.lot),
        "min_notional": str(terms.min_notional),
        "currency": terms.currency,
        "ends_at": None if row.ends_at is None else row.ends_at.isoformat(),
        "renamed_to": row.renamed_to,
        "source": row.source,
    }
