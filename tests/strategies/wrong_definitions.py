"""Definitions that are wrong in one place each, with what has to be said about it."""

import math
from typing import Any

from tests.strategies.definitions import Definition, crossover

CROSS = {"left": "quick", "op": "crosses_above", "right": "steady"}


def with_indicator(use: Any) -> Definition:
    made = crossover()
    made["indicators"]["extra"] = use
    made["entry_long"] = {"all": [CROSS, {"left": "extra", "op": "gt", "right": 0}]}
    return made


def with_parameter(declared: Any, place: str = "$level") -> Definition:
    made = crossover()
    made["parameters"]["level"] = declared
    made["entry_long"] = {"all": [CROSS, {"left": "close", "op": "gt", "right": place}]}
    return made


NUMBER = {"type": "float", "low": 1, "high": 9, "default": 5}

# name -> (definition, path of the fault, a part of what was expected, a part of what was found)
WRONG: dict[str, tuple[Any, str, str, str]] = {
    "not an object": ([1], "", "object", "[1]"),
    "unknown section": (crossover(colour=1), "/colour", "exits", "colour"),
    "unknown field": (crossover(exits={"stop": 1}), "/exits/stop", "stop_loss_pct", "stop"),
    "no name": ({"entry_long": CROSS}, "/name", "name", "nothing"),
    "text for a number": (
        crossover(exits={"stop_loss_pct": "2%"}),
        "/exits/stop_loss_pct",
        "number",
        "2%",
    ),
    "true for a number": (
        crossover(exits={"time_stop_bars": True}),
        "/exits/time_stop_bars",
        "whole",
        "True",
    ),
    "out of range": (crossover(exits={"stop_loss_pct": 2}), "/exits/stop_loss_pct", "0.99", "2"),
    "NaN": (crossover(exits={"stop_loss_pct": math.nan}), "/exits/stop_loss_pct", "number", "nan"),
    "infinite": (
        crossover(exits={"take_profit_pct": math.inf}),
        "/exits/take_profit_pct",
        "number",
        "inf",
    ),
    "half a bar": (
        crossover(exits={"time_stop_bars": 1.5}),
        "/exits/time_stop_bars",
        "whole",
        "1.5",
    ),
    "unknown word": (crossover(sizing={"mode": "all"}), "/sizing/mode", "fraction", "all"),
    "number for a switch": (
        crossover(limits={"allow_short": 1}),
        "/limits/allow_short",
        "true",
        "1",
    ),
    "bad timeframe": (crossover(execution={"timeframe": "7x"}), "/execution/timeframe", "5m", "7x"),
    "bad instrument": (
        crossover(execution={"instruments": ["BTC"]}),
        "/execution/instruments/0",
        "binance:BTC-USDT",
        "BTC",
    ),
    "bad tag": (crossover(tags=["A b"]), "/tags/0", "lower-case", "A b"),
    "bad clock": (
        crossover(filters={"session_window": {"from": "9:30", "to": "15:00"}}),
        "/filters/session_window/from",
        "09:30",
        "9:30",
    ),
    "empty window": (
        crossover(filters={"session_window": {"from": "09:30", "to": "09:30"}}),
        "/filters/session_window",
        "different",
        "09:30",
    ),
    "bad condition": (crossover(entry_long=[1]), "/entry_long", "crosses_above", "[1]"),
    "bad operator": (
        crossover(entry_long={**CROSS, "op": ">"}),
        "/entry_long/op",
        "crosses_above",
        ">",
    ),
    "missing side": (
        crossover(entry_long={"left": "quick", "op": "gt"}),
        "/entry_long/right",
        "right",
        "nothing",
    ),
    "empty list": (crossover(entry_long={"all": []}), "/entry_long/all", "at least 1", "[]"),
    "deep inside": (
        crossover(entry_long={"any": [{"not": {"all": [{**CROSS, "left": "Q"}]}}]}),
        "/entry_long/any/0/not/all/0/left",
        "series",
        "Q",
    ),
    "unknown series": (
        crossover(entry_long={**CROSS, "left": "quik"}),
        "/entry_long/left",
        "quick",
        "quik",
    ),
    "unknown output": (
        crossover(entry_long={**CROSS, "left": "quick.upper"}),
        "/entry_long/left",
        "value",
        "upper",
    ),
    "output of a price": (
        crossover(entry_long={**CROSS, "left": "close.upper"}),
        "/entry_long/left",
        "close",
        "upper",
    ),
    "two numbers": (
        crossover(entry_long={"left": 1, "op": "gt", "right": 2}),
        "/entry_long",
        "series",
        "1",
    ),
    "with itself": (
        crossover(entry_long={"left": "quick", "op": "gt", "right": "quick"}),
        "/entry_long",
        "different",
        "quick",
    ),
    "too far back": (
        crossover(entry_long={**CROSS, "left": "quick[9999]"}),
        "/entry_long/left",
        "5000",
        "9999",
    ),
    "nothing to enter": (
        crossover(entry_long=None, entry_short=None, indicators={}, parameters={}, constraints=[]),
        "/entry_long",
        "entry_short",
        "nothing",
    ),
    "unknown indicator": (
        with_indicator({"kind": "smaa"}),
        "/indicators/extra/kind",
        "sma",
        "smaa",
    ),
    "unknown setting": (
        with_indicator({"kind": "sma", "parameters": {"length": 5}}),
        "/indicators/extra/parameters/length",
        "window",
        "length",
    ),
    "setting out of bounds": (
        with_indicator({"kind": "sma", "parameters": {"window": 0}}),
        "/indicators/extra/parameters/window",
        "1 to 5000",
        "0",
    ),
    "input not to be chosen": (
        with_indicator({"kind": "atr", "input": "open"}),
        "/indicators/extra/input",
        "close",
        "open",
    ),
    "fast not below slow": (
        with_indicator({"kind": "macd", "parameters": {"fast": 30}}),
        "/indicators/extra/parameters",
        "fast below slow",
        "30",
    ),
    "shorter timeframe": (
        with_indicator({"kind": "sma", "timeframe": "30m"}),
        "/indicators/extra/timeframe",
        "multiple",
        "30m",
    ),
    "no multiple": (
        with_indicator({"kind": "sma", "timeframe": "90m"}),
        "/indicators/extra/timeframe",
        "multiple",
        "90m",
    ),
    "name of a price": (
        crossover(indicators={**crossover()["indicators"], "close": {"kind": "sma"}}),
        "/indicators/close",
        "no price",
        "close",
    ),
    "unused indicator": (
        crossover(indicators={**crossover()["indicators"], "spare": {"kind": "sma"}}),
        "/indicators/spare",
        "condition",
        "none",
    ),
    "undeclared parameter": (
        crossover(exits={"stop_loss_pct": "$stop"}),
        "/exits/stop_loss_pct",
        "declared",
        "$stop",
    ),
    "unused parameter": (
        crossover(parameters={**crossover()["parameters"], "spare": NUMBER}),
        "/parameters/spare",
        "$spare",
        "none",
    ),
    "parameter without bounds": (
        with_parameter({"type": "float", "high": 1, "default": 1}),
        "/parameters/level/low",
        "number",
        "nothing",
    ),
    "default out of bounds": (
        with_parameter({**NUMBER, "default": 10}),
        "/parameters/level/default",
        "1 to 9",
        "10",
    ),
    "bounds upside down": (
        with_parameter({**NUMBER, "low": 9, "high": 1}),
        "/parameters/level/low",
        "low at most high",
        "9",
    ),
    "half an int": (
        with_parameter({**NUMBER, "type": "int", "default": 1.5}),
        "/parameters/level/default",
        "whole",
        "1.5",
    ),
    "choice without words": (
        with_parameter({"type": "choice", "default": "a"}),
        "/parameters/level/choices",
        "words",
        "[]",
    ),
    "choice as a number": (
        with_parameter({"type": "choice", "choices": ["a"], "default": "a"}),
        "/entry_long/all/1/right",
        "int or float",
        "choice",
    ),
    "parameter wider than its place": (
        crossover(
            parameters={**crossover()["parameters"], "stop": {**NUMBER}},
            exits={"stop_loss_pct": "$stop"},
        ),
        "/exits/stop_loss_pct",
        "0 to 0.99",
        "1 to 9",
    ),
    "policy name elsewhere": (
        crossover(
            parameters={**crossover()["parameters"], "size": NUMBER},
            entry_long={"all": [CROSS, {"left": "close", "op": "gt", "right": "$size"}]},
        ),
        "/parameters/size",
        "/sizing/size",
        "size",
    ),
    "constraint without sense": (
        crossover(constraints=["fast is small"]),
        "/constraints/0",
        "fast < slow",
        "fast is small",
    ),
    "constraint on a stranger": (
        crossover(constraints=["fast < slwo"]),
        "/constraints/0",
        "slow",
        "slwo",
    ),
    "defaults against a constraint": (
        crossover(constraints=["slow < fast"]),
        "/constraints/0",
        "slow < fast",
        "fast = 5",
    ),
    "risk without a stop": (
        crossover(exits={}, sizing={"mode": "risk", "size": 0.01}),
        "/sizing/mode",
        "stop",
        "risk",
    ),
    "risk above everything": (
        crossover(sizing={"mode": "risk", "size": 2}),
        "/sizing/size",
        "at most 1",
        "2",
    ),
    "wrong kind": (crossover(kind="python"), "/kind", "rules", "python"),
}
