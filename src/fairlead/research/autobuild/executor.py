"""Where instruments are optimised: one port, and the executor of this very process."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from fairlead.infra.clock import Clock
from fairlead.infra.errors import FairleadError, InvalidInput, NotFound
from fairlead.market.failures import action_for
from fairlead.market.providers.port import FetchFailed
from fairlead.research.autobuild.optimise import optimise_instrument
from fairlead.research.autobuild.outcome import Failure, InstrumentOutcome
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.steps import Stop, unheard
from fairlead.research.autobuild.terms import Constraints
from fairlead.research.autobuild.trials import KnownTrials
from fairlead.research.progress import RunCancelled

Result = InstrumentOutcome | Failure


@dataclass(frozen=True, slots=True)
class Task:
    """Hold everything a worker needs for one instrument; small, whatever the history."""

    series: SeriesOnDisk
    constraints: Constraints
    trials: KnownTrials

    @property
    def instrument(self) -> str:
        """Return the instrument's key."""
        return self.series.instrument


class Executor(Protocol):
    """Carry tasks out, in any order, on any number of workers."""

    @property
    def workers(self) -> int:
        """Return how many tasks run at the same time."""

    def map(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[str, Result]]:
        """Yield each instrument with its outcome or failure as they come.

        Tasks are taken one by one as workers become free. Raises `RunCancelled` soon after
        `stop` says so, with nothing left running; `Unavailable` when there are no workers.
        """


class InProcess:
    """Carry tasks out here, one after the other."""

    workers = 1

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def map(self, tasks: Iterable[Task], stop: Stop) -> Iterator[tuple[str, Result]]:
        """Yield each instrument in the order given."""
        for task in tasks:
            if stop():
                raise RunCancelled
            yield task.instrument, carry_out(task, stop, self._clock)


def carry_out(task: Task, stop: Stop, clock: Clock) -> Result:
    """Optimise one instrument; whatever goes wrong is a failure of this instrument alone.

    Only `RunCancelled` leaves. An instrument that takes longer than the budget allows is given
    up at its next step.
    """
    begun_s = clock.monotonic_s()
    limit_s = task.constraints.budget.instrument_seconds

    def late() -> bool:
        return clock.monotonic_s() - begun_s > limit_s

    try:
        outcome = optimise_instrument(
            task.series, task.constraints, task.trials, lambda: stop() or late(), unheard
        )
    except RunCancelled:
        if stop() or not late():
            raise
        return too_late(task.instrument, limit_s)
    except Exception as error:  # noqa: BLE001  (an instrument never takes the others with it)
        return failure_of(task.instrument, error)
    return replace(outcome, seconds=clock.monotonic_s() - begun_s)


def failure_of(instrument: str, error: Exception) -> Failure:
    """Return an exception as the failure of one instrument."""
    if isinstance(error, FetchFailed):
        return Failure(instrument, error.kind.value, error.message, action_for(error.kind))
    action = error.action if isinstance(error, FairleadError) else None
    if isinstance(error, InvalidInput | NotFound):
        return Failure(instrument, "no_data", str(error), action or "Give it more history.")
    if isinstance(error, TimeoutError):
        return Failure(instrument, "timeout", str(error) or "It took too long.", RETRY)
    message = str(error) if isinstance(error, FairleadError) else f"{type(error).__name__}: {error}"
    return Failure(instrument, "exception", message, action or REPORT)


def too_late(instrument: str, limit_s: float) -> Failure:
    """Return the failure of an instrument that took longer than it may."""
    message = f"{instrument} was given up after {limit_s:,.0f} s."
    action = "Raise /budget/instrument_seconds, or use a smaller grid or a shorter range."
    return Failure(instrument, "timeout", message, action)


RETRY = "Run it again; if it happens again, leave the instrument out."
REPORT = "Leave the instrument out, or report the message."
