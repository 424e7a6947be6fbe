"""What `fairlead prove` was given, read and put to the proof."""

import importlib.util
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fairlead.cli.research_inputs import parse_settings
from fairlead.infra.errors import InvalidInput, NotFound
from fairlead.infra.settings import Settings
from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import Timeframe, parse_timeframe
from fairlead.market.files import read_bars
from fairlead.market.instruments import Instrument, default_instrument
from fairlead.market.lake import Lake
from fairlead.research.proof.model import Proof
from fairlead.research.proof.prove import prove_callable, prove_version, warm_up_of_version
from fairlead.research.proof.synthetic import made_up_bars
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.source import load_definition

MADE_UP_BARS: Final = 3_000
MOST_MADE_UP_BARS: Final = 150_000
NEWEST_BARS: Final = 10_000
USUAL_TIMEFRAME: Final = "1h"
MODULE: Final = "strategy_under_proof"


@dataclass(frozen=True, slots=True)
class ProofInputs:
    """Hold the options of the command as they were typed."""

    definition: str
    bars: Path | None
    instrument: str | None
    timeframe: str | None
    parameters: tuple[str, ...]
    seed: int


def prove_inputs(inputs: ProofInputs) -> Proof:
    """Read what is to be proven and the bars, and prove it; raises a FairleadError."""
    if inputs.bars is not None and inputs.instrument is not None:
        raise InvalidInput(
            "--bars and --instrument cannot be given together.",
            expected="either --bars FILE, or --instrument KEY with --timeframe T",
        )
    chosen = parse_settings(inputs.parameters)
    if inputs.definition.endswith(".py"):
        _refuse_parameters(inputs)
        signals, warm_up = load_signals(Path(inputs.definition))
        bars, _ = _series(inputs, USUAL_TIMEFRAME, None)
        return prove_callable(signals, bars, inputs.seed, warm_up=warm_up)
    document = load_definition(inputs.definition)
    bars, instrument = _series(inputs, document.execution.timeframe, document)
    return prove_version(document, bars, inputs.seed, parameters=chosen, instrument=instrument)


def _refuse_parameters(inputs: ProofInputs) -> None:
    if inputs.parameters:
        raise InvalidInput(
            "--set belongs to a definition: a Python file has its parameters in itself.",
            found=", ".join(inputs.parameters),
            action="Change them in the file.",
            path="--set",
        )


def load_signals(path: Path) -> tuple[Callable[[Bars], object], int | None]:
    """Import a Python file and return its `signals`, and its `WARM_UP` where it names one.

    The file's folder is where its own imports are looked for. Raises `NotFound` or `InvalidInput`.
    """
    if not path.is_file():
        raise NotFound(
            f"There is no file {path}.",
            expected="a Python file with a function signals(bars)",
            found=str(path),
            path=str(path),
        )
    specification = importlib.util.spec_from_file_location(MODULE, path)
    if specification is None or specification.loader is None:
        raise InvalidInput(f"{path} is not a Python file.", path=str(path))
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(path.absolute().parent))
    sys.modules[MODULE] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise _broken(path, error) from error
    signals, warm_up = getattr(module, "signals", None), getattr(module, "WARM_UP", None)
    if not callable(signals):
        raise InvalidInput(
            f"{path} has no function signals.",
            expected="def signals(bars): ... that returns one decision for each bar",
            found=", ".join(name for name in vars(module) if not name.startswith("_")) or "nothing",
            action="Name the function signals.",
            path=str(path),
        )
    if warm_up is not None and (not isinstance(warm_up, int) or warm_up < 0):
        raise InvalidInput(
            f"WARM_UP in {path} is not a number of bars.",
            expected="a whole number from 0 on",
            found=repr(warm_up),
            path="WARM_UP",
        )
    return signals, warm_up


def _broken(path: Path, error: Exception) -> InvalidInput:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == path
    ]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    place = "" if line is None else f" in line {line}"
    return InvalidInput(
        f"{path} cannot be imported: {type(error).__name__}{place}: {error}.",
        expected="a Python file that can be imported",
        found=f"{type(error).__name__}: {error}",
        action="Mend the file, or install what it needs.",
        path=f"{path}:{line or 1}",
    )


def _series(
    inputs: ProofInputs, usual: str, document: RulesDocument | None
) -> tuple[Bars, Instrument | None]:
    timeframe = _timeframe(inputs.timeframe or usual)
    if inputs.bars is not None:
        asked = None if inputs.timeframe is None else timeframe
        return _newest(read_bars(inputs.bars, asked)[0], document), None
    if inputs.instrument is not None:
        instrument = default_instrument(inputs.instrument)
        bars = Lake(Settings.load().lake_dir).bars(instrument.key, timeframe)
        return _newest(bars, document), instrument
    wanted = max(MADE_UP_BARS, 3 * _declared(document, timeframe.ms))
    return made_up_bars(min(wanted, MOST_MADE_UP_BARS), timeframe.ms, inputs.seed), None


def _newest(bars: Bars, document: RulesDocument | None) -> Bars:
    wanted = max(NEWEST_BARS, 3 * _declared(document, bars.timeframe_ms))
    return bars.slice(max(len(bars) - wanted, 0), len(bars))


def _declared(document: RulesDocument | None, timeframe_ms: int) -> int:
    return 0 if document is None else warm_up_of_version(document, timeframe_ms, {}) or 0


def _timeframe(text: str) -> Timeframe:
    try:
        return parse_timeframe(text)
    except ValueError as error:
        raise InvalidInput(f"--timeframe: {error}.", found=text, path="--timeframe") from None
