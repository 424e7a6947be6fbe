"""Several results side by side: their figures and curves in one shape, whatever made them."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.research.jsonable import Json, JsonObject
from fairlead.research.metrics import METRICS, is_better
from fairlead.research.thinning import kept_points

COMPARED_MIN, COMPARED_MAX = 2, 8
POINTS = 1_500
# the names under which results of different kinds hold their account's curve
CURVES = ("equity", "stitched_equity")


def comparable(result: Mapping[str, Json], name: str) -> JsonObject:
    """Return name, place, figures and thinned equity of a report or a walk-forward.

    Raises `InvalidInput` for what has no curve, such as a sweep.
    """
    curve = next((result[key] for key in CURVES if result.get(key)), None)
    metrics = result.get("metrics")
    if not isinstance(curve, Sequence) or not isinstance(metrics, Mapping):
        raise InvalidInput(
            f"{name} cannot be compared: it has no figures with an equity curve.",
            expected="a backtest, a walk-forward or a portfolio",
            action="Run a backtest of the set that is meant.",
        )
    points = cast("Sequence[tuple[int, float | None]]", curve)
    values = np.array([np.nan if value is None else value for _, value in points])
    kept = kept_points(np.nan_to_num(values), POINTS).tolist()
    return {
        "name": name,
        "instrument": result.get("instrument"),
        "timeframe": result.get("timeframe"),
        "metrics": metrics,
        "equity": [[points[at][0], points[at][1]] for at in kept],
    }


def name_of(result: Mapping[str, Json]) -> str:
    """Return what a result calls itself: its strategy and the parameters it ran with."""
    strategy = result.get("strategy")
    if not isinstance(strategy, Mapping):
        return str(result.get("name", "result"))
    parameters = strategy.get("parameters")
    words = (
        " ".join(f"{key} {value}" for key, value in parameters.items())
        if isinstance(parameters, Mapping)
        else ""
    )
    return f"{strategy.get('name')} {words}".strip()


def read_result(text: str, place: str) -> Mapping[str, Json]:
    """Read a result in JSON; raises `InvalidInput` that names the file."""
    try:
        result = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{place} is not JSON: {error}.", path=place) from error
    if not isinstance(result, dict):
        raise InvalidInput(f"{place} holds no report.", expected="a report in JSON", path=place)
    return result


def check_count(count: int) -> None:
    """Refuse to compare one result with nothing, or too many; raises `InvalidInput`."""
    if not COMPARED_MIN <= count <= COMPARED_MAX:
        raise InvalidInput(
            f"{count} results cannot be compared.",
            expected=f"{COMPARED_MIN} to {COMPARED_MAX}",
            found=str(count),
            path="id",
        )


def best_places(name: str, values: Sequence[float | None]) -> set[int]:
    """Return where the best values of a figure stand; nothing where all are equal."""
    best: float | None = None
    for value in values:
        if is_better(name, value, best):
            best = value
    places = {at for at, value in enumerate(values) if value == best and best is not None}
    return places if len(places) < len(values) else set()


def figure_names(results: Sequence[Mapping[str, Json]]) -> list[str]:
    """Return the figures that any of the results has, in the order of a report."""
    have = {name for result in results for name in cast("Mapping[str, Json]", result["metrics"])}
    return [name for name in METRICS if name in have]
