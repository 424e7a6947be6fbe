"""Evaluates stored versions: compiled once in each worker, asked at every closed candle."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np

from fairlead.infra.db import Database
from fairlead.kernel.records import Records
from fairlead.kernel.series import Bars
from fairlead.live.evaluator import Said
from fairlead.live.model import LegDraft, LegPlan, Prepared
from fairlead.live.risk import apply_profile, read_profile
from fairlead.market.instruments import default_instrument
from fairlead.market.lake import Lake
from fairlead.market.recent import bars_until
from fairlead.strategies.kinds.rules.columns import ColumnCache
from fairlead.strategies.kinds.rules.compile import CompiledRules, compile_rules
from fairlead.strategies.kinds.rules.parameters import Resolved
from fairlead.strategies.sessions import slots_holding
from fairlead.strategies.sharing import shared_limits
from fairlead.strategies.versions import definition_of, load_version

KEPT_VERSIONS = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    owner_id: UUID
    rules: CompiledRules


class StoredVersions:
    """Implement `Evaluator` over the versions in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[UUID, _Known] = {}

    def warm_up(self, leg: LegPlan) -> int:
        """Return after how many bars a signal does not depend on where the series starts.

        Counted in time slots, of which a venue that closes fills only some.
        """
        rules = self._version(leg.version_id).rules
        bars = rules.warm_up(_values(leg), leg.timeframe_ms, complete=True)
        return slots_holding(bars, leg.timeframe_ms, default_instrument(leg.instrument))

    def owner(self, leg: LegPlan) -> UUID:
        """Return the author."""
        return self._version(leg.version_id).owner_id

    def policy(self, leg: LegPlan) -> Records:
        """Return the author's policy with the fee of paper trading."""
        return self._own_rules(leg)[0]

    def limits(self, leg: LegPlan) -> Records:
        """Return the author's limits."""
        return self._own_rules(leg)[1]

    def prepare(self, drafts: tuple[LegDraft, ...], risk_profile: str) -> Prepared:
        """Return the legs with their signal keys, and the rules the book trades by.

        Each leg is sized on its weight of the book's equity, equal shares where it has none;
        limits are shared as in a portfolio's backtest.
        """
        profile = read_profile(risk_profile)
        equal = Decimal(1) / len(drafts)
        chosen = [self._version(draft.version_id).rules for draft in drafts]
        resolved = [
            rules.resolve(dict(draft.parameters))
            for rules, draft in zip(chosen, drafts, strict=True)
        ]
        shared = shared_limits(
            [rules.limits(values) for rules, values in zip(chosen, resolved, strict=True)]
        )
        plans: list[LegPlan] = []
        policies: list[Records] = []
        limits: list[Records] = []
        for draft, rules, values in zip(drafts, chosen, resolved, strict=True):
            policy, limit = apply_profile(
                rules.policy(values),
                shared,
                profile,
                default_instrument(draft.instrument),
                equal if draft.weight is None else draft.weight,
            )
            plans.append(
                LegPlan(
                    draft.version_id,
                    rules.signal_key(values, complete=True),
                    tuple(sorted(values.items())),
                    draft.instrument,
                    draft.timeframe,
                    draft.timeframe_ms,
                    0,
                )
            )
            policies.append(policy)
            limits.append(limit)
        return Prepared(tuple(plans), np.concatenate(policies).tobytes(), limits[0].tobytes())

    def said(self, leg: LegPlan, bars: Bars) -> Said:
        """Return what the version says at the close of the last bar, and on what values."""
        rules, values = self._version(leg.version_id).rules, _values(leg)
        instrument, cache = default_instrument(leg.instrument), ColumnCache()
        signals = rules.signals(bars, values, cache, instrument, complete=True)
        return Said(
            action=int(signals.action[-1]),
            atr=float(signals.atr[-1]),
            stop=float(signals.stop[-1]),
            target=float(signals.target[-1]),
            last_of_session=bool(signals.last_of_session[-1]),
            why=rules.why(bars, values, cache, instrument).plain(),
        )

    def _own_rules(self, leg: LegPlan) -> tuple[Records, Records]:
        """Return what the author trades by: the policy's defaults, whoever subscribed first."""
        rules, values = self._version(leg.version_id).rules, _values(leg)
        on_signal = {p.name: values[p.name] for p in rules.parameters if p.axis == "signal"}
        own = Resolved(rules.resolve({}) | on_signal)
        return apply_profile(
            rules.policy(own),
            rules.limits(own),
            read_profile("{}"),
            default_instrument(leg.instrument),
            Decimal(1),
        )

    def _version(self, version_id: UUID) -> _Known:
        known = self._known.get(version_id)
        if known is None:
            with self._database.engine_transaction() as connection:
                version = load_version(connection, version_id)
            known = _Known(version.user_id, compile_rules(definition_of(version)))
            self._known[version_id] = known
            while len(self._known) > KEPT_VERSIONS:
                del self._known[next(iter(self._known))]
        return known


class LakeHistory:
    """Implement `History` over the lake and the candles it has not taken in yet."""

    def __init__(self, database: Database, lake: Lake) -> None:
        self._database = database
        self._lake = lake

    def bars(self, leg: LegPlan, until_ms: int) -> Bars:
        """Return the leg's bars from its pinned start to the one that closes at `until_ms`."""
        with self._database.engine_transaction() as connection:
            return bars_until(
                self._lake,
                connection,
                leg.instrument,
                leg.timeframe,
                until_ms - leg.timeframe_ms,
                leg.warm_from_ms,
            )


def _values(leg: LegPlan) -> Resolved:
    return Resolved(leg.parameters)
