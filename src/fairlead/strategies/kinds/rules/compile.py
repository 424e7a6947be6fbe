"""A rules definition made ready to run: signals, policy and limits of any parameter set."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fairlead.indicators.catalog import INDICATORS
from fairlead.indicators.higher import known_from
from fairlead.indicators.indicator import read_only
from fairlead.infra.errors import InvalidInput
from fairlead.kernel.records import Records, new_limits, new_policy
from fairlead.kernel.rules import signal_column
from fairlead.kernel.series import Bars, Float64s
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT, Signals
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.instruments import Instrument
from fairlead.market.membership import entries_allowed
from fairlead.strategies.canonical import digest
from fairlead.strategies.faults import InvalidDefinition
from fairlead.strategies.kinds.rules.check import check_document
from fairlead.strategies.kinds.rules.columns import ColumnCache, column_of
from fairlead.strategies.kinds.rules.constraints import Constraint, parse_constraint
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.lower import Lowered
from fairlead.strategies.kinds.rules.parameters import Resolved, parameters_of, resolve
from fairlead.strategies.kinds.rules.plan import (
    Plan,
    field_value,
    needs_atr,
    needs_session,
    plan_of,
    warm_up_of,
)
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS
from fairlead.strategies.kinds.rules.why import Why, why_at_last
from fairlead.strategies.model import Parameter, Setting
from fairlead.strategies.sessions import VenueDay, session_ends, venue_day

LEVELS = (
    ("long_stop", ENTER_LONG, 0),
    ("short_stop", ENTER_SHORT, 0),
    ("long_target", ENTER_LONG, 1),
    ("short_target", ENTER_SHORT, 1),
)
Values = Mapping[str, Setting]


class CompiledRules:
    """Give signals, policy and limits of a checked definition; made by `compile_rules`.

    Methods take values by name; what is not named keeps its default, and values that were
    resolved before are not checked again. All raise `InvalidInput` for values that do not fit.
    With `complete`, signals carry the ATR and the session ends even where the parameters
    themselves do not need them: for books that bring a policy of their own.
    """

    def __init__(self, document: RulesDocument) -> None:
        self.document = document
        self.parameters: tuple[Parameter, ...] = parameters_of(document)
        self.constraints: tuple[Constraint, ...] = tuple(
            parse_constraint(text) for text in document.constraints
        )
        self._by_name = {parameter.name: parameter for parameter in self.parameters}
        self._signal_names = tuple(p.name for p in self.parameters if p.axis == "signal")

    @property
    def constraint_texts(self) -> tuple[str, ...]:
        """Return the constraints between parameters as text."""
        return tuple(constraint.text for constraint in self.constraints)

    def resolve(self, values: Values) -> Resolved:
        """Return a float for every parameter: choices by their place, switches as 0 or 1."""
        return resolve(self._by_name, values)

    def shown(self, values: Values) -> dict[str, Setting]:
        """Return every parameter as people write it."""
        resolved = self.resolve(values)
        return {name: self._by_name[name].shown(value) for name, value in resolved.items()}

    def violations(self, values: Values) -> tuple[str, ...]:
        """Return the constraints that values break, those of indicators included."""
        resolved = self.resolve(values)
        broken = [each.text for each in self.constraints if not each.holds(resolved)]
        lowered = Lowered(self.document, resolved)
        for name, use in self.document.indicators.items():
            key, _ = lowered.series(name)
            order = dict(key.values)
            for lower, upper in INDICATORS[use.kind].ascending:
                if order[lower] >= order[upper]:
                    broken.append(f"{name}: {lower} < {upper}")
        return tuple(broken)

    def signal_key(self, values: Values, complete: bool = False) -> str:
        """Return a key of the signal: equal keys of one definition give equal signals."""
        resolved = self.resolve(values)
        parts: dict[str, float | bool] = {name: resolved[name] for name in self._signal_names}
        parts["with atr"] = complete or needs_atr(self.document, resolved)
        parts["with session"] = complete or needs_session(self.document, resolved)
        return digest(dict(parts))

    def warm_up(
        self, values: Values, timeframe_ms: int | None = None, complete: bool = False
    ) -> int:
        """Return after how many bars no signal depends on where the series starts.

        `timeframe_ms` is that of the bars, the definition's own without; a `lookback` in the
        definition is the least that is returned.
        """
        plan = plan_of(self.document, self.resolve(values), complete)
        return warm_up_of(
            plan, timeframe_ms or parse_timeframe(self.document.execution.timeframe).ms
        )

    def signals(
        self,
        bars: Bars,
        values: Values,
        cache: ColumnCache | None = None,
        instrument: Instrument | None = None,
        complete: bool = False,
    ) -> Signals:
        """Return the signal at each bar's close; every entry waits until all columns are known.

        `instrument` brings its calendar and day, and is held against the whitelist; without one
        days are those of UTC and the whitelist is not asked. Entries outside of the instrument's
        own intervals are vetoed. Columns come from `cache`.
        """
        plan = self._checked_plan(values, bars.timeframe_ms, complete)
        venue = venue_day(instrument)
        store = (cache or ColumnCache()).of(bars, venue)
        columns = [column_of(bars, key, store, venue) for key in plan.lowered.columns]
        start = max(
            (
                known_from(read_only(columns[reach.column])) + reach.bars_ago
                for reach in plan.lowered.reach
            ),
            default=0,
        )
        zeros = store.get("zeros", lambda: (np.zeros(len(bars)),))[0]
        atr = zeros
        if plan.atr is not None:
            column = column_of(bars, plan.atr, store, venue)
            start = max(start, known_from(read_only(column)))
            atr = store.get(("atr", plan.atr), lambda: (np.nan_to_num(column, nan=0.0),))[0]
        action = signal_column(plan.program, columns, len(bars), start)
        entering = (action == ENTER_LONG) | (action == ENTER_SHORT)
        if not self.allows(instrument):
            action[entering] = 0
        if instrument is not None and instrument.entries is not None:
            inside = entries_allowed(bars.ts, bars.timeframe_ms, instrument.entries)
            action[entering & ~inside] = 0
        stop, target = self._levels(bars, plan, action, store, venue, zeros)
        flags = store.get(
            ("session", plan.session), lambda: (_session_flags(bars, instrument, plan.session),)
        )[0]
        return Signals(action, stop, target, atr, flags)

    def why(
        self,
        bars: Bars,
        values: Values,
        cache: ColumnCache | None = None,
        instrument: Instrument | None = None,
    ) -> Why:
        """Return why the signal at the close of the last bar is what it is."""
        resolved = self.resolve(values)
        return why_at_last(self.document, resolved, bars, cache or ColumnCache(), instrument)

    def allows(self, instrument: Instrument | None) -> bool:
        """Tell whether the whitelist lets an instrument be traded; an empty one lets all."""
        whitelist = self.document.filters.whitelist
        return instrument is None or not whitelist or instrument.key in whitelist

    def policy(self, values: Values) -> Records:
        """Return the POLICY, shape (1,); fee and slippage are the caller's to add."""
        return new_policy(**self._record("policy", self.resolve(values)))

    def limits(self, values: Values) -> Records:
        """Return the LIMITS, shape (1,)."""
        return new_limits(**self._record("limits", self.resolve(values)))

    def _record(self, record: str, values: Resolved) -> dict[str, float]:
        return {
            field.name: field_value(self.document, field, values)
            for field in POLICY_FIELDS.values()
            if field.record == record
        }

    def _checked_plan(self, values: Values, timeframe_ms: int, complete: bool) -> Plan:
        resolved = self.resolve(values)
        broken = self.violations(resolved)
        if broken:
            raise InvalidInput(
                f"These parameters break {broken[0]}.",
                expected="; ".join(broken),
                found=", ".join(f"{name} = {resolved[name]:g}" for name in self._signal_names),
                action="Change the parameters so that the constraint holds.",
                path=self._signal_names[0] if self._signal_names else None,
            )
        plan = plan_of(self.document, resolved, complete)
        for key in plan.lowered.columns:
            if key.timeframe_ms and key.timeframe_ms % timeframe_ms:
                raise InvalidInput(
                    "The bars do not fit into a longer timeframe of the strategy.",
                    expected=f"bars whose length divides {key.timeframe_ms // 60_000} minutes",
                    found=f"bars of {timeframe_ms / 60_000:g} minutes",
                    action="Choose another timeframe to run on.",
                    path="timeframe",
                )
        return plan

    def _levels(
        self,
        bars: Bars,
        plan: Plan,
        action: NDArray[np.int8],
        cache: ColumnCache,
        venue: VenueDay,
        zeros: Float64s,
    ) -> tuple[Float64s, Float64s]:
        """Return stops and targets: the named series where there is an entry, 0 elsewhere."""
        made = [zeros, zeros]
        for name, entry, place in LEVELS:
            series = getattr(self.document.levels, name)
            if series is None:
                continue
            key, ago = plan.lowered.series(series)
            column = column_of(bars, key, cache, venue)
            at = np.flatnonzero(action == entry)
            at = at[at >= ago]
            if made[place] is zeros:
                made[place] = np.zeros(len(bars))
            made[place][at] = np.nan_to_num(column[at - ago], nan=0.0)
        return made[0], made[1]


def _session_flags(bars: Bars, instrument: Instrument | None, wanted: bool) -> NDArray[np.int8]:
    return session_ends(bars, instrument) if wanted else np.zeros(len(bars), np.int8)


def compile_rules(document: RulesDocument) -> CompiledRules:
    """Make a definition ready to run; raise `InvalidDefinition` for one that cannot."""
    faults = check_document(document)
    if faults:
        raise InvalidDefinition(faults)
    return CompiledRules(document)
