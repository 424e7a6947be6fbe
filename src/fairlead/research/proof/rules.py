"""A version of kind `rules`, put to the proof exactly as research and live trading evaluate it."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairlead.kernel.series import Bars
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.instruments import Instrument
from fairlead.research.proof.subject import Decisions, longer_timeframes, signal_decisions
from fairlead.strategies.kinds.rules.compile import CompiledRules, compile_rules
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.kinds.rules.plan import plan_of
from fairlead.strategies.model import Setting


@dataclass(frozen=True, slots=True)
class RulesSubject:
    """Compiled rules under one parameter set, with ATR and session ends in any case."""

    compiled: CompiledRules
    values: Resolved
    instrument: Instrument | None
    timeframe_ms: int

    @property
    def warm_up(self) -> int | None:
        """Return the warm-up that live trading relies on."""
        return self.compiled.warm_up(self.values, self.timeframe_ms, complete=True)

    @property
    def longer_ms(self) -> tuple[int, ...]:
        """Return the longer timeframes the rules read, besides the usual ones."""
        plan = plan_of(self.compiled.document, self.values, complete=True)
        read = {key.timeframe_ms for key in plan.lowered.columns if key.timeframe_ms}
        usual = set(longer_timeframes(self.timeframe_ms))
        return tuple(sorted((read | usual) - {self.timeframe_ms}))

    def decide(self, bars: Bars) -> Decisions:
        """Return actions, levels, ATR and session ends."""
        made = self.compiled.signals(bars, self.values, None, self.instrument, complete=True)
        return signal_decisions(made)


def rules_subject(
    document: RulesDocument,
    timeframe_ms: int,
    parameters: Mapping[str, Setting],
    instrument: Instrument | None,
) -> RulesSubject:
    """Return the rules ready to be tried; raise `InvalidInput` for parameters that do not fit."""
    compiled = compile_rules(document)
    own_ms = parse_timeframe(document.execution.timeframe).ms
    values = compiled.resolve(parameters)
    return RulesSubject(compiled, values, instrument, timeframe_ms or own_ms)
