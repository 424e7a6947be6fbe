"""`fairlead autobuild`: from constraints to a portfolio, on this machine or on a server."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True, help="Build a portfolio from constraints; works without a server."
)

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder; else FAIRLEAD_DATA.")
]
Server = Annotated[
    bool,
    typer.Option(
        "--server", help="Use the server at FAIRLEAD_SERVER with the key FAIRLEAD_API_KEY."
    ),
]
RunId = Annotated[
    str | None, typer.Argument(metavar="[ID]", help="Which one; the newest by default.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command()
def run(
    constraints: Annotated[
        Path,
        typer.Option(
            "--constraints",
            metavar="FILE",
            help="TOML or JSON; `fairlead autobuild schema` prints an example.",
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="What to call it; the file's name by default.")
    ] = None,
    data: Data = None,
    server: Server = False,
    json: Json = False,
) -> None:
    """Build: find instruments, test them, and weigh those whose evidence holds.

    Every instrument is kept as soon as it is finished: after Ctrl-C, a crash or a full disk the
    same command goes on where it was.
    """
    from fairlead.cli.autobuild_inputs import check_place, read_document

    check_place(data, server)
    document = read_document(constraints)
    title = name or constraints.stem
    if server:
        from fairlead.cli.autobuild_server import run_on_server

        raise typer.Exit(run_on_server(title, document, json))
    from fairlead.cli.autobuild_local import run_here

    raise typer.Exit(run_here(title, document, data, json))


@app.command()
def status(
    run_id: RunId = None, data: Data = None, server: Server = False, json: Json = False
) -> None:
    """Show how far an AutoBuild is, or how it ended."""
    from fairlead.cli.autobuild_inputs import check_place

    check_place(data, server)
    if server:
        from fairlead.cli.autobuild_server import show_on_server

        show_on_server(run_id, json)
        return
    from fairlead.cli.autobuild_local import show_here

    show_here(run_id, data, json)


@app.command()
def cancel(
    run_id: RunId = None, data: Data = None, server: Server = False, json: Json = False
) -> None:
    """Stop an AutoBuild; what is finished is kept."""
    from fairlead.cli.autobuild_inputs import check_place

    check_place(data, server)
    if server:
        from fairlead.cli.autobuild_server import cancel_on_server

        cancel_on_server(run_id, json)
        return
    from fairlead.cli.autobuild_local import cancel_here

    cancel_here(run_id, data, json)


@app.command()
def schema(json: Json = False) -> None:
    """Print an example of a constraints file: every field with its default and its meaning."""
    from fairlead.cli.autobuild_example import example_of
    from fairlead.research.autobuild.constraints import constraints_schema
    from fairlead.research.jsonable import dump_json

    document = constraints_schema()
    typer.echo(dump_json(document, indent=1) if json else example_of(document), nl=json)
