"""Why a definition says what it says at a bar: which conditions hold, and on what values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from fairlead.kernel.program import GE, LONG_ENTRY, SHORT_ENTRY, TAKE, assemble
from fairlead.kernel.rules import signal_column
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import ENTER_LONG
from fairlead.market.instruments import Instrument
from fairlead.strategies.kinds.rules.check_conditions import SLOTS, leaves_of
from fairlead.strategies.kinds.rules.columns import ColumnCache, column_of
from fairlead.strategies.kinds.rules.document import Condition, RulesDocument, Slope
from fairlead.strategies.kinds.rules.filters import FILTERS
from fairlead.strategies.kinds.rules.lower import ColumnKey, Lowered, lower_condition
from fairlead.strategies.kinds.rules.operands import parse_series
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.kinds.rules.values import reference_of
from fairlead.strategies.sessions import venue_day

_ANY_CLOSE = -1e300


@dataclass(frozen=True, slots=True)
class Check:
    """One condition or filter at a bar: where it stands, in words, and whether it held."""

    path: str
    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Everything a signal came from: checks by place, and series by name with their values."""

    checks: tuple[Check, ...]
    values: dict[str, float]

    def plain(self) -> dict[str, float]:
        """Return values and checks as one flat mapping: a check is 1 where it held."""
        return self.values | {check.path: float(check.holds) for check in self.checks}


def why_at_last(
    document: RulesDocument,
    resolved: Resolved,
    bars: Bars,
    cache: ColumnCache,
    instrument: Instrument | None,
) -> Why:
    """Return why the signal at the close of the last bar is what it is.

    Series that have no value yet are left out.
    """
    view = _View(document, resolved, bars, cache, instrument)
    checks = [
        *(check for slot in SLOTS for check in view.conditions(slot)),
        *(check for slot in (LONG_ENTRY, SHORT_ENTRY) for check in view.filters(slot)),
    ]
    return Why(tuple(checks), view.series())


@dataclass(frozen=True, slots=True)
class _View:
    document: RulesDocument
    resolved: Resolved
    bars: Bars
    cache: ColumnCache
    instrument: Instrument | None

    def conditions(self, slot: str) -> Iterator[Check]:
        """Yield a slot's condition as a whole, and each comparison in it where there are more."""
        condition: Condition | None = getattr(self.document, slot)
        if condition is None:
            return
        yield Check(f"/{slot}", slot, self._holds(partial(lower_condition, condition=condition)))
        for path, leaf, _ in leaves_of(condition, f"/{slot}"):
            if path != f"/{slot}":
                holds = self._holds(partial(lower_condition, condition=leaf))
                yield Check(path, self._words(leaf), holds)

    def filters(self, slot: int) -> Iterator[Check]:
        """Yield each filter that is switched on, for one side of entry."""
        side = "long" if slot == LONG_ENTRY else "short"
        for name, lower in FILTERS.items():
            into = Lowered(self.document, self.resolved)
            lower(into, slot)
            if into.instructions:
                holds = self._holds(partial(_filter, lower=lower, slot=slot))
                yield Check(f"/filters/{name}/{side}", self._filter_name(name), holds)

    def series(self) -> dict[str, float]:
        """Return the values of all series that conditions name."""
        names = dict.fromkeys(
            side
            for slot in SLOTS
            for _, leaf, _ in leaves_of(getattr(self.document, slot), "")
            for side in ((leaf.left,) if isinstance(leaf, Slope) else (leaf.left, leaf.right))
            if isinstance(side, str) and reference_of(side) is None
        )
        values = {}
        for name in names:
            key, ago = Lowered(self.document, self.resolved).series(name)
            place = len(self.bars) - 1 - ago
            value = float(self._column(key)[place]) if place >= 0 else np.nan
            if np.isfinite(value):
                values[name] = value
        return values

    def _filter_name(self, name: str) -> str:
        longer = self.document.filters.trend.timeframe
        return name if name != "trend" or longer is None else f"{name} ({longer})"

    def _holds(self, lower: Callable[[Lowered], None]) -> bool:
        into = Lowered(self.document, self.resolved)
        lower(into)
        into.emit(TAKE, LONG_ENTRY)
        columns = [self._column(key) for key in into.columns]
        action = signal_column(assemble(into.instructions), columns, len(self.bars))
        return bool(action[-1] == ENTER_LONG)

    def _column(self, key: ColumnKey) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        venue = venue_day(self.instrument)
        return column_of(self.bars, key, self.cache.of(self.bars, venue), venue)

    def _words(self, leaf: Condition) -> str:
        if isinstance(leaf, Slope):
            return f"{self._name(leaf.left)} {leaf.op} over {leaf.bars}"
        left, right = getattr(leaf, "left", ""), getattr(leaf, "right", "")
        return f"{self._name(left)} {getattr(leaf, 'op', '')} {self._name(right)}"

    def _name(self, side: object) -> str:
        """Return an operand as it is written, an indicator of longer bars with their timeframe."""
        if not isinstance(side, str) or reference_of(side) is not None:
            return f"{side}"
        use = self.document.indicators.get(parse_series(side).name)
        return side if use is None or use.timeframe is None else f"{side} ({use.timeframe})"


def _filter(into: Lowered, lower: Callable[[Lowered, int], None], slot: int) -> None:
    """Put a flag that always holds on the stack, for the filter to be combined with."""
    into.compare(GE, ColumnKey("", "close"), _ANY_CLOSE)
    lower(into, slot)
