"""AutoBuild from constraints to a portfolio, without any database: the job and the CLI call it."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import cast

from fairlead.infra.errors import InvalidInput
from fairlead.market.membership import Interval
from fairlead.research.autobuild.assemble import AssembledPortfolio, assemble
from fairlead.research.autobuild.executor import Task, failure_of
from fairlead.research.autobuild.gates import judge_holdout
from fairlead.research.autobuild.optimise import with_gate
from fairlead.research.autobuild.outcome import Failure, InstrumentOutcome
from fairlead.research.autobuild.patience import in_time
from fairlead.research.autobuild.ports import Ports
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.steps import (
    InstrumentDone,
    InstrumentFailed,
    InstrumentStarted,
    Note,
    Stage,
    StageFinished,
    StageStarted,
    StepProgress,
    Stop,
    Tell,
)
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.autobuild.trials import family_of
from fairlead.research.jsonable import JsonObject
from fairlead.research.progress import RunCancelled
from fairlead.strategies.templates import load_template


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """All failures of one kind that ask for the same action; `message` is the first one's."""

    error_kind: str
    count: int
    action: str
    message: str
    instruments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AutoBuildResult:
    """Hold what came out: outcomes by instrument, failures by kind, and the portfolio."""

    outcomes: tuple[InstrumentOutcome, ...]
    failures: tuple[FailureGroup, ...]
    portfolio: AssembledPortfolio
    families: tuple[str, ...]
    trials: int
    effective_trials: float

    @property
    def accepted(self) -> tuple[InstrumentOutcome, ...]:
        """Return the outcomes that passed all gates."""
        return tuple(each for each in self.outcomes if each.accepted)

    @property
    def rejected(self) -> tuple[InstrumentOutcome, ...]:
        """Return the outcomes that did not."""
        return tuple(each for each in self.outcomes if not each.accepted)

    def to_json(self) -> JsonObject:
        """Return the result as plain JSON, outcomes as lines of a leaderboard."""
        return {
            "accepted": [each.summary() for each in self.accepted],
            "rejected": [each.summary() for each in self.rejected],
            "failures": [cast("JsonObject", asdict(each)) for each in self.failures],
            "portfolio": self.portfolio.to_json(),
            "evidence": {
                "families": list(self.families),
                "trials": self.trials,
                "effective_trials": self.effective_trials,
            },
        }


def run_autobuild(
    constraints: Constraints, ports: Ports, tell: Tell, stop: Stop
) -> AutoBuildResult:
    """Discover, cover, optimise and assemble.

    The result depends on constraints, data and ledger alone: not on the executor, the order in
    which instruments finish, or how often the run was resumed. Raises `RunCancelled` when `stop`
    says so, `InvalidInput` for an empty universe or axes that a template does not have,
    `Unavailable` without workers.
    """
    return _Run(constraints, ports, tell, stop).carry_out()


