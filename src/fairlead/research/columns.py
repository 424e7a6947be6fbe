"""The signal columns of many parameter sets, each distinct one held once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.series import Bars
from fairlead.kernel.signals import Signals
from fairlead.research.daily import Ints
from fairlead.research.setting import RunSetting
from fairlead.strategies.kinds.rules.columns import ColumnCache
from fairlead.strategies.kinds.rules.parameters import Resolved


@dataclass(frozen=True, slots=True)
class SignalTable:
    """Hold distinct signals over `bars[first:stop]` and, for each set, which of them it uses."""

    signals: list[Signals]
    index: Ints
    first: int
    stop: int

    def between(self, first: int, stop: int) -> "SignalTable":
        """Return the part over `bars[first:stop]` as views; shared columns stay shared."""
        views: dict[int, NDArray[Any]] = {}

        def cut(column: NDArray[Any]) -> NDArray[Any]:
            if id(column) not in views:
                views[id(column)] = column[first - self.first : stop - self.first]
            return views[id(column)]

        parts = [
            Signals(
                cut(each.action),
                cut(each.stop),
                cut(each.target),
                cut(each.atr),
                cut(each.last_of_session),
            )
            for each in self.signals
        ]
        return SignalTable(parts, self.index, first, stop)


def signal_table(setting: RunSetting, bars: Bars, sets: Sequence[Resolved]) -> SignalTable:
    """Compute the signals of sets over `bars`, each distinct column once.

    `bars` begin where the bars of the setting begin.
    """
    cache = ColumnCache()
    rows: dict[str, int] = {}
    signals: list[Signals] = []
    index = np.empty(len(sets), np.int64)
    for at, parameters in enumerate(sets):
        key = setting.compiled.signal_key(parameters)
        if key not in rows:
            rows[key] = len(signals)
            signals.append(setting.signals(bars, parameters, cache))
        index[at] = rows[key]
    return SignalTable(signals, index, 0, len(bars))
