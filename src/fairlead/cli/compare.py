"""`fairlead compare`: reports in JSON side by side."""

from pathlib import Path
from typing import Annotated

import typer


def compare(
    reports: Annotated[
        list[Path],
        typer.Argument(metavar="REPORT.json...", help="Written by backtest or walkforward --json."),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Compare reports figure by figure; the best of each is marked."""
    from rich.console import Console

    from fairlead.cli.research_runs import print_json
    from fairlead.infra.errors import InvalidInput
    from fairlead.research.render.comparison import check_count, comparable, name_of, read_result

    check_count(len(reports))
    runs = []
    for path in reports:
        try:
            result = read_result(path.read_text(encoding="utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{path} cannot be read: {error}.", path=str(path)) from error
        runs.append({"id": str(path), **comparable(result, name_of(result))})
    if json:
        print_json({"runs": runs})
        return
    from fairlead.cli.compare_view import show_comparison

    show_comparison(Console(), runs)
