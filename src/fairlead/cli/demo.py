"""`fairlead demo`: give a running platform many subscribers who trade one strategy on paper."""

import json as json_format
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairlead.strategies.model import Setting


def demo(
    subscribers: Annotated[
        int, typer.Option(min=1, max=200_000, help="How many tenants trade in the end.")
    ] = 10_000,
    strategy: Annotated[
        str, typer.Option(help="A template's name, or a definition's file.")
    ] = "sma_crossover",
    instrument: Annotated[str, typer.Option(help="What they trade.")] = "sim:BTC-USDT",
    timeframe: Annotated[str, typer.Option(help="Length of a candle: 1m, 5m, 1h.")] = "1m",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the strategy."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Make subscribers, each a tenant with a paper account and risk rules of its own.

    Needs a running platform; repeating it adds only those who are missing.
    """
    from fairlead.infra.settings import Settings
    from fairlead.live.demonstration import LIVELY, Demonstration, populate
    from fairlead.live.versions import StoredVersions
    from fairlead.wiring import open_context

    parameters = _parameters(set_ or []) or dict(LIVELY.get(strategy, {}))
    wanted = Demonstration(subscribers, strategy, instrument, timeframe, parameters)
    with open_context(Settings.load().with_secrets()) as context:
        typer.echo(f"Making {subscribers} subscribers ...", err=True)
        started_s = context.clock.monotonic_s()
        evaluator = StoredVersions(context.database)
        made = populate(context.database, evaluator, wanted, context.clock.now())
        took_s = context.clock.monotonic_s() - started_s
    if json:
        typer.echo(
            json_format.dumps(
                {
                    "strategy": made.strategy_name,
                    "version_id": str(made.version_id),
                    "instrument": instrument,
                    "timeframe": timeframe,
                    "subscribers": made.subscribers,
                    "added": made.added,
                    "seconds": round(took_s, 3),
                }
            )
        )
        return
    typer.echo(
        f"{made.subscribers} subscribers trade {made.strategy_name} on {instrument} {timeframe} "
        f"({made.added} new, {took_s:.1f} s). Their books open with the next candle."
    )


def _parameters(given: list[str]) -> "dict[str, Setting]":
    from fairlead.infra.errors import InvalidInput

    parameters: dict[str, Setting] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise InvalidInput(
                f"--set {text} does not set anything.",
                expected="NAME=VALUE, such as fast=20",
                found=text,
                path="--set",
            )
        parameters[name] = _value(value)
    return parameters


def _value(text: str) -> "Setting":
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text
