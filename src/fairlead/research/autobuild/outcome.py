"""What became of one instrument, as it is kept, shown and put into a portfolio."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, cast

from fairlead.research.autobuild.steps import ErrorKind
from fairlead.research.autobuild.trials import TrialRecord
from fairlead.research.jsonable import Json, JsonObject
from fairlead.strategies.model import Setting


@dataclass(frozen=True, slots=True)
class Gate:
    """One question to the evidence; `passed` is True where it was switched off, too."""

    name: str
    label: str
    value: float | None
    threshold: float
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class WindowOutcome:
    """What was chosen on a fit range, and what it earned on its test range, run exactly."""

    fit_from: int
    fit_to: int
    test_from: int
    test_to: int
    template: str
    parameters: Mapping[str, Setting]
    fit_sharpe: float | None
    test_return: float | None
    test_sharpe: float | None
    trades: int


@dataclass(frozen=True, slots=True)
class SetOutcome:
    """One parameter set over the whole range before the holdout."""

    template: str
    parameters: Mapping[str, Setting]
    sharpe: float | None
    total_return: float
    max_drawdown: float
    trades: int


@dataclass(frozen=True, slots=True)
class Surface:
    """Sharpe ratios over two axes of the chosen template, the others as chosen; rows are y."""

    x: str
    y: str
    x_values: tuple[Setting, ...]
    y_values: tuple[Setting, ...]
    values: tuple[tuple[float | None, ...], ...]
    metric: str = "sharpe"


@dataclass(frozen=True, slots=True)
class Holdout:
    """The range at the end on which nothing was chosen; the result is None while it is closed."""

    start_ms: int
    end_ms: int
    total_return: float | None
    sharpe: float | None
    trades: int


@dataclass(frozen=True, slots=True)
class InstrumentOutcome:
    """Hold the evidence of one instrument; equal inputs give equal outcomes, seconds aside.

    Sharpe ratios are annual. `sharpe_in`, `deflated_sharpe`, `plateau` and `max_drawdown` belong
    to the chosen set over the range before the holdout, `sharpe_out`, `return_out`, `trades`,
    `days`, `returns` and `equity` to the stitched tests. `days` are session days since 1970,
    `returns` exact daily returns; `equity` is thinned. `effective` are the different trials of
    this run, `trials_before` those of the ledger.
    """

    instrument: str
    timeframe: str
    accepted: bool
    gates: tuple[Gate, ...]
    template: str
    parameters: Mapping[str, Setting]
    sharpe_in: float | None
    sharpe_out: float | None
    return_out: float | None
    significance: float | None
    deflated_sharpe: float | None
    pbo: float | None
    plateau: float | None
    consistency: float | None
    max_drawdown: float | None
    trades: int
    sets: int
    bars: int
    days_per_year: int
    first_ms: int
    last_ms: int
    trials_before: float
    effective: float
    holdout: Holdout | None
    windows: tuple[WindowOutcome, ...]
    best_sets: tuple[SetOutcome, ...]
    surface: Surface | None
    days: tuple[int, ...]
    returns: tuple[float, ...]
    equity: tuple[tuple[int, float], ...]
    trade_returns: tuple[float, ...]
    tried: tuple[TrialRecord, ...]
    seconds: float = field(default=0.0, compare=False)

    def to_json(self) -> JsonObject:
        """Return everything as plain JSON, which `outcome_of` reads back exactly."""
        return cast("JsonObject", asdict(self))

    @staticmethod
    def of_json(data: Mapping[str, Json]) -> "InstrumentOutcome":
        """Read what `to_json` wrote; the data is our own, so it is not checked again."""
        return outcome_of(data)

    def summary(self) -> JsonObject:
        """Return the line of a leaderboard: no curves, no windows, no sets."""
        left_out = {
            "windows", "best_sets", "surface", "days", "returns", "equity", "trade_returns",
            "tried", "significance", "consistency",
        }  # fmt: skip
        whole = self.to_json()
        return {name: value for name, value in whole.items() if name not in left_out}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an instrument was left out, and what the user can do."""

    instrument: str
    error_kind: ErrorKind
    message: str
    action: str


def outcome_of(data: Mapping[str, Json]) -> InstrumentOutcome:
    """Build an outcome from its JSON."""
    values: dict[str, object] = {each.name: data[each.name] for each in fields(InstrumentOutcome)}
    values["gates"] = tuple(Gate(**part) for part in _parts(data["gates"]))
    values["windows"] = tuple(WindowOutcome(**part) for part in _parts(data["windows"]))
    values["best_sets"] = tuple(SetOutcome(**part) for part in _parts(data["best_sets"]))
    values["tried"] = tuple(TrialRecord(**part) for part in _parts(data["tried"]))
    values["holdout"] = None if data["holdout"] is None else Holdout(**_part(data["holdout"]))
    values["surface"] = None if data["surface"] is None else _surface(_part(data["surface"]))
    for name in ("days", "returns", "trade_returns"):
        values[name] = tuple(cast("list[float]", data[name]))
    values["equity"] = tuple(tuple(point) for point in cast("list[list[float]]", data["equity"]))
    return InstrumentOutcome(**values)  # type: ignore[arg-type]  # our own JSON, field by field


def _surface(part: dict[str, Any]) -> Surface:
    values = cast("list[list[float | None]]", part["values"])
    return Surface(
        x=str(part["x"]),
        y=str(part["y"]),
        x_values=tuple(cast("list[Setting]", part["x_values"])),
        y_values=tuple(cast("list[Setting]", part["y_values"])),
        values=tuple(tuple(row) for row in values),
        metric=str(part["metric"]),
    )


def _parts(data: Json) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", data)


def _part(data: Json) -> dict[str, Any]:
    return cast("dict[str, Any]", data)
