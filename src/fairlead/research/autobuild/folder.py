"""AutoBuilds without a server: each has a folder below the data folder, and can be resumed."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from fairlead.infra.errors import Conflict, InternalDefect, InvalidInput, NotFound
from fairlead.market.durable import full_disk_as_error, try_file_lock, write_file
from fairlead.research.autobuild.checkpoints import checkpoint_of, outcome_of_checkpoint
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.autobuild.record import Standing
from fairlead.research.jsonable import JsonObject, dump_json
from fairlead.research.packed import Packed, pack, unpack

FOLDER = "autobuilds"
_CHECKSUM = 32
_SUFFIX = ".outcome"

FolderStatus = Literal["running", "stopped", "done", "failed"]


@dataclass(frozen=True, slots=True)
class FolderRun:
    """Hold what a folder says of its AutoBuild; `ledger_lines` were there when it began.

    `status` is `running` while a process holds it, and `stopped` when none does: then the same
    command goes on with it.
    """

    run_id: str
    name: str
    constraints: JsonObject
    as_of_ms: int
    ledger_lines: int
    status: FolderStatus
    error: str | None
    standing: Standing

    def to_json(self) -> JsonObject:
        """Return it as plain JSON."""
        standing = self.standing
        return {
            "id": self.run_id,
            "name": self.name,
            "status": self.status,
            "error": self.error,
            "instruments_done": standing.instruments_done,
            "accepted": standing.accepted,
            "sets_tested": standing.sets_tested,
            "as_of_ms": self.as_of_ms,
            "constraints": self.constraints,
        }


class RunFolder:
    """The files of one AutoBuild; every file is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run_id = path.name

    def read(self) -> FolderRun:
        """Return what the folder says; raises `NotFound`, `InternalDefect` for a damaged file."""
        try:
            head = json.loads((self.path / "run.json").read_bytes())
            ended = json.loads(self._read("ended.json") or b"{}")
        except FileNotFoundError:
            raise NotFound(
                f"There is no AutoBuild {self.run_id} in {self.path.parent}.",
                action="`fairlead autobuild status` lists those there are.",
            ) from None
        except ValueError as error:
            raise _damaged(self.path / "run.json") from error
        held = "running" if self._is_held() else "stopped"
        return FolderRun(
            run_id=self.run_id,
            name=head["name"],
            constraints=head["constraints"],
            as_of_ms=head["as_of_ms"],
            ledger_lines=head["ledger_lines"],
            status=ended.get("status", held),
            error=ended.get("error"),
            standing=self._standing(),
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no other process work on it meanwhile; raises `Conflict` when one does.

        That it failed or was cancelled before is forgotten.
        """
        with full_disk_as_error(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = try_file_lock(self.path / "lock")
        if lock is None:
            raise Conflict(
                f"AutoBuild {self.run_id} is being worked on by another process.",
                action="Wait for it, or stop it: fairlead autobuild cancel " + self.run_id,
            )
        try:
            for name in ("cancel", "ended.json"):
                (self.path / name).unlink(missing_ok=True)
            yield
        finally:
            os.close(lock)

    def begin(self, name: str, constraints: JsonObject, as_of_ms: int, ledger_lines: int) -> None:
        """Write what is asked for, once."""
        head: JsonObject = {
            "name": name,
            "constraints": constraints,
            "as_of_ms": as_of_ms,
            "ledger_lines": ledger_lines,
        }
        write_file(self.path / "run.json", dump_json(head, indent=1).encode())

    def end(self, status: FolderStatus, error: str | None, findings: JsonObject | None) -> None:
        """Write how it ended; the findings first, so that a run that is done has them."""
        if findings is not None:
            write_file(self.path / "findings.json", dump_json(findings).encode())
        ended: JsonObject = {"status": status, "error": error}
        write_file(self.path / "ended.json", dump_json(ended).encode())

    def cancel(self) -> None:
        """Ask the process that works on it to stop; raises `Conflict` when none does."""
        run = self.read()
        if run.status != "running":
            raise Conflict(f"AutoBuild {self.run_id} is not running: it is {run.status}.")
        write_file(self.path / "cancel", b"")

    @property
    def is_cancelled(self) -> bool:
        """Tell whether somebody asked it to stop."""
        return (self.path / "cancel").exists()

    def load(self) -> dict[str, InstrumentOutcome]:
        """Return the outcomes that are kept, by instrument; raises for a damaged one."""
        found = {}
        for path in sorted((self.path / "outcomes").glob(f"*{_SUFFIX}")):
            content = path.read_bytes()
            packed = Packed(content[_CHECKSUM:], content[:_CHECKSUM])
            outcome = outcome_of_checkpoint(unpack(packed, f"outcome {path}"))
            found[outcome.instrument] = outcome
        return found

    def save(self, outcome: InstrumentOutcome) -> None:
        """Keep one outcome; raises `StorageFull` when there is no room."""
        checkpoint = checkpoint_of(outcome)
        packed = pack(checkpoint.outcome)
        name = quote(outcome.instrument, safe="") + _SUFFIX
        write_file(self.path / "outcomes" / name, packed.checksum + packed.compressed)

    def _standing(self) -> Standing:
        kept = self.load().values()
        return Standing(
            instruments_done=len(kept),
            accepted=sum(each.accepted for each in kept),
            sets_tested=sum(each.sets for each in kept),
        )

    def _is_held(self) -> bool:
        lock = try_file_lock(self.path / "lock")
        if lock is None:
            return True
        os.close(lock)
        return False

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None


def open_run(
    data_dir: Path, name: str, constraints: JsonObject, now_ms: int, ledger_lines: int
) -> RunFolder:
    """Return the folder of an unfinished AutoBuild under equal constraints, or of a new one."""
    mark = hashlib.sha256(dump_json(constraints).encode()).hexdigest()[:8]
    for folder in list_runs(data_dir):
        if folder.run_id.endswith(mark) and folder.read().status != "done":
            return folder
    folder = RunFolder(data_dir / FOLDER / f"{now_ms}-{mark}")
    folder.begin(name, constraints, now_ms, ledger_lines)
    return folder


def find_run(data_dir: Path, run_id: str | None) -> RunFolder:
    """Return the AutoBuild of that id, or the newest; raises `NotFound`."""
    if run_id is not None:
        if quote(run_id, safe="") != run_id:
            raise InvalidInput(f"{run_id[:80]!r} is not the id of an AutoBuild.", path="id")
        folder = RunFolder(data_dir / FOLDER / run_id)
        folder.read()
        return folder
    newest = next(iter(list_runs(data_dir)), None)
    if newest is None:
        raise NotFound(
            f"There are no AutoBuilds in {data_dir}.",
            action="Start one: fairlead autobuild run --constraints FILE",
        )
    return newest


def list_runs(data_dir: Path) -> list[RunFolder]:
    """Return the AutoBuilds of a data folder, newest first."""
    found = sorted((data_dir / FOLDER).glob("*/run.json"), reverse=True)
    return [RunFolder(path.parent) for path in found]


def _damaged(path: Path) -> InternalDefect:
    return InternalDefect(
        f"{path} is damaged.", action="Delete its folder and run the AutoBuild again."
    )
