"""How a long run tells where it is and learns that nobody wants it any more."""

from collections.abc import Callable
from typing import TypeAlias

# Takes the share done so far, 0 to 1; raises RunCancelled when the run was cancelled.
Progress: TypeAlias = Callable[[float], None]


class RunCancelled(Exception):
    """Leave a run at its next step because its owner cancelled it."""


def silent(share: float) -> None:
    """Take progress without telling anybody; `share` is not looked at."""
    del share


def part_of(progress: Progress, start: float, stop: float) -> Progress:
    """Return a progress of a step that lies from `start` to `stop` of the whole."""

    def report(share: float) -> None:
        progress(start + (stop - start) * share)

    return report
