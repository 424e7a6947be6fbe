"""The form of a rules definition: what may stand where, before names are looked up."""

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
)
from pydantic_core import PydanticCustomError

from fairlead.kernel.program import MOST_BARS_BACK
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.kinds.rules.operands import LARGEST_CONSTANT, Operand
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.kinds.rules.values import (
    NAME_PATTERN,
    Bounded,
    Choice,
    Flag,
    Number,
    OneOf,
    TimeOfDay,
)

MOST_INDICATORS = 32
MOST_PARAMETERS = 32
MOST_PARTS = 32
MOST_INSTRUMENTS = 1_000

QUALITY_PRESETS = ("off", "relaxed", "balanced", "strict")
TREND_MODES = ("off", "sma", "ema")

Name = Annotated[str, StringConstraints(pattern=rf"^{NAME_PATTERN}$")]
Text = Annotated[str, StringConstraints(max_length=4_000)]
InstrumentKey = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}:[^\s:]{1,64}$")
]


def _read_timeframe(value: object) -> str:
    try:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError("neither text nor minutes")
        return str(parse_timeframe(value))
    except ValueError as error:
        expected = 'a timeframe from 1m to 31d such as 5, "5", "5m", "1h" or "1d"'
        raise PydanticCustomError("timeframe", "{expected}", {"expected": expected}) from error


TimeframeText = Annotated[
    str,
    BeforeValidator(_read_timeframe, json_schema_input_type=int | str),
]


Series = Annotated[str, Operand(only_series=True)]
Anything = Annotated[Number, Operand()]
BarCount = Annotated[Number, Bounded(1, MOST_BARS_BACK, whole=True)]


class Part(BaseModel):
    """Refuse unknown fields and silent conversions everywhere."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, populate_by_name=True, allow_inf_nan=False
    )


class Compare(Part):
    """Compare two series, or a series with a number, at the bar's close."""

    left: Anything
    op: Literal["gt", "ge", "lt", "le", "crosses_above", "crosses_below"]
    right: Anything
    within: BarCount = Field(1, description="True on any of the last so many bars.")


class Slope(Part):
    """Tell whether a series is above or below its own value some bars ago."""

    left: Series
    op: Literal["rising", "falling"]
    bars: BarCount = 1


class AllOf(Part):
    """Hold where every part holds."""

    all: Annotated[list["Condition"], Field(min_length=1, max_length=MOST_PARTS)]


class AnyOf(Part):
    """Hold where at least one part holds."""

    any: Annotated[list["Condition"], Field(min_length=1, max_length=MOST_PARTS)]


class Negation(Part):
    """Hold where the part does not."""

    part: "Condition" = Field(alias="not")


def _form_of(value: object) -> str | None:
    """Return which form of condition a value has by the word only that form has."""
    keys = value if isinstance(value, dict) else vars(value) if isinstance(value, Part) else None
    if keys is None:
        return None
    for word, form in (("all", "all"), ("any", "any"), ("not", "not"), ("part", "not")):
        if word in keys:
            return form
    return "slope" if keys.get("op") in ("rising", "falling") else "compare"


Condition = Annotated[
    Annotated[Compare, Tag("compare")]
    | Annotated[Slope, Tag("slope")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Negation, Tag("not")],
    Discriminator(
        _form_of,
        custom_error_type="condition",
        custom_error_message=(
            'a condition such as {"left": "fast", "op": "crosses_above", "right": "slow"}'
        ),
    ),
]
CONDITION_FORMS: dict[str, type[BaseModel]] = {
    "compare": Compare,
    "slope": Slope,
    "all": AllOf,
    "any": AnyOf,
    "not": Negation,
}

for _form in (AllOf, AnyOf, Negation):
    _form.model_rebuild()


class IndicatorUse(Part):
    """Name one indicator of the catalog with its parameters."""

    kind: str
    input: str | None = Field(None, description="Series it reads; its usual one without.")
    parameters: dict[Name, Annotated[Number, Bounded(-LARGEST_CONSTANT, LARGEST_CONSTANT)]] = {}
    timeframe: TimeframeText | None = Field(
        None, description="A longer timeframe, joined in once its bars have closed."
    )


class ParameterUse(Part):
    """Declare an axis that can be set and swept."""

    type: Literal["int", "float", "bool", "choice"]
    low: float | None = None
    high: float | None = None
    default: float | bool | str
    choices: list[Annotated[str, StringConstraints(max_length=40)]] = []
    description: Annotated[str, StringConstraints(max_length=400)] = ""


