"""`fairlead autobuild` on this machine: a lake folder, files for checkpoints, no server."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import typer

from fairlead.cli.autobuild_views import print_findings, print_status, told_on_stderr
from fairlead.infra.clock import Clock, SystemClock
from fairlead.infra.errors import FairleadError
from fairlead.infra.settings import Settings
from fairlead.market.autofetch import autofetch_of, read_venues
from fairlead.market.lake import Lake
from fairlead.research.autobuild.cluster import executor_of
from fairlead.research.autobuild.constraints import constraints_document, read_constraints
from fairlead.research.autobuild.estimating import estimate_of, refuse_hopeless
from fairlead.research.autobuild.filled import FilledCandles
from fairlead.research.autobuild.findings import findings_of
from fairlead.research.autobuild.folder import FolderRun, RunFolder, find_run, open_run
from fairlead.research.autobuild.local_ports import HOLDOUTS, FileHoldouts, FileLedger
from fairlead.research.autobuild.pipeline import run_autobuild
from fairlead.research.autobuild.ports import LakeCandles, LakeUniverse, Ports
from fairlead.research.autobuild.steps import Stop, Tell
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.jsonable import Json, JsonObject, dump_json
from fairlead.research.local_ledger import LocalLedger
from fairlead.research.model import Period
from fairlead.research.progress import RunCancelled

STOPPED = 130
LOOK_EVERY_S = 0.25


def run_here(name: str, document: dict[str, Json], data: Path | None, as_json: bool) -> int:
    """Run an AutoBuild, or go on with it; return the exit code."""
    settings, clock = Settings.load(data_dir=data), SystemClock()
    constraints = read_constraints(document)
    coverage = Lake(settings.lake_dir).coverage()
    estimate = estimate_of(constraints, coverage, clock.now_ms())
    refuse_hopeless(constraints, estimate, read_venues(settings.auto_fetch))
    for line in (f"{estimate.text[0].upper()}{estimate.text[1:]}.", *estimate.warnings):
        typer.echo(line, err=True)
    ledger = LocalLedger(settings.ledger_file)
    folder = open_run(
        settings.data_dir,
        name,
        constraints_document(constraints),
        clock.now_ms(),
        len(ledger.lines()),
    )
    with folder.held(), _interrupts() as interrupted, told_on_stderr() as tell:
        stop = _Stop(interrupted, folder, clock)
        findings = _findings(settings, clock, folder, ledger, tell, stop)
    if findings is None:
        kept = folder.read().standing.instruments_done
        typer.echo(
            f"Stopped; {kept} instruments are kept. The same command goes on from there.", err=True
        )
        return STOPPED
    if as_json:
        typer.echo(dump_json(findings))
    else:
        print_findings(findings)
    return 0


def show_here(run_id: str | None, data: Path | None, as_json: bool) -> None:
    """Print how far an AutoBuild of this machine is."""
    found = find_run(Settings.load(data_dir=data).data_dir, run_id).read().to_json()
    if as_json:
        typer.echo(dump_json(found))
    else:
        print_status(found)


def cancel_here(run_id: str | None, data: Path | None, as_json: bool) -> None:
    """Ask the process that runs an AutoBuild to stop."""
    folder = find_run(Settings.load(data_dir=data).data_dir, run_id)
    folder.cancel()
    text = f"AutoBuild {folder.run_id} will stop within seconds; what is finished is kept."
    typer.echo(dump_json({"id": folder.run_id, "cancel_requested": True}) if as_json else text)


class _Stop:
    """Say whether to stop: Ctrl-C here, or `cancel` from elsewhere; asked at every step."""

    def __init__(self, interrupted: threading.Event, folder: RunFolder, clock: Clock) -> None:
        self._interrupted, self._folder, self._clock = interrupted, folder, clock
        self._look_s = clock.monotonic_s()

    def __call__(self) -> bool:
        now_s = self._clock.monotonic_s()
        if not self._interrupted.is_set() and now_s >= self._look_s:
            self._look_s = now_s + LOOK_EVERY_S
            if self._folder.is_cancelled:
                self._interrupted.set()
        return self._interrupted.is_set()


def _findings(
    settings: Settings,
    clock: Clock,
    folder: RunFolder,
    ledger: LocalLedger,
    tell: Tell,
    stop: Stop,
) -> JsonObject | None:
    """Carry the AutoBuild of a folder out; None when it was stopped."""
    run = folder.read()
    constraints = _constraints(run)
    lake = Lake(settings.lake_dir)
    ports = Ports(
        universe=LakeUniverse(lake),
        candles=FilledCandles(LakeCandles(lake), autofetch_of(settings, lake, clock)),
        ledger=FileLedger(ledger, constraints, clock, run.ledger_lines),
        checkpoints=folder,
        holdouts=FileHoldouts(settings.ledger_file.with_name(HOLDOUTS), run.run_id, clock),
        executor=executor_of(settings, clock),
        clock=clock,
    )
    try:
        result = run_autobuild(constraints, ports, tell, stop)
    except RunCancelled:
        return None
    except FairleadError as error:
        folder.end("failed", error.message, None)
        raise
    findings = findings_of(result, constraints)
    folder.end("done", None, findings)
    return findings


def _constraints(run: FolderRun) -> Constraints:
    """Return the constraints with the range ended where it ended when the run began."""
    constraints = read_constraints(run.constraints)
    period = constraints.period
    return replace(constraints, period=Period(period.start_ms, min(period.end_ms, run.as_of_ms)))


@contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C or SIGTERM into a flag; a second Ctrl-C ends the process at once."""
    interrupted = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        if interrupted.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        interrupted.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
