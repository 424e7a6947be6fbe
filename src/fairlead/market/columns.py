"""Find the columns of candles in a header, whatever the file calls them."""

from dataclasses import dataclass

from fairlead.infra.errors import InvalidInput

TIME_NAMES = ("ts", "timestamp", "open_time", "opentime", "datetime", "date_time", "unix")
WEAK_TIME_NAMES = ("date", "time", "gmt_time", "utc_time", "start_time", "start", "day")
_NAMES: dict[str, tuple[str, ...]] = {
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
    "volume": ("volume", "vol", "v", "volume_base", "base_volume", "tick_volume", "tickvol"),
}
PRICES = ("open", "high", "low", "close")
_OPTION_MARKS = {"strike", "strike_price", "expiry", "expiration", "expiry_date", "option_type"}
_OPTION_SIDES = {"right", "type", "cp_flag", "iv", "delta", "call_put"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Positions of the columns in the file; `clock` is a second column that completes the date.

    `volume` is -1 when the file has none, `clock` -1 when one column holds the whole time.
    """

    time: int
    clock: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    notes: tuple[str, ...]

    def used(self) -> dict[str, int]:
        """Return role -> position of the columns that are there."""
        roles = ("time", "clock", *PRICES, "volume")
        found = (self.time, self.clock, self.open, self.high, self.low, self.close, self.volume)
        return {role: at for role, at in zip(roles, found, strict=True) if at >= 0}


def normalise(name: str) -> str:
    """Return a header's name in lower case without decoration: `<Open>` is `open`."""
    return name.strip().strip("\ufeff<>\"'").strip().lower().replace(" ", "_").replace("-", "_")


def find_columns(header: list[str]) -> Columns:
    """Return where time, prices and volume stand in `header`.

    Raises InvalidInput for option quotes, for a missing or doubled column.
    """
    names = [normalise(name) for name in header]
    _refuse_options(names)
    places = {role: _find(names, role, aliases) for role, aliases in _NAMES.items()}
    missing = [role for role in PRICES if places[role] < 0]
    time, clock = _find_time(names)
    if time < 0:
        missing.insert(0, "ts")
    if missing:
        raise InvalidInput(
            f"The file has no column for {', '.join(missing)}.",
            expected="a header with ts (or timestamp, date, time), open, high, low, close, volume",
            found=", ".join(header)[:200] or "an empty header",
            action="Rename the columns; a file without a header needs one as its first line.",
        )
    return Columns(
        time=time,
        clock=clock,
        open=places["open"],
        high=places["high"],
        low=places["low"],
        close=places["close"],
        volume=_find_volume(names, places["volume"]),
        notes=_notes(names, time, clock, places["volume"]),
    )


def looks_like_header(header: list[str]) -> bool:
    """Tell whether a line could be the header: it names at least a close and a high."""
    names = {normalise(name) for name in header}
    return all(names & set(_NAMES[role]) for role in ("high", "close")) or bool(
        names & _OPTION_MARKS and len(names) > 3
    )


def _refuse_options(names: list[str]) -> None:
    marks = [name for name in names if name in _OPTION_MARKS]
    sides = [name for name in names if name in _OPTION_SIDES]
    if not marks or len(marks) + len(sides) < 2:
        return
    raise InvalidInput(
        "This file holds option quotes: options data is not candles.",
        expected="one bar for each time, with open, high, low, close and volume",
        found=f"columns {', '.join(marks + sides)}",
        action="Import the candles of the underlying instead.",
    )


def _find(names: list[str], role: str, aliases: tuple[str, ...]) -> int:
    places = [index for index, name in enumerate(names) if name in aliases]
    exact = [index for index in places if names[index] == role]
    if len(exact) == 1:
        return exact[0]
    if len(places) > 1:
        raise InvalidInput(
            f"Several columns could be {role}.",
            expected=f"one column for {role}",
            found=", ".join(names[index] for index in places),
            action="Rename or remove the ones that are not meant.",
        )
    return places[0] if places else -1


def _find_time(names: list[str]) -> tuple[int, int]:
    for name in TIME_NAMES:
        if names.count(name) > 1:
            raise InvalidInput(
                f"The file has the column {name} twice.",
                expected="one column for the time",
                action="Rename or remove the one that is not meant.",
            )
        if name in names:
            return names.index(name), -1
    if "date" in names and "time" in names:
        return names.index("date"), names.index("time")
    for name in WEAK_TIME_NAMES:
        if name in names:
            return names.index(name), -1
    return -1, -1


def _find_volume(names: list[str], place: int) -> int:
    named = [name for name in names if name.startswith("volume") or name.endswith("volume")]
    if place < 0 and len(named) > 1:
        raise InvalidInput(
            "Several columns could be the volume.",
            expected="one column for the volume, in units of the instrument",
            found=", ".join(named),
            action="Rename the right one to volume.",
        )
    return names.index(named[0]) if place < 0 and named else place


def _notes(names: list[str], time: int, clock: int, volume: int) -> tuple[str, ...]:
    notes = []
    if clock >= 0:
        notes.append("The time is put together from the columns date and time.")
    others = [
        name
        for index, name in enumerate(names)
        if name in (*TIME_NAMES, *WEAK_TIME_NAMES) and index not in (time, clock)
    ]
    if others:
        notes.append(f"The time is read from {names[time]}; {', '.join(others)} is not used.")
    if volume < 0 and not any("volume" in name for name in names):
        notes.append("The file has no volume: it is 0 in every bar.")
    if "adj_close" in names or "adjclose" in names:
        notes.append("Prices are taken as traded; adj close is not used.")
    return tuple(notes)
