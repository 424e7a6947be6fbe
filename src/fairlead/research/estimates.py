"""What a grid costs, and how much of it one run may take."""

from dataclasses import dataclass

from fairlead.infra.errors import InvalidInput

SETS_MAX = 100_000
SET_BARS_MAX = 2 * 10**11
THREADS = 2
NS_PER_BAR_AND_SET = 15.0
NS_PER_BAR_AND_COLUMN = 40.0
BATCH_BYTES = 96 * 1024**2
COLUMN_BYTES_PER_BAR = 26
PYTHON_BYTES_PER_SET = 2_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Say what a grid will take before it starts."""

    sets: int
    columns: int
    seconds: float
    bytes: int

    @property
    def text(self) -> str:
        """Return the estimate in words."""
        return (
            f"{self.sets:,} parameter sets over {self.columns:,} signal columns: about "
            f"{duration(self.seconds)} and {self.bytes / 1024**2:,.0f} MB"
        )


def refuse_beyond_limits(sets: int, bars: int) -> None:
    """Raise `InvalidInput`, with an estimate, for more work than one run may take."""
    rough = Estimate(sets, sets, seconds_of(sets, sets, bars), bytes_of(sets, sets, bars))
    if sets > SETS_MAX:
        raise InvalidInput(
            f"The grid has {sets:,} parameter sets; the limit is {SETS_MAX:,}. It would take up "
            f"to {duration(rough.seconds)} and {rough.bytes / 1024**2:,.0f} MB.",
            expected=f"at most {SETS_MAX:,} sets",
            found=f"{sets:,}",
            action="Use larger steps or fewer parameters.",
        )
    if sets * bars > SET_BARS_MAX:
        raise InvalidInput(
            f"{sets:,} parameter sets over {bars:,} bars are too much for one run: they would "
            f"take up to {duration(rough.seconds)}.",
            expected=f"at most {SET_BARS_MAX:,} bars times sets",
            found=f"{sets * bars:,}",
            action="Use larger steps, a shorter range or a longer timeframe.",
        )


def seconds_of(sets: int, columns: int, bars: int) -> float:
    """Return the time of a sweep on two threads of a usual machine."""
    work = sets * NS_PER_BAR_AND_SET / THREADS + columns * NS_PER_BAR_AND_COLUMN
    return work * bars / 1e9


def bytes_of(sets: int, columns: int, bars: int) -> int:
    """Return the memory of a sweep at its largest."""
    held = min(BATCH_BYTES, columns * bars * COLUMN_BYTES_PER_BAR)
    return 3 * held + sets * PYTHON_BYTES_PER_SET


def duration(seconds: float) -> str:
    """Return a length of time in words."""
    if seconds < 1.0:
        return "a second"
    if seconds < 90.0:
        return f"{seconds:,.0f} s"
    if seconds < 5_400.0:
        return f"{seconds / 60.0:,.0f} min"
    return f"{seconds / 3_600.0:,.1f} h"
