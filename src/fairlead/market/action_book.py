"""What is known of splits, kept beside the bars of a lake, and bars as research takes them."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from fairlead.infra.errors import InternalDefect, InvalidInput
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.actions import (
    Action,
    ActionStatus,
    SplitSuspect,
    adjust,
    detect_splits,
    ratio_text,
    read_ratio,
    unresolved,
)
from fairlead.market.durable import file_lock, write_file
from fairlead.market.instruments import ALWAYS, parse_key
from fairlead.market.lake import Lake

_NAME = "actions.json"


class ActionBook:
    """The actions of a lake, by instrument and day; one file, replaced as a whole."""

    def __init__(self, root: Path) -> None:
        self._path = root / _NAME

    def all(self) -> tuple[Action, ...]:
        """Return every action, by instrument and day; raise InternalDefect for a damaged file."""
        try:
            content = json.loads(self._path.read_bytes())
            return tuple(action_of(entry) for entry in content["actions"])
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError, InvalidInput) as error:
            raise InternalDefect(
                f"{self._path} is damaged.",
                found=str(error)[:200],
                action="Restore it from a backup, or correct it by hand.",
                path=str(self._path),
            ) from error

    def of(self, instrument: str) -> tuple[Action, ...]:
        """Return the actions of one instrument, by day."""
        return tuple(action for action in self.all() if action.instrument == instrument)

    def put(self, actions: Iterable[Action]) -> None:
        """Keep `actions`; a later word on the same instrument and day replaces the earlier one."""
        with file_lock(self._path.with_name(".actions.lock")):
            known = {(action.instrument, action.day): action for action in self.all()}
            known.update({(action.instrument, action.day): action for action in actions})
            content = {"actions": [known[key].to_json() for key in sorted(known)]}
            write_file(self._path, json.dumps(content, indent=1).encode())


def action_of(entry: "dict[str, object]") -> Action:
    """Read one action as `Action.to_json` writes it; raise InvalidInput, KeyError, ValueError."""
    instrument, day = str(entry["instrument"]), str(entry["day"])
    parse_key(instrument)
    return Action(
        instrument=instrument,
        day=read_day(day),
        ratio=read_ratio(str(entry["ratio"])),
        status=ActionStatus(str(entry.get("status", "confirmed"))),
        source=str(entry.get("source", "")),
        note=str(entry.get("note", "")),
    )


def read_day(text: str) -> str:
    """Return a date as YYYY-MM-DD; raise InvalidInput for anything else."""
    try:
        day = str(np.datetime64(text, "D"))
    except ValueError:
        day = ""
    if day != text:
        raise InvalidInput(
            f"{text[:40]!r} is no date.", expected="YYYY-MM-DD", found=text[:40], path="day"
        )
    return day


def suspects_of(lake: Lake, instrument: str, timeframe: str | Timeframe) -> list[SplitSuspect]:
    """Return the suspects of a series; none at venues that never close, where shares never split.

    Raises NotFound when there is no such series.
    """
    calendar = lake.layout(instrument, timeframe).calendar
    bars = lake.bars(instrument, timeframe)
    return [] if calendar.name == ALWAYS else detect_splits(bars, calendar)


def research_bars(
    lake: Lake,
    instrument: str,
    timeframe: str | Timeframe,
    actions: Iterable[Action],
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> Bars:
    """Return the bars of a series, back-adjusted by its confirmed actions up to the last bar given.

    Actions behind the last bar are not applied, so a run does not know the future; the raw bars
    stay in the lake. Raises InvalidInput for a series with unresolved suspects, NotFound without
    bars.
    """
    calendar = lake.layout(instrument, timeframe).calendar
    bars = lake.bars(instrument, timeframe, start_ms, end_ms)
    if calendar.name == ALWAYS:
        return bars
    known = [action for action in actions if action.instrument == instrument]
    open_suspects = unresolved(detect_splits(bars, calendar), known)
    if open_suspects:
        raise InvalidInput(
            exclusion(instrument, open_suspects),
            found=open_suspects[0].why or "an unconfirmed split",
            action="Confirm or reject each; `fairlead data actions detect` lists them.",
        )
    return adjust(bars, _until(known, bars, calendar.local(bars.ts[-1:])), calendar)


def backtest_bars(
    lake: Lake, instrument: str, timeframe: str | Timeframe, until_ms: int | None = None
) -> tuple[Bars, tuple[str, ...]]:
    """Return the bars of a series that somebody named, and what to know about its splits.

    Confirmed splits up to `until_ms`, or the last bar, are adjusted for. Unlike a universe, a
    test of one named series goes on with open suspects, but says so.
    """
    calendar = lake.layout(instrument, timeframe).calendar
    bars = lake.bars(instrument, timeframe)
    if calendar.name == ALWAYS or not len(bars):
        return bars, ()
    last_ts = int(bars.ts[-1])
    until_ms = last_ts if until_ms is None else min(until_ms, last_ts)
    known = ActionBook(lake.root).of(instrument)
    due = _until(list(known), bars, calendar.local(np.array([until_ms], dtype=np.int64)))
    notes = [
        f"Prices before {action.day} are adjusted for the split {ratio_text(action.ratio)}."
        for action in due
        if action.status is ActionStatus.CONFIRMED
    ]
    suspects = unresolved(detect_splits(bars, calendar), known)
    open_suspects = [suspect for suspect in suspects if suspect.ts <= until_ms]
    if open_suspects:
        notes.append(exclusion(instrument, open_suspects))
    return adjust(bars, due, calendar), tuple(notes)


def exclusions(
    lake: Lake, instruments: Iterable[str], timeframe: str | Timeframe, actions: Iterable[Action]
) -> dict[str, str]:
    """Return why instruments are not for research: those with unresolved suspects, by name."""
    known: dict[str, list[Action]] = {}
    for action in actions:
        known.setdefault(action.instrument, []).append(action)
    found = {}
    for instrument in instruments:
        if not lake.has(instrument, timeframe):
            continue
        open_suspects = unresolved(
            suspects_of(lake, instrument, timeframe), known.get(instrument, ())
        )
        if open_suspects:
            found[instrument] = exclusion(instrument, open_suspects)
    return found


def exclusion(instrument: str, suspects: list[SplitSuspect]) -> str:
    """Return the sentence that names a series and what is unresolved in it."""
    days = ", ".join(suspect.day for suspect in suspects[:3])
    more = f" and {len(suspects) - 3} more" if len(suspects) > 3 else ""
    return f"{instrument} may have split on {days}{more}, and nobody has confirmed or rejected it."


def _until(
    actions: list[Action], bars: Bars, last_local: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> list[Action]:
    if not len(bars):
        return []
    last = str(last_local.astype("datetime64[ms]").astype("datetime64[D]")[0])
    return [action for action in actions if action.day <= last]
