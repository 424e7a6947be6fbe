"""The ledger and the holdouts of one machine, for AutoBuilds without a server."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from fairlead.infra.clock import Clock
from fairlead.infra.errors import InternalDefect
from fairlead.market.durable import append_file, file_lock
from fairlead.research.autobuild.ledger_lines import (
    idea_of_family,
    idea_of_template,
    ledger_line,
)
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.autobuild.trials import TrialRecord, Tried
from fairlead.research.jsonable import dump_json
from fairlead.research.local_ledger import LocalLedger, sum_of
from fairlead.research.runs import Trial

HOLDOUTS = "holdouts.jsonl"


@dataclass(slots=True)
class FileLedger:
    """Count and keep trials in the ledger of this machine.

    The first `before` lines are those that were there when the AutoBuild began: they are what it
    is judged by, also after it was resumed. A line that stands behind them is not written twice.
    """

    ledger: LocalLedger
    constraints: Constraints
    clock: Clock
    before: int
    _old: list[Trial] = field(init=False)
    _new: set[Trial] = field(init=False)

    def __post_init__(self) -> None:
        """Read the file once."""
        trials = [line.trial for line in self.ledger.lines()]
        self._old, self._new = trials[: self.before], set(trials[self.before :])

    def count(self, families: tuple[str, ...], instrument: str) -> Tried:
        """Return what was tried on an instrument before this AutoBuild."""
        ideas = {idea_of_family(family) for family in families}
        found = [
            trial for trial in self._old if trial.instrument == instrument and trial.family in ideas
        ]
        total = sum_of(found)
        return Tried(total.trials, total.effective, total.known)

    def record(self, trials: tuple[TrialRecord, ...]) -> None:
        """Add the lines of one instrument that are not there yet."""
        for record in trials:
            line = ledger_line(record, self.constraints)
            line = replace(line, family=idea_of_template(record.template))
            if line not in self._new:
                self.ledger.record(line, self.clock.now())
                self._new.add(line)


@dataclass(frozen=True, slots=True)
class _Opened:
    instrument: str
    timeframe: str
    start_ms: int
    end_ms: int
    run: str
    at: str


@dataclass(frozen=True, slots=True)
class FileHoldouts:
    """Remember which holdouts were opened on this machine, and for which AutoBuild."""

    path: Path
    run_id: str
    clock: Clock

    def open(self, instrument: str, timeframe: str, start_ms: int, end_ms: int) -> bool:
        """Return whether this AutoBuild may look: False when another one saw any of the range."""
        with file_lock(self.path.with_name(f"{self.path.name}.lock")):
            content = self.path.read_bytes() if self.path.exists() else b""
            whole = content[: content.rfind(b"\n") + 1]
            for seen in self._parsed(whole.splitlines()):
                shared = seen.start_ms < end_ms and start_ms < seen.end_ms
                if seen.instrument == instrument and shared:
                    return seen.run == self.run_id
            at = self.clock.now().isoformat()
            opened = _Opened(instrument, timeframe, start_ms, end_ms, self.run_id, at)
            append_file(self.path, len(whole), dump_json(asdict(opened)).encode() + b"\n")
        return True

    def _parsed(self, lines: Sequence[bytes]) -> list[_Opened]:
        try:
            return [_Opened(**json.loads(line)) for line in lines]
        except (ValueError, TypeError) as error:
            raise InternalDefect(
                f"{self.path} is damaged.", action="Restore it from a copy; what was seen is seen."
            ) from error
