"""Checks what the form of a definition cannot say: names, bounds, constraints, use."""

from collections.abc import Iterator
from difflib import get_close_matches

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.indicator import SOURCES, Indicator
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.strategies.faults import Fault, pointer
from fairlead.strategies.kinds.rules.check_conditions import condition_faults, timeframe_faults
from fairlead.strategies.kinds.rules.check_parameters import parameter_faults
from fairlead.strategies.kinds.rules.constraints import parse_constraint
from fairlead.strategies.kinds.rules.document import IndicatorUse, RulesDocument
from fairlead.strategies.kinds.rules.parameters import parameters_of
from fairlead.strategies.kinds.rules.references import bounds_of, open_fields
from fairlead.strategies.kinds.rules.values import minutes_of, reference_of
from fairlead.strategies.model import Parameter

_STOPS = ("stop_loss_pct", "trailing_stop_pct", "atr_stop_multiple", "atr_trail_multiple")


def check_document(document: RulesDocument) -> list[Fault]:
    """Return every fault of a definition whose form is right; none means that it can run."""
    faults = [*parameter_faults(document), *_indicator_faults(document)]
    if faults:
        return faults
    parameters = {each.name: each for each in parameters_of(document)}
    return [
        *condition_faults(document),
        *_constraint_faults(document, parameters),
        *_order_faults(document, parameters),
        *_window_faults(document),
        *_sizing_faults(document, parameters),
    ]


def unknown(path: str, what: str, name: str, known: list[str]) -> Fault:
    """Return the fault for a name that is not among the known ones."""
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Fault(path, "one of " + ", ".join(known), name, f"there is no {what} {name}{hint}")


def _indicator_faults(document: RulesDocument) -> Iterator[Fault]:
    base_ms = parse_timeframe(document.execution.timeframe).ms
    for name, use in document.indicators.items():
        path = pointer(("indicators", name))
        if name in SOURCES:
            expected = "a name that is no price: " + ", ".join(SOURCES)
            yield Fault(path, expected, name, f"{name} already names a series of the bars")
        indicator = INDICATORS.get(use.kind)
        if indicator is None:
            yield unknown(f"{path}/kind", "indicator", use.kind, sorted(INDICATORS))
            continue
        yield from _use_faults(path, use, indicator)
        if use.timeframe is not None:
            yield from timeframe_faults(f"{path}/timeframe", use.timeframe, base_ms)
    trend = document.filters.trend
    if trend.timeframe is not None:
        yield from timeframe_faults("/filters/trend/timeframe", trend.timeframe, base_ms)


def _use_faults(path: str, use: IndicatorUse, indicator: Indicator) -> Iterator[Fault]:
    if use.input is not None:
        choices = list(SOURCES) if indicator.selectable else [indicator.source]
        if use.input not in choices:
            yield unknown(f"{path}/input", f"input of {use.kind} called", use.input, choices)
    settings = {setting.name: setting for setting in indicator.parameters}
    for name, value in use.parameters.items():
        place = f"{path}/parameters/{name}"
        if name not in settings:
            yield unknown(place, f"parameter of {use.kind} called", name, sorted(settings))
        elif reference_of(value) is None and not bounds_of(settings[name]).fits(float(value)):
            expected = bounds_of(settings[name]).expected
            yield Fault(place, expected, str(value), f"expected {expected}, found {value}")


def _constraint_faults(
    document: RulesDocument, parameters: dict[str, Parameter]
) -> Iterator[Fault]:
    defaults = {name: parameter.default for name, parameter in parameters.items()}
    for place, text in enumerate(document.constraints):
        path = pointer(("constraints", place))
        try:
            constraint = parse_constraint(text)
        except ValueError as error:
            yield Fault(path, str(error), text, f"expected {error}, found {text!r}")
            continue
        strangers = [name for name in constraint.names if name not in parameters]
        for name in strangers:
            yield unknown(path, "parameter", name, sorted(parameters))
        if not strangers and not constraint.holds(defaults):
            found = ", ".join(f"{name} = {defaults[name]:g}" for name in constraint.names)
            yield Fault(path, text, found, f"the defaults break {text}: {found}")


def _order_faults(document: RulesDocument, parameters: dict[str, Parameter]) -> Iterator[Fault]:
    for name, use in document.indicators.items():
        values = indicator_values(use, parameters)
        for lower, upper in INDICATORS[use.kind].ascending:
            if values[lower] >= values[upper]:
                found = f"{lower} = {values[lower]:g}, {upper} = {values[upper]:g}"
                path = pointer(("indicators", name, "parameters"))
                expected = f"{lower} below {upper}"
                yield Fault(path, expected, found, f"expected {expected}, found {found}")


def indicator_values(use: IndicatorUse, parameters: dict[str, Parameter]) -> dict[str, float]:
    """Return an indicator's values with all parameters at their defaults."""
    values = {}
    for setting in INDICATORS[use.kind].parameters:
        value = use.parameters.get(setting.name, setting.default)
        reference = reference_of(value)
        values[setting.name] = float(value) if reference is None else parameters[reference].default
    return values


def _window_faults(document: RulesDocument) -> Iterator[Fault]:
    window = document.filters.session_window
    if window is None or reference_of(window.start) or reference_of(window.end):
        return
    if minutes_of(window.start) == minutes_of(window.end):
        expected = "two different times"
        yield Fault(
            "/filters/session_window", expected, window.start, "the window holds no time at all"
        )


def _sizing_faults(document: RulesDocument, parameters: dict[str, Parameter]) -> Iterator[Fault]:
    sizing, opened = document.sizing, open_fields(document)
    if sizing.mode != "risk":
        return
    if "size" in opened and float(sizing.size) > 1.0:
        expected = "a fraction of equity at risk, at most 1"
        yield Fault("/sizing/size", expected, f"{sizing.size}", f"expected {expected}")
    levels = document.levels
    stopped = any(parameters[name].default > 0.0 for name in _STOPS if name in opened)
    bound = any(name not in opened for name in _STOPS)
    if not stopped and not bound and levels.long_stop is None and levels.short_stop is None:
        expected = "a stop in /exits or /levels, because risk is measured to the stop"
        yield Fault("/sizing/mode", expected, "risk without a stop", f"expected {expected}")
