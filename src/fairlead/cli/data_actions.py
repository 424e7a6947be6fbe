"""`fairlead data actions`: splits of the lake's series, found, confirmed or rejected."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fractions import Fraction

    from fairlead.market.action_book import ActionBook
    from fairlead.market.actions import Action, SplitSuspect
    from fairlead.market.lake import Lake

app = typer.Typer(no_args_is_help=True, help="Find splits, confirm or reject them.")

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Data folder; else FAIRLEAD_DATA.")
]
Instrument = Annotated[str, typer.Option("--instrument", metavar="KEY", help="venue:symbol.")]
OneInstrument = Annotated[
    str, typer.Option("--instrument", metavar="KEY", help="Only this one; all by default.")
]
Timeframe = Annotated[str, typer.Option("--timeframe", help="Bars to look at.")]
Day = Annotated[str, typer.Option("--day", metavar="DATE", help="The first day of the new shares.")]
Note = Annotated[str, typer.Option("--note", help="Where you know it from.")]


@app.command("list")
def list_all(instrument: OneInstrument = "", data: Data = None, json: Json = False) -> None:
    """List what is known: confirmed actions, and jumps that were none."""
    _, book = _open(data)
    found = [each for each in book.all() if instrument in ("", each.instrument)]
    if json:
        typer.echo(json_format.dumps([each.to_json() for each in found]))
        return
    for each in found:
        typer.echo(_shown(each))
    if not found:
        typer.echo("Nothing is known yet: fairlead data actions detect")


@app.command()
def detect(
    instrument: OneInstrument = "",
    timeframe: Timeframe = "1d",
    data: Data = None,
    json: Json = False,
) -> None:
    """Find jumps that look like splits and that nobody has confirmed or rejected."""
    lake, book = _open(data)
    found = _unresolved(lake, book, instrument, timeframe)
    if json:
        listed = [
            {"instrument": name, **suspect.to_json()}
            for name, suspects in found.items()
            for suspect in suspects
        ]
        typer.echo(json_format.dumps(listed))
        return
    for name, suspects in found.items():
        for suspect in suspects:
            typer.echo(_described(name, suspect))
    if not found:
        typer.echo("No series has an open question.")
        return
    clear = sum(suspect.clear for suspects in found.values() for suspect in suspects)
    typer.echo(
        f"{len(found)} series are kept out of research until each is confirmed or rejected; "
        f"{clear} are clear: fairlead data actions confirm --clear"
    )


@app.command()
def confirm(
    instrument: OneInstrument = "",
    day: Day = "",
    ratio: Annotated[
        str, typer.Option("--ratio", help="Old shares to new ones, 1:5; else as detected.")
    ] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Confirm all that are clear.")] = False,
    timeframe: Timeframe = "1d",
    note: Note = "",
    data: Data = None,
    json: Json = False,
) -> None:
    """Confirm a split: research then takes prices before that day in new shares."""
    from fairlead.infra.errors import InvalidInput
    from fairlead.market.action_book import read_day
    from fairlead.market.actions import Action, ActionStatus, read_ratio

    lake, book = _open(data)
    made = []
    if clear:
        for name, suspects in _unresolved(lake, book, instrument, timeframe).items():
            made += [
                Action(name, each.day, each.ratio, ActionStatus.CONFIRMED, "detected", note)
                for each in suspects
                if each.clear and each.ratio is not None
            ]
    elif instrument and day:
        chosen = read_ratio(ratio) if ratio else _ratio_of(lake, instrument, timeframe, day)
        source = "given" if ratio else "detected"
        made = [Action(instrument, read_day(day), chosen, ActionStatus.CONFIRMED, source, note)]
    else:
        raise InvalidInput(
            "Nothing was named to confirm.",
            expected="--instrument and --day, or --clear",
            action="List what there is: fairlead data actions detect",
        )
    _keep(book, made, json)


@app.command()
def reject(
    instrument: Instrument, day: Day, note: Note = "", data: Data = None, json: Json = False
) -> None:
    """Say that a jump was no split: its prices are taken as they are."""
    from fractions import Fraction

    from fairlead.market.action_book import read_day
    from fairlead.market.actions import Action, ActionStatus

    _, book = _open(data)
    rejected = Action(instrument, read_day(day), Fraction(1), ActionStatus.REJECTED, "given", note)
    _keep(book, [rejected], json)


def _open(data: Path | None) -> tuple[Lake, ActionBook]:
    from fairlead.infra.settings import Settings
    from fairlead.market.action_book import ActionBook
    from fairlead.market.lake import Lake

    lake = Lake(Settings.load(data_dir=data).lake_dir)
    return lake, ActionBook(lake.root)


def _unresolved(
    lake: Lake, book: ActionBook, instrument: str, timeframe: str
) -> dict[str, list[SplitSuspect]]:
    from fairlead.kernel.timeframe import parse_timeframe
    from fairlead.market.action_book import suspects_of
    from fairlead.market.actions import unresolved

    wanted = parse_timeframe(timeframe)
    names = [instrument] if instrument else [
        key.instrument for key in lake.series() if key.timeframe == wanted
    ]  # fmt: skip
    known = book.all()
    found = {}
    for name in names:
        actions = [action for action in known if action.instrument == name]
        open_ones = unresolved(suspects_of(lake, name, wanted), actions)
        if open_ones:
            found[name] = open_ones
    return found


def _ratio_of(lake: Lake, instrument: str, timeframe: str, day: str) -> Fraction:
    from fairlead.infra.errors import InvalidInput
    from fairlead.market.action_book import suspects_of

    for suspect in suspects_of(lake, instrument, timeframe):
        if suspect.day == day and suspect.ratio is not None:
            return suspect.ratio
    raise InvalidInput(
        f"No simple ratio was found for {instrument} on {day}.",
        action="Give it: --ratio 1:5 for one share that became five.",
    )


def _keep(book: ActionBook, actions: list[Action], json: bool) -> None:
    book.put(actions)
    if json:
        typer.echo(json_format.dumps([each.to_json() for each in actions]))
        return
    for each in actions:
        typer.echo(_shown(each))
    typer.echo(f"{len(actions)} kept.")


def _shown(action: Action) -> str:
    from fairlead.market.actions import ActionStatus, ratio_text

    what = "no split" if action.status is ActionStatus.REJECTED else ratio_text(action.ratio)
    note = f"  {action.note}" if action.note else ""
    return f"{action.instrument:<24} {action.day}  {what:<8} {action.source}{note}"


def _described(instrument: str, suspect: SplitSuspect) -> str:
    from fairlead.market.actions import ratio_text

    ratio = ratio_text(suspect.ratio) if suspect.ratio is not None else "?"
    return (
        f"{instrument:<24} {suspect.day}  opened at {suspect.jump:.3f} of the last close  "
        f"{ratio:<6} {suspect.why or 'clear'}"
    )
