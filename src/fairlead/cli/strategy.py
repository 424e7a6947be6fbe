"""`fairlead strategy`: show the templates, show a definition, validate one, bring one over."""

from __future__ import annotations

import json as json_format
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairlead.strategies.faults import Fault
    from fairlead.strategies.kinds.rules.document import RulesDocument
    from fairlead.strategies.model import Json as JsonValue

app = typer.Typer(no_args_is_help=True, help="Show and validate strategies.")

EXIT_INVALID = 2
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def templates(json: Json = False) -> None:
    """List the definitions that come with the product."""
    from fairlead.strategies.templates import TEMPLATES, load_template

    if json:
        typer.echo(json_format.dumps([_summary(name, load_template(name)) for name in TEMPLATES]))
        return
    for name in TEMPLATES:
        document = load_template(name)
        typer.echo(f"{name:20} {document.name}: {document.description}")


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A template or a file.")],
    json: Json = False,
) -> None:
    """Show a definition with its parameters, its warm-up and its hash."""
    from fairlead.strategies.source import load_definition

    document = load_definition(name)
    summary = _summary(name, document)
    if json:
        typer.echo(json_format.dumps(summary))
        return
    typer.echo(f"{document.name}\n{document.description}\n")
    typer.echo(f"hash       {summary['hash']}")
    typer.echo(f"timeframe  {document.execution.timeframe}")
    typer.echo(f"warm-up    {summary['warm_up']} bars")
    _print_parameters(document)
    typer.echo("\n" + json_format.dumps(summary["definition"], indent=2))


@app.command()
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A definition in JSON.")],
    json: Json = False,
) -> None:
    """Check a definition; every place that is wrong is named with what was expected there."""
    from fairlead.strategies.faults import InvalidDefinition
    from fairlead.strategies.source import load_definition

    try:
        document = load_definition(file)
    except InvalidDefinition as error:
        _print_faults(file, error.faults, json)
        raise typer.Exit(EXIT_INVALID) from error
    summary = _summary(file, document)
    if json:
        typer.echo(json_format.dumps({"valid": True, "errors": [], **summary}))
        return
    typer.echo(f"{file} is valid: {document.name}, hash {summary['hash']}")


@app.command()
def upload(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A template or a file.")],
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", metavar="ID", help="Add a version to this one of yours."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="What changed in the version.")] = "",
    json: Json = False,
) -> None:
    """Bring a definition to a server, with the ledger of what was tried on this machine.

    FAIRLEAD_SERVER names the server, FAIRLEAD_API_KEY holds a key with the scopes strategies
    and research.
    """
    from fairlead.cli.trial_ledger import upload_version

    upload_version(name, strategy, note, json)


def _print_faults(file: str, faults: tuple[Fault, ...], json: bool) -> None:
    if json:
        errors = [
            {
                "path": fault.path,
                "expected": fault.expected,
                "found": fault.found,
                "message": fault.message,
            }
            for fault in faults
        ]
        typer.echo(json_format.dumps({"valid": False, "errors": errors}))
        return
    places = "1 place" if len(faults) == 1 else f"{len(faults)} places"
    typer.echo(f"{file} is not valid in {places}:", err=True)
    for fault in faults:
        typer.echo(f"\n  {fault.path or '/'}: {fault.message}", err=True)
        typer.echo(f"    expected {fault.expected}", err=True)
        typer.echo(f"    found    {fault.found}", err=True)


def _print_parameters(document: RulesDocument) -> None:
    from fairlead.strategies.kinds.rules.parameters import parameters_of

    typer.echo(f"\n{'parameter':20} {'axis':7} {'default':>12}  accepted")
    for parameter in parameters_of(document):
        default = str(parameter.shown(parameter.default))
        typer.echo(f"{parameter.name:20} {parameter.axis:7} {default:>12}  {parameter.expected}")


def _summary(name: str, document: RulesDocument) -> dict[str, JsonValue]:
    from fairlead.kernel.timeframe import parse_timeframe
    from fairlead.strategies.kinds.rules.form import full_form
    from fairlead.strategies.kinds.rules.parameters import parameters_json, parameters_of, resolve
    from fairlead.strategies.kinds.rules.plan import plan_of, warm_up_of
    from fairlead.strategies.source import version_hash

    defaults = resolve({each.name: each for each in parameters_of(document)}, {})
    plan = plan_of(document, defaults, complete=False)
    return {
        "name": name,
        "title": document.name,
        "description": document.description,
        "tags": [*document.tags],
        "hash": version_hash(document),
        "warm_up": warm_up_of(plan, parse_timeframe(document.execution.timeframe).ms),
        "parameters": parameters_json(document),
        "definition": full_form(document),
    }
