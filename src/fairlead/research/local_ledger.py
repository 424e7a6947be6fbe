"""The ledger of trials of one machine: a file to which runs without a server add their lines."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from fairlead.infra.errors import InvalidInput
from fairlead.market.durable import append_file, file_lock
from fairlead.research.jsonable import dump_json
from fairlead.research.overfitting.chain import Line, check_chain, line_after, read_line
from fairlead.research.overfitting.trials import NO_TRIALS, TrialCount
from fairlead.research.runs import Trial

_TAIL_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LocalLedger:
    """Keep trials in a file of JSON lines, each bound to the one before by its hash.

    Any number of processes may add lines at the same time. What was acknowledged is on disk; a
    line that a crash cut short was not, and is cleared away by the next one. The chain shows
    changes and gaps; it cannot show that a whole file was thrown away.
    """

    path: Path

    def record(self, trial: Trial, at: datetime) -> Line:
        """Add a line and bring it to disk.

        Raises `InvalidInput` for a file that cannot be written or whose last line is damaged,
        `StorageFull` when there is no room, `Unavailable` when others keep it locked.
        """
        lock = self.path.with_name(f"{self.path.name}.lock")
        with _usable(self.path), file_lock(lock):
            end, last = _end(self.path) if self.path.exists() else (0, None)
            line = line_after(last, trial, at)
            append_file(self.path, end, dump_json(line.to_json()).encode() + b"\n")
        return line

    def lines(self) -> tuple[Line, ...]:
        """Return all lines, checked; none where there is no file.

        Raises `InvalidInput` naming the line that was changed, removed or put elsewhere.
        """
        with _usable(self.path):
            content = self.path.read_bytes() if self.path.exists() else b""
        texts = content[: content.rfind(b"\n") + 1].splitlines()
        found = tuple(_parsed(text, f"Line {at}") for at, text in enumerate(texts, start=1))
        check_chain(found)
        if found and found[0].number != 1:
            raise InvalidInput(
                "The first lines of the ledger are gone.",
                expected="line 1",
                found=f"line {found[0].number}",
                action="Restore it from a copy; trials that are gone stay unknown.",
                path=str(self.path),
            )
        return found

    def count(self, family: str, instrument: str) -> TrialCount:
        """Return what was tried of an idea on an instrument; not known when the file is damaged.

        An exact repeat (same version, sets and bars) counts among the trials and not among the
        effective ones.
        """
        try:
            lines = self.lines()
        except InvalidInput:
            return TrialCount(0, 0.0, 0.0, known=False)
        trials = [
            line.trial
            for line in lines
            if (line.trial.family, line.trial.instrument) == (family, instrument)
        ]
        return sum_of(trials)


def sum_of(trials: list[Trial]) -> TrialCount:
    """Return trials taken together; of exact repeats only the one that weighs most has weight."""
    heaviest: dict[tuple[object, ...], Trial] = {}
    for trial in trials:
        key = (
            trial.version_hash,
            trial.parameters_hash,
            trial.instrument,
            trial.timeframe,
            trial.first_ms,
            trial.last_ms,
        )
        if key not in heaviest or heaviest[key].effective < trial.effective:
            heaviest[key] = trial
    total = NO_TRIALS
    for each in heaviest.values():
        total = total.joined(
            TrialCount(0, each.effective, each.sharpe_variance, True, each.sharpe_mean)
        )
    return TrialCount(
        trials=sum(trial.sets for trial in trials),
        effective=total.effective,
        sharpe_variance=total.sharpe_variance,
        known=True,
        sharpe_mean=total.sharpe_mean,
    )


def _end(path: Path) -> tuple[int, Line | None]:
    """Return where the last whole line ends, and that line; what stands beyond was cut short."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        start = file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    whole = tail.rfind(b"\n") + 1
    if start > 0 and not whole:
        raise InvalidInput(
            f"{path} does not end in a line of the ledger.",
            expected="JSON lines",
            action="Restore it from a copy; trials that are gone stay unknown.",
            path=str(path),
        )
    if not whole:
        return 0, None
    return start + whole, _parsed(tail[:whole].splitlines()[-1], "The last line")


def _parsed(text: bytes, place: str) -> Line:
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    return read_line(data, place)


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidInput(
            f"The ledger of trials at {path} cannot be used: {error.strerror}.",
            expected="a file that can be read and written",
            action="Correct its permissions, or set FAIRLEAD_LEDGER to another place.",
            path=str(path),
        ) from error
