"""The `fairlead` command: loads only what was asked for, and says errors in one sentence."""

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from fairlead.infra.errors import FairleadError, InternalDefect

EXIT_DEFECT = 1
EXIT_CANNOT = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives; `attribute` is a function, or a Typer app named `app`."""

    module: str
    attribute: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "up": Entry("up", "up", "Start the whole platform on this machine."),
    "run": Entry("roles", "app", "Run one role: api, worker, nexus or engine."),
    "migrate": Entry("roles", "migrate", "Bring the database to the newest revision."),
    "demo": Entry("demo", "demo", "Fill a running platform with subscribers that trade."),
    "data": Entry("data", "app", "Import candles and see what there is."),
    "strategy": Entry("strategy", "app", "Show and validate strategies."),
    "backtest": Entry("research", "backtest", "Test a strategy on past candles."),
    "sweep": Entry("research", "sweep", "Test a strategy over a grid of parameters."),
    "compare": Entry("compare", "compare", "Put reports side by side."),
    "walkforward": Entry("research", "walkforward", "Fit and test a strategy window by window."),
    "autobuild": Entry("autobuild", "app", "Build a portfolio from constraints."),
    "portfolio": Entry("portfolio", "app", "Weigh legs and test them on one account."),
    "prove": Entry("prove", "prove", "Show that a strategy does not look ahead."),
    "simulate": Entry("simulate", "simulate", "Run a venue on this machine to try things on."),
    "bench": Entry("bench", "app", "Measure this machine against the design's figures."),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 cannot be done as asked, 1 a defect of ours."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        sys.exit(_build(given)(args=given, prog_name="fairlead", standalone_mode=False) or 0)
    except FairleadError as error:
        _say(error, as_json)
        sys.exit(EXIT_DEFECT if isinstance(error, InternalDefect) else EXIT_CANNOT)
    except typer.TyperException as error:
        _say_usage(error, as_json)
        sys.exit(EXIT_CANNOT)
    except typer.Abort:
        sys.exit(EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_DEFECT)
    except Exception as error:  # noqa: BLE001  # the last line of defence
        traceback.print_exception(error)
        _say(InternalDefect(f"Something unexpected went wrong: {error!r}."), as_json)
        sys.exit(EXIT_DEFECT)


def _build(arguments: Sequence[str]) -> typer.Typer:
    """Return the app with the one command that `arguments` name, and only names for the rest."""
    app = typer.Typer(
        name="fairlead",
        help="One path from a trading idea to live orders.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, entry in COMMANDS.items():
        if name != chosen:
            app.command(name, help=entry.summary)(_not_loaded)
            continue
        loaded = getattr(importlib.import_module(f"fairlead.cli.{entry.module}"), entry.attribute)
        if isinstance(loaded, typer.Typer):
            app.add_typer(loaded, name=name, help=entry.summary)
        else:
            app.command(name)(loaded)
    return app


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"fairlead {version('fairlead')}")
        raise typer.Exit


def _global_options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_print_version,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """One path from a trading idea to live orders."""


def _not_loaded() -> None:
    raise InternalDefect("A command was run that was not loaded.")


def _say(error: FairleadError, as_json: bool) -> None:
    lines = [f"Error: {error.message}"]
    if error.path:
        lines.append(f"  at: {error.path}")
    if error.expected:
        lines.append(f"  expected: {error.expected}")
    if error.found:
        lines.append(f"  found: {error.found}")
    if error.action:
        lines.append(f"  {error.action}")
    typer.echo("\n".join(lines), err=True)
    if as_json:
        _say_json(
            {
                "kind": type(error).__name__,
                "message": error.message,
                "path": error.path,
                "expected": error.expected,
                "found": error.found,
                "action": error.action,
            }
        )


def _say_usage(error: typer.TyperException, as_json: bool) -> None:
    show = getattr(error, "show", None)
    if show is not None:
        show()
    else:
        typer.echo(f"Error: {error.message}", err=True)
    if as_json:
        _say_json({"kind": "InvalidInput", "message": error.format_message()})


def _say_json(error: dict[str, str | None]) -> None:
    typer.echo(json.dumps({"error": {key: value for key, value in error.items() if value}}))


if __name__ == "__main__":
    main()
