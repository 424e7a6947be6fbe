"""Read a cost model of one's own from JSON: dated terms, every key checked."""

import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

from fairlead.infra.errors import InvalidInput
from fairlead.market.charges.catalog import cost_model
from fairlead.market.charges.model import CostModel, CostTerms, DatedTerms

RATES = ("buy_rate", "sell_rate", "order_rate")
AMOUNTS = ("order_cap", "buy_flat", "sell_flat")
SHARES = ("half_spread", "funding")
HIGHEST_AMOUNT = Decimal(10**9)
ENTRIES_MAX = 200
FORM = (
    'an object with "name", "text" and "schedule", a list of objects with "from" (a date) and any '
    f"of {', '.join((*RATES, *AMOUNTS, *SHARES))}"
)


def find_costs(text: str) -> CostModel:
    """Return the model that a name or a file names; raises `InvalidInput`."""
    path = Path(text)
    if path.suffix.lower() != ".json":
        return cost_model(text)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(
            f"The cost model {text} cannot be read: {error.strerror}.", path="costs"
        ) from error
    except ValueError as error:
        raise InvalidInput(
            f"The cost model {text} is not JSON: {error}.", expected=FORM, path="costs"
        ) from error
    return read_costs(data, path.stem)


def read_costs(data: object, name: str = "own") -> CostModel:
    """Read a model; raises `InvalidInput` that names the place and what is expected there."""
    if not isinstance(data, Mapping):
        raise _wrong("costs", "The cost model is no object.", FORM, type(data).__name__)
    _refuse_unknown("costs", data, {"name", "text", "schedule"})
    schedule = data.get("schedule")
    if not isinstance(schedule, list) or not 0 < len(schedule) <= ENTRIES_MAX:
        raise _wrong("costs.schedule", "The schedule is no list of dated terms.", FORM, "")
    entries = tuple(_entry(f"costs.schedule[{at}]", entry) for at, entry in enumerate(schedule))
    if any(later.from_ms <= earlier.from_ms for earlier, later in pairwise(entries)):
        raise _wrong("costs.schedule", "The dates do not ascend.", "each date after the last", "")
    called = str(data.get("name", name))[:60]
    return CostModel(called, str(data.get("text", called))[:200], entries)


def _entry(place: str, data: object) -> DatedTerms:
    if not isinstance(data, Mapping):
        raise _wrong(place, "The entry is no object.", FORM, type(data).__name__)
    _refuse_unknown(place, data, {"from", *RATES, *AMOUNTS, *SHARES})
    values = {
        name: _value(f"{place}.{name}", name, data[name])
        for name in (*RATES, *AMOUNTS, *SHARES)
        if name in data
    }
    if values.get("order_rate") and "order_cap" not in values:
        raise _wrong(
            f"{place}.order_cap",
            "An order_rate needs an order_cap.",
            "the most that one order costs; without a cap the rate belongs to both sides",
            "",
        )
    return DatedTerms(_from_ms(f"{place}.from", data.get("from")), CostTerms(**values))


def _value(place: str, name: str, value: object) -> Decimal:
    number = Decimal("NaN")
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
    lowest = -1 if name == "funding" else 0
    highest = HIGHEST_AMOUNT if name in AMOUNTS else Decimal(1)
    if not (number.is_finite() and lowest <= number < highest):
        raise _wrong(
            place,
            f"{name} cannot be used.",
            f"an amount from 0 to below {HIGHEST_AMOUNT:,}"
            if name in AMOUNTS
            else f"a fraction from {lowest} to below 1, such as 0.001 for 0.1 %",
            str(value),
        )
    return number


def _from_ms(place: str, value: object) -> int:
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        raise _wrong(place, "The date cannot be read.", "as 2024-10-01", str(value)) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return round(moment.timestamp() * 1000)


def _refuse_unknown(place: str, data: Mapping[str, object], known: set[str]) -> None:
    for name in data:
        if name not in known:
            raise _wrong(f"{place}.{name}", f"{name!r} is not known here.", FORM, str(name))


def _wrong(path: str, message: str, expected: str, found: str) -> InvalidInput:
    return InvalidInput(message, expected=expected, found=found or None, path=path)
