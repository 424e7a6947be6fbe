"""Where a walk-forward fits and where it tests."""

from dataclasses import dataclass

from fairlead.infra.errors import InvalidInput

WINDOWS_MAX = 100
TEST_BARS_MIN = 10


@dataclass(frozen=True, slots=True)
class Window:
    """Hold half-open index ranges: fit on [fit_from, fit_to), test on [fit_to, test_to)."""

    fit_from: int
    fit_to: int
    test_to: int


def split_windows(bars: int, count: int, fit: float, anchored: bool) -> tuple[Window, ...]:
    """Cut `bars` bars into `count` windows whose tests are adjacent and cover the rest.

    Rolling: every fit range has the same length and is the share `fit` of its window. Anchored:
    every fit range begins at the first bar and the first window has the share `fit`. With
    test length t: `bars = t * fit / (1 - fit) + count * t`. Rounding goes to the last test.

    Raises `InvalidInput` for a share outside (0, 1), a count outside 1 to 100, or test ranges
    shorter than 10 bars.
    """
    if not 0.05 <= fit <= 0.95:
        raise InvalidInput(
            f"The fit share {fit:g} is out of range.",
            expected="a share from 0.05 to 0.95",
            found=f"{fit:g}",
            action="The usual choice is 0.7.",
        )
    if not 1 <= count <= WINDOWS_MAX:
        raise InvalidInput(
            f"{count} windows are out of range.",
            expected=f"1 to {WINDOWS_MAX} windows",
            found=str(count),
        )
    test_bars = int(bars / (count + fit / (1.0 - fit)))
    if test_bars < TEST_BARS_MIN:
        raise InvalidInput(
            f"{bars:,} bars are too few for {count} windows.",
            expected=f"test windows of at least {TEST_BARS_MIN} bars",
            found=f"{test_bars} bars",
            action="Use fewer windows or a longer range.",
        )
    fit_bars = min(round(test_bars * fit / (1.0 - fit)), bars - count * test_bars)
    return tuple(
        Window(
            fit_from=0 if anchored else index * test_bars,
            fit_to=fit_bars + index * test_bars,
            test_to=bars if index == count - 1 else fit_bars + (index + 1) * test_bars,
        )
        for index in range(count)
    )
