"""Where a walk-forward fits and where it tests."""

from dataclasses import dataclass

from fairlead.infra.errors import InvalidInput

WINDOWS_MAX = 100
TEST_BARS_MIN = 10
FIT_BARS_MIN = 2


@dataclass(frozen=True, slots=True)
class Window:
    """Hold half-open index ranges: fit on [fit_from, fit_to), test on [test_from, test_to)."""

    fit_from: int
    fit_to: int
    test_from: int
    test_to: int


def split_windows(
    bars: int, windows: int, fit: float, anchored: bool, purge: int = 0, embargo: int = 0
) -> tuple[Window, ...]:
    """Cut `bars` bars into windows that fit on one range and test on the next.

    Rolling: every fit range has the same length and is the share `fit` of its window. Anchored:
    every fit range begins at the first bar and the first window has the share `fit`. With
    test length t: `bars = t * fit / (1 - fit) + windows * t`. Rounding goes to the last test.

    `purge` bars are dropped at the end of each fit range, `embargo` bars at the beginning of each
    test range, so that `purge + embargo` bars between them are in neither: what was chosen on one
    side of the gap cannot profit from a move that goes on across it (M. Lopez de Prado, "Advances
    in Financial Machine Learning", 2018, section 7.4). Tests never overlap, and without an
    embargo they are adjacent and cover all bars after the first fit range.

    Raises `InvalidInput` for a share outside 0.05 to 0.95, a number of windows outside 1 to 100,
    a gap below 0, or ranges that are too short.
    """
    _check(windows, fit, purge, embargo)
    test_bars = int(bars / (windows + fit / (1.0 - fit)))
    if test_bars - embargo < TEST_BARS_MIN:
        raise InvalidInput(
            f"{bars:,} bars are too few for {windows} windows.",
            expected=f"test windows of at least {TEST_BARS_MIN} bars",
            found=f"{max(test_bars - embargo, 0)} bars",
            action="Use fewer windows, a shorter embargo or a longer range.",
        )
    fit_bars = min(round(test_bars * fit / (1.0 - fit)), bars - windows * test_bars)
    if fit_bars - purge < FIT_BARS_MIN and purge > 0:
        raise InvalidInput(
            f"A purge of {purge} bars leaves nothing to fit on.",
            expected=f"at most {max(fit_bars - FIT_BARS_MIN, 0)} bars",
            found=str(purge),
            action="Use a shorter purge, fewer windows or a larger share to fit on.",
            path="purge",
        )
    return tuple(
        Window(
            fit_from=0 if anchored else index * test_bars,
            fit_to=fit_bars + index * test_bars - purge,
            test_from=fit_bars + index * test_bars + embargo,
            test_to=bars if index == windows - 1 else fit_bars + (index + 1) * test_bars,
        )
        for index in range(windows)
    )


def _check(windows: int, fit: float, purge: int, embargo: int) -> None:
    if not 0.05 <= fit <= 0.95:
        raise InvalidInput(
            f"The fit share {fit:g} is out of range.",
            expected="a share from 0.05 to 0.95",
            found=f"{fit:g}",
            action="The usual choice is 0.7.",
        )
    if not 1 <= windows <= WINDOWS_MAX:
        raise InvalidInput(
            f"{windows} windows are out of range.",
            expected=f"1 to {WINDOWS_MAX} windows",
            found=str(windows),
        )
    for name, bars in (("purge", purge), ("embargo", embargo)):
        if bars < 0:
            raise InvalidInput(
                f"The {name} of {bars} bars is negative.",
                expected="0 bars or more",
                found=str(bars),
                path=name,
            )
