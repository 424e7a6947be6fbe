"""What a version says at each bar's close."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

HOLD: Final = 0
ENTER_LONG: Final = 1
ENTER_SHORT: Final = -1
EXIT: Final = 2
EXIT_LONG: Final = 3
EXIT_SHORT: Final = 4

NAMES: Final = {
    HOLD: "hold",
    ENTER_LONG: "enter_long",
    ENTER_SHORT: "enter_short",
    EXIT: "exit",
    EXIT_LONG: "exit_long",
    EXIT_SHORT: "exit_short",
}


@dataclass(frozen=True, slots=True)
class Signals:
    """One value for each bar, all of shape (n,).

    `action` is one of the constants above. `stop` and `target` are absolute prices that come
    with an entry, 0 where there is none. `atr` is in price units, 0 while unknown or unused.
    `last_of_session` is 1 at a close after which at most one more bar opens before the venue
    closes for the day (the last two bars), so that an exit decided there still fills at an open
    inside the session; 0 throughout for bars of a day or longer. No NaN anywhere.
    """

    action: NDArray[np.int8]
    stop: NDArray[np.float64]
    target: NDArray[np.float64]
    atr: NDArray[np.float64]
    last_of_session: NDArray[np.int8]

    def slice(self, start: int, stop: int) -> "Signals":
        """Return bars `start` to `stop - 1` as views."""
        return Signals(
            self.action[start:stop],
            self.stop[start:stop],
            self.target[start:stop],
            self.atr[start:stop],
            self.last_of_session[start:stop],
        )


def plain_signals(action: NDArray[np.int8]) -> Signals:
    """Wrap a bare action column: no levels, no ATR, no session ends."""
    zeros = np.zeros(action.shape[0], np.float64)
    return Signals(action, zeros, zeros, zeros, np.zeros(action.shape[0], np.int8))