class _Run:
    def __init__(self, constraints: Constraints, ports: Ports, tell: Tell, stop: Stop) -> None:
        self._constraints, self._ports = constraints, ports
        self._tell, self._stop = tell, stop
        self._begun_s = ports.clock.monotonic_s()
        self._failures: list[Failure] = []
        self._memberships: dict[str, tuple[Interval, ...]] | None = None
        self._families = tuple(
            family_of(load_template(search.template).name) for search in constraints.searches
        )

    def carry_out(self) -> AutoBuildResult:
        instruments = self._discover()
        series = self._cover(instruments)
        outcomes = self._optimise(series)
        return self._assemble([outcomes[name] for name in instruments if name in outcomes])

    def _discover(self) -> list[str]:
        begun_s = self._start("discover", 0)
        found = self._members()
        if not found:
            raise InvalidInput(
                f"The universe is empty: there are no bars at {self._constraints.timeframe} of "
                "the venues and instruments that are allowed.",
                expected="at least one instrument with bars",
                found="none",
                action="Import or fetch bars, choose another timeframe, or allow more venues.",
                path="/universe",
            )
        chosen = found[: self._constraints.budget.instruments]
        if self._memberships is not None:
            chosen = found
        elif len(found) > len(chosen):
            self._note("discover", f"The {len(chosen)} most liquid of {len(found)} are taken.")
        self._finish("discover", begun_s, len(chosen))
        return chosen

    def _members(self) -> list[str]:
        """Return the universe; where it is ranked again and again, all that ever belonged."""
        universe, constraints = self._ports.universe, self._constraints
        found = universe.members(constraints)
        if not constraints.universe.rebalance_days:
            return found
        self._memberships = universe.memberships(constraints)
        members = [name for name in found if name in self._memberships]
        self._note("discover", f"{len(members)} of {len(found)} ever belonged to the universe.")
        return members

    def _cover(self, instruments: Sequence[str]) -> list[SeriesOnDisk]:
        begun_s = self._start("coverage", len(instruments))
        done = self._ports.checkpoints.load()
        found: list[SeriesOnDisk] = []
        for name in instruments:
            if self._stop():
                raise RunCancelled
            if name in done:
                continue
            series = self._series_of(name)
            if isinstance(series, Failure):
                self._fail("coverage", series)
            else:
                found.append(series)
        self._finish("coverage", begun_s, len(found) + len(done))
        return found

    def _series_of(self, name: str) -> SeriesOnDisk | Failure:
        limit_s = self._constraints.budget.provider_seconds
        try:
            found = in_time(
                lambda: self._ports.candles.ensure(name, self._constraints),
                limit_s,
                self._stop,
                self._ports.clock,
            )
        except RunCancelled:
            raise
        except TimeoutError:
            message = f"The bars of {name} did not come within {limit_s:,} s."
            action = "Try again later, raise /budget/provider_seconds, or import the bars."
            return Failure(name, "timeout", message, action)
        except Exception as error:  # noqa: BLE001  (a provider costs its instrument alone)
            return failure_of(name, error)
        if (found.instrument, found.timeframe) != (name, self._constraints.timeframe):
            message = f"Asked for {name}, the provider gave {found.instrument}."
            return Failure(name, "exception", message, "Choose another provider, or report it.")
        if self._memberships is None:
            return found
        return replace(found, entries=self._memberships[name])

    def _optimise(self, series: Sequence[SeriesOnDisk]) -> dict[str, InstrumentOutcome]:
        outcomes = self._ports.checkpoints.load()
        total = len(series) + len(outcomes)
        begun_s = self._start("optimise", total)
        if outcomes:
            self._note("optimise", f"{len(outcomes)} instruments were finished before.")
        tested = 0
        results = self._ports.executor.map(self._tasks(series), self._stop)
        try:
            for finished, (name, result) in enumerate(results, 1):
                if isinstance(result, Failure):
                    self._fail("optimise", result)
                else:
                    outcomes[name] = self._keep(result)
                    tested += result.sets
                    self._done(outcomes[name])
                self._progress(begun_s, finished, len(series), total, tested, outcomes)
        finally:
            # workers go now, not when somebody forgets the error that is on its way
            if isinstance(results, Generator):
                results.close()
        self._leave_out(series, outcomes)
        self._finish("optimise", begun_s, len(outcomes))
        return outcomes

    def _tasks(self, series: Sequence[SeriesOnDisk]) -> Iterator[Task]:
        """Yield tasks while there is time; a worker takes the next when it becomes free."""
        for each in series:
            if self._elapsed_s() > self._constraints.budget.seconds:
                return
            trials = self._ports.ledger.count(self._families, each.instrument)
            started = InstrumentStarted(
                "optimise", self._elapsed_s(), each.instrument, each.bars, each.bytes
            )
            self._tell(started)
            yield Task(each, self._constraints, trials)

    def _keep(self, outcome: InstrumentOutcome) -> InstrumentOutcome:
        """Open the holdout where the outcome needs it; record the trials, then the outcome."""
        opened = outcome.holdout
        if opened is not None and opened.total_return is not None:
            ports = self._ports.holdouts
            if not ports.open(
                outcome.instrument, outcome.timeframe, opened.start_ms, opened.end_ms
            ):
                closed = replace(opened, total_return=None, sharpe=None, trades=0)
                gate = judge_holdout(closed, self._constraints.evidence, others_pass=True)
                text = "It was opened before: wait for new bars, or choose another range."
                outcome = with_gate(outcome, replace(gate, passed=False, text=text), closed)
        self._ports.ledger.record(outcome.tried)
        self._ports.checkpoints.save(outcome)
        return outcome

    def _leave_out(
        self, series: Sequence[SeriesOnDisk], outcomes: dict[str, InstrumentOutcome]
    ) -> None:
        failed = {failure.instrument for failure in self._failures}
        for each in series:
            if each.instrument in outcomes or each.instrument in failed:
                continue
            message = f"{each.instrument} was not begun: the time of the budget was over."
            action = "Raise /budget/seconds, or use fewer instruments or sets."
            self._fail("optimise", Failure(each.instrument, "timeout", message, action))

    def _assemble(self, outcomes: list[InstrumentOutcome]) -> AutoBuildResult:
        begun_s = self._start("assemble", len(outcomes))
        portfolio = assemble(outcomes, self._constraints)
        for note in portfolio.notes:
            self._note("assemble", note)
        self._finish("assemble", begun_s, len(portfolio.legs))
        return AutoBuildResult(
            outcomes=tuple(outcomes),
            failures=grouped(self._failures),
            portfolio=portfolio,
            families=self._families,
            trials=sum(each.sets for each in outcomes),
            effective_trials=sum(each.effective for each in outcomes),
        )

    def _elapsed_s(self) -> float:
        return self._ports.clock.monotonic_s() - self._begun_s

    def _start(self, stage: Stage, total: int) -> float:
        if self._stop():
            raise RunCancelled
        self._tell(StageStarted(stage, self._elapsed_s(), total))
        return self._elapsed_s()

    def _finish(self, stage: Stage, begun_s: float, done: int) -> None:
        now_s = self._elapsed_s()
        self._tell(StageFinished(stage, now_s, now_s - begun_s, done))

    def _note(self, stage: Stage, text: str) -> None:
        self._tell(Note(stage, self._elapsed_s(), text))

    def _fail(self, stage: Stage, failure: Failure) -> None:
        self._failures.append(failure)
        self._tell(
            InstrumentFailed(
                stage,
                self._elapsed_s(),
                failure.instrument,
                failure.error_kind,
                failure.message,
                failure.action,
            )
        )

    def _done(self, outcome: InstrumentOutcome) -> None:
        seconds = outcome.seconds
        self._tell(
            InstrumentDone(
                "optimise",
                self._elapsed_s(),
                outcome.instrument,
                outcome.accepted,
                outcome.sets,
                outcome.sets / seconds if seconds > 0.0 else 0.0,
                outcome.sharpe_in,
                seconds,
            )
        )

    def _progress(
        self,
        begun_s: float,
        finished: int,
        wanted: int,
        total: int,
        tested: int,
        outcomes: dict[str, InstrumentOutcome],
    ) -> None:
        now_s = self._elapsed_s()
        spent_s = max(now_s - begun_s, 1e-9)
        known = [each.sharpe_out for each in outcomes.values() if each.sharpe_out is not None]
        self._tell(
            StepProgress(
                "optimise",
                now_s,
                total - wanted + finished,
                total,
                tested,
                tested / spent_s,
                max(known, default=None),
                spent_s / finished * (wanted - finished),
            )
        )


def grouped(failures: Sequence[Failure]) -> tuple[FailureGroup, ...]:
    """Put failures together by kind and by what the user can do, the largest group first."""

    def key(failure: Failure) -> tuple[str, str]:
        return failure.error_kind, failure.action

    ordered = sorted(failures, key=lambda each: (*key(each), each.instrument))
    groups = []
    for (kind, action), members in groupby(ordered, key=key):
        found = list(members)
        names = tuple(each.instrument for each in found)
        groups.append(FailureGroup(kind, len(found), action, found[0].message, names))
    return tuple(sorted(groups, key=lambda each: (-each.count, each.error_kind, each.action)))
