"""Turn what a client asked for into a queued run, refusing at once what could never run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, InternalDefect, InvalidInput, NotFound
from fairlead.infra.ids import uuid7
from fairlead.infra.queue import enqueue
from fairlead.kernel.timeframe import parse_timeframe
from fairlead.market.lake import Lake
from fairlead.research.account import check_account
from fairlead.research.candidates import check_axes
from fairlead.research.cells import check_metric
from fairlead.research.drawing import sets_wanted
from fairlead.research.estimates import refuse_beyond_limits
from fairlead.research.grid import Axis
from fairlead.research.jsonable import JsonObject
from fairlead.research.model import FAR_PAST_MS, Account, Period
from fairlead.research.overfitting.family import idea_of
from fairlead.research.parameters import resolve_parameters
from fairlead.research.plan import Plan
from fairlead.research.runs import Kind, Run, Submission
from fairlead.research.store import count_unfinished, find_run, insert_run
from fairlead.research.store_trials import insert_link
from fairlead.research.times import iso_time
from fairlead.research.windows import split_windows
from fairlead.strategies.kinds.rules.form import full_form
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.model import Setting, Version
from fairlead.strategies.source import version_hash
from fairlead.strategies.versions import (
    definition_of,
    followable_version,
    load_version,
    published_name,
)

if TYPE_CHECKING:
    from fairlead.strategies.kinds.rules.compile import CompiledRules
    from fairlead.strategies.kinds.rules.document import RulesDocument

UNFINISHED_MAX = 20
MANY_BARS = 10**9


@dataclass(frozen=True, slots=True)
class Wanted:
    """Hold what a client asked for; exactly one of `version_id` and `definition` is there."""

    kind: Kind
    version_id: UUID | None
    definition: Mapping[str, object] | None
    instrument: str
    timeframe: str
    start: datetime | None
    end: datetime | None
    parameters: Mapping[str, Setting]
    account: Account
    axes: tuple[Axis, ...]
    plan: Plan


@dataclass(frozen=True, slots=True)
class Chosen:
    """Name what a run is about; `compiled` is None for a version whose definition is hidden.

    `idea` ties the family to all strategies of one idea; a hidden definition tells no idea.
    """

    name: str
    family: str
    idea: str | None
    version_hash: str
    definition: JsonObject | None
    compiled: "CompiledRules | None"


def submit(
    connection: Connection, tenant_id: UUID, lake: Lake, wanted: Wanted, now: datetime
) -> Run:
    """Write a queued run and its job in the caller's transaction.

    The end of the range is fixed now, so that a run taken over by another worker sees the same
    bars. Raises `InvalidInput` for what can never run, `NotFound` for a version or a series that
    is not there, `Conflict` for a tenant with too many runs under way.
    """
    refuse_too_many(connection, tenant_id)
    chosen = _chosen(connection, wanted)
    check_account(wanted.account)
    timeframe = _timeframe(wanted.timeframe)
    last_ts = lake.last_ts(wanted.instrument, timeframe)
    if last_ts is None:
        raise NotFound(
            f"There are no candles of {wanted.instrument} at {timeframe}.",
            action="Import them first, or choose another series.",
            path="instrument",
        )
    _check_search(wanted, chosen)
    submission = Submission(
        kind=wanted.kind,
        version_id=wanted.version_id,
        definition=chosen.definition,
        family=chosen.family,
        instrument=wanted.instrument,
        timeframe=timeframe,
        period=_period(wanted, now, last_ts),
        parameters=wanted.parameters,
        account=wanted.account,
        axes=wanted.axes,
        plan=wanted.plan,
    )
    if chosen.idea is not None:
        insert_link(connection, tenant_id, chosen.family, chosen.idea, now)
    run_id = uuid7()
    insert_run(connection, tenant_id, run_id, submission, chosen.name, chosen.version_hash, now)
    enqueue(connection, f"research.{wanted.kind}", run_id, tenant_id)
    run = find_run(connection, tenant_id, run_id, wanted.kind)
    if run is None:
        raise InternalDefect(f"Run {run_id} was written and cannot be read.")
    return run


def refuse_too_many(connection: Connection, tenant_id: UUID) -> None:
    """Raise `Conflict` for a tenant with too many runs that wait or run."""
    unfinished = count_unfinished(connection, tenant_id)
    if unfinished >= UNFINISHED_MAX:
        raise Conflict(
            f"{unfinished} runs are waiting or under way; the limit is {UNFINISHED_MAX}.",
            action="Wait for one to end, or cancel one.",
        )


def _chosen(connection: Connection, wanted: Wanted) -> Chosen:
    if (wanted.version_id is None) == (wanted.definition is None):
        raise InvalidInput(
            "A run needs one strategy: a stored version or a definition.",
            expected="either version_id or definition",
            path="version_id",
        )
    if wanted.version_id is None:
        document = read_document(wanted.definition)
        definition: JsonObject = dict(full_form(document))
        digest, idea = version_hash(document), idea_of(definition)
        return Chosen(document.name, idea, idea, digest, definition, _compiled(document))
    own = _own_version(connection, wanted.version_id)
    if own is not None:
        document = definition_of(own)
        family, idea = str(own.strategy_id), idea_of(own.definition)
        return Chosen(document.name, family, idea, own.hash, None, _compiled(document))
    offered = followable_version(connection, wanted.version_id)
    name = published_name(connection, offered.strategy_id)
    return Chosen(name, str(offered.strategy_id), None, offered.hash, None, None)


def _compiled(document: "RulesDocument") -> "CompiledRules":
    # brings Numba, which the API process loads only when someone asks for research
    from fairlead.strategies.kinds.rules.compile import compile_rules

    return compile_rules(document)


def _own_version(connection: Connection, version_id: UUID) -> Version | None:
    try:
        return load_version(connection, version_id)
    except NotFound:
        return None


def _check_search(wanted: Wanted, chosen: Chosen) -> None:
    """Refuse parameters, grids and windows that no bars could make right."""
    if wanted.kind in ("backtest", "proof"):
        if chosen.compiled is not None:
            resolve_parameters(chosen.compiled, wanted.parameters)
        return
    check_metric(wanted.plan.metric)
    refuse_beyond_limits(sets_wanted(wanted.axes, wanted.plan.draw), 1)
    if chosen.compiled is not None:
        check_axes(chosen.compiled, wanted.axes, wanted.parameters)
    if wanted.kind == "walkforward":
        plan = wanted.plan
        split_windows(MANY_BARS, plan.windows, plan.fit, plan.anchored, plan.purge, plan.embargo)


def _period(wanted: Wanted, now: datetime, last_ts: int) -> Period:
    wanted_end = now if wanted.end is None else min(wanted.end, now)
    end_ms = min(_milliseconds(wanted_end), last_ts + 1)
    start_ms = FAR_PAST_MS if wanted.start is None else _milliseconds(wanted.start)
    if start_ms >= end_ms:
        raise InvalidInput(
            "The range is empty: it ends before it begins, or begins after the last candle.",
            expected=f"a range that begins before {iso_time(last_ts)}",
            path="from",
        )
    return Period(start_ms, end_ms)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _timeframe(text: str) -> str:
    try:
        return str(parse_timeframe(text))
    except ValueError as error:
        raise InvalidInput(f"The timeframe cannot be read: {error}.", path="timeframe") from None