def _policy(name: str) -> Any:
    return POLICY_FIELDS[name].accepts


class Exits(Part):
    """Say when a position is left, besides by signal; fractions, 0 switches off."""

    stop_loss_pct: Annotated[Number, _policy("stop_loss_pct")] = 0.0
    take_profit_pct: Annotated[Number, _policy("take_profit_pct")] = 0.0
    trailing_stop_pct: Annotated[Number, _policy("trailing_stop_pct")] = 0.0
    atr_period: Annotated[Number, Bounded(2, 5_000, whole=True)] = 14
    atr_stop_multiple: Annotated[Number, _policy("atr_stop_multiple")] = 0.0
    atr_target_multiple: Annotated[Number, _policy("atr_target_multiple")] = 0.0
    atr_trail_multiple: Annotated[Number, _policy("atr_trail_multiple")] = 0.0
    break_even_pct: Annotated[Number, _policy("break_even_pct")] = 0.0
    time_stop_bars: Annotated[Number, _policy("time_stop_bars")] = 0
    session_exit: Annotated[Flag, _policy("session_exit")] = False


class Levels(Part):
    """Give absolute prices with an entry, read at the bar of the signal."""

    long_stop: Series | None = None
    long_target: Series | None = None
    short_stop: Series | None = None
    short_target: Series | None = None


class TrendFilter(Part):
    """Enter only on the side of the close's own long average."""

    mode: Annotated[Choice, OneOf(TREND_MODES)] = "off"
    window: Annotated[Number, Bounded(2, 5_000, whole=True)] = 200
    timeframe: TimeframeText | None = None


class SessionWindow(Part):
    """Enter only at bars that open from `from` to before `to`, on the venue's clock."""

    start: Annotated[str, TimeOfDay()] = Field(alias="from")
    end: Annotated[str, TimeOfDay()] = Field(alias="to")


class Filters(Part):
    """Refuse entries that conditions alone would take; exits are never filtered."""

    trend: TrendFilter = TrendFilter()
    entry_quality: Annotated[Choice, OneOf(QUALITY_PRESETS)] = "off"
    body_ratio: Annotated[Number, Bounded(0.0, 1.0)] = 0.0
    session_window: SessionWindow | None = None
    whitelist: Annotated[list[InstrumentKey], Field(max_length=MOST_INSTRUMENTS)] = []
    fee_gate_multiple: Annotated[Number, _policy("fee_gate_multiple")] = 0.0


class Sizing(Part):
    """Say how much an entry buys or sells."""

    mode: Annotated[Choice, _policy("sizing")] = "fraction"
    size: Annotated[Number, _policy("size")] = 1.0
    leverage: Annotated[Number, _policy("leverage")] = 1.0


class Limits(Part):
    """Bound what the book may do."""

    allow_long: Annotated[Flag, _policy("allow_long")] = True
    allow_short: Annotated[Flag, _policy("allow_short")] = True
    max_positions: Annotated[Number, _policy("max_positions")] = 1
    max_daily_loss: Annotated[Number, _policy("max_daily_loss")] = 0.0
    daily_loss_action: Annotated[Choice, _policy("daily_loss_action")] = "flatten"
    max_exposure: Annotated[Number, _policy("max_exposure")] = 0.0


class Execution(Part):
    """Say where the idea is meant to run; a run may choose otherwise."""

    instruments: Annotated[list[InstrumentKey], Field(max_length=MOST_INSTRUMENTS)] = []
    timeframe: TimeframeText = "1h"
    lookback: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class RulesDocument(Part):
    """A strategy as data.

    `name`, `description` and `tags` are for people and no part of what a version decides.
    """

    kind: Literal["rules"] = "rules"
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    description: Text = ""
    tags: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]],
        Field(max_length=12),
    ] = []
    execution: Execution = Execution()
    parameters: Annotated[dict[Name, ParameterUse], Field(max_length=MOST_PARAMETERS)] = {}
    constraints: Annotated[
        list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=MOST_PARTS)
    ] = []
    indicators: Annotated[dict[Name, IndicatorUse], Field(max_length=MOST_INDICATORS)] = {}
    entry_long: Condition | None = None
    entry_short: Condition | None = None
    exit_long: Condition | None = None
    exit_short: Condition | None = None
    levels: Levels = Levels()
    filters: Filters = Filters()
    exits: Exits = Exits()
    sizing: Sizing = Sizing()
    limits: Limits = Limits()
    cool_down_bars: Annotated[Number, _policy("cool_down_bars")] = 0
