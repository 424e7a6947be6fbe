"""Evaluations: one version on one bar, exactly once, and the bars with signals books fold."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, text

from fairlead.kernel.records import EVENT, Records
from fairlead.live.model import LegPlan

# What makes an evaluation happen once is this unique row. The lock only keeps a second worker
# from computing in vain: it tries, and leaves the row to whoever has it.
_TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))")

_INSERT = text("""
INSERT INTO evaluations (id, owner_id, version_id, signal_key, instrument, timeframe, ts,
    status, attempt, signal, action, atr, stop, target, last_of_session, open, high, low, close,
    why, subscribers,
    error, due_at, started_at, completed_at)
VALUES (:id, :owner_id, :version_id, :signal_key, :instrument, :timeframe, :ts, :status, 1,
    :signal, :action, :atr, :stop, :target, :last_of_session, :open, :high, :low, :close,
    CAST(:why AS jsonb), :subscribers, :error, :due_at, :started_at, clock_timestamp())
ON CONFLICT (version_id, signal_key, instrument, timeframe, ts) DO NOTHING
""")

_CLAIM = text("""
INSERT INTO evaluations (id, owner_id, version_id, signal_key, instrument, timeframe, ts,
    status, attempt, lease_until, open, high, low, close, due_at, started_at)
VALUES (:id, :owner_id, :version_id, :signal_key, :instrument, :timeframe, :ts, 'RUNNING', 1,
    clock_timestamp() + make_interval(secs => :lease_s), :open, :high, :low, :close, :due_at,
    clock_timestamp())
ON CONFLICT (version_id, signal_key, instrument, timeframe, ts) DO UPDATE
SET attempt = evaluations.attempt + 1,
    lease_until = clock_timestamp() + make_interval(secs => :lease_s)
WHERE evaluations.status = 'RUNNING' AND evaluations.lease_until < clock_timestamp()
RETURNING id, attempt
""")

_COMPLETE = text("""
UPDATE evaluations SET status = :status, signal = :signal, action = :action, atr = :atr,
    stop = :stop, target = :target, last_of_session = :last_of_session,
    why = CAST(:why AS jsonb), subscribers = :subscribers, error = :error, lease_until = NULL,
    completed_at = clock_timestamp()
WHERE id = :id AND status = 'RUNNING' AND attempt = :attempt
""")

_DONE = text("""
SELECT 1 FROM evaluations
WHERE version_id = :version_id AND signal_key = :signal_key AND instrument = :instrument
  AND timeframe = :timeframe AND ts = :ts AND status <> 'RUNNING'
""")

_EVENTS = text("""
SELECT g.leg, e.ts, e.ts + g.timeframe_ms AS closed_at, e.open, e.high, e.low, e.close, e.action,
       e.stop, e.target, e.atr, e.last_of_session
FROM lineup_legs g JOIN evaluations e
  ON e.version_id = g.version_id AND e.signal_key = g.signal_key
 AND e.instrument = g.instrument AND e.timeframe = g.timeframe
JOIN turns t ON t.lineup_id = g.lineup_id AND t.boundary_ms = e.ts + g.timeframe_ms
 AND g.leg = ANY(t.legs)
WHERE g.lineup_id = :lineup AND e.ts > :after - g.timeframe_ms AND e.ts <= :until - g.timeframe_ms
ORDER BY closed_at, g.leg
""")

_EVENT_COLUMNS = (
    "leg",
    "ts",
    "closed_at",
    "open",
    "high",
    "low",
    "close",
    "action",
    "stop",
    "target",
    "atr",
    "last_of_session",
)

_NEWEST = text("""
SELECT ts FROM evaluations
WHERE version_id = :version_id AND signal_key = :signal_key AND instrument = :instrument
  AND timeframe = :timeframe AND ts <= :ts AND status <> 'RUNNING'
ORDER BY ts DESC LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class EvaluationKey:
    """What an evaluation is of; `ts` is the bar's open time."""

    version_id: UUID
    signal_key: str
    instrument: str
    timeframe: str
    ts: int


@dataclass(frozen=True, slots=True)
class Candle:
    """The bar an evaluation saw."""

    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a version said: `signal` as computed, `action` as traded (an entry too late is none).

    `why` holds the filter values that people are shown; `error` says why a FAILED or SKIPPED
    evaluation gave no more.
    """

    status: str
    signal: int
    action: int
    atr: float
    stop: float
    target: float
    last_of_session: bool
    why: tuple[tuple[str, float], ...]
    subscribers: int
    error: str | None


def try_lock(connection: Connection, key: EvaluationKey) -> bool:
    """Tell whether this transaction may compute; False means that another one is at it."""
    return bool(connection.execute(_TRY, {"key": _text(key)}).scalar_one())


def _text(key: EvaluationKey) -> str:
    return f"{key.version_id}/{key.signal_key}/{key.instrument}/{key.timeframe}/{key.ts}"


def is_done(connection: Connection, key: EvaluationKey) -> bool:
    """Tell whether the evaluation has been made; a stored signal is never computed again."""
    return connection.execute(_DONE, _key_row(key)).one_or_none() is not None


def insert(
    connection: Connection,
    evaluation_id: UUID,
    owner_id: UUID,
    key: EvaluationKey,
    candle: Candle,
    verdict: Verdict,
    due_at: datetime,
    started_at: datetime,
) -> bool:
    """Write a finished evaluation; return False when another worker's row is already there."""
    row = _key_row(key) | _verdict_row(verdict) | _candle_row(candle)
    row |= {"id": evaluation_id, "owner_id": owner_id}
    row |= {"due_at": due_at, "started_at": started_at}
    return connection.execute(_INSERT, row).rowcount == 1


def claim_running(
    connection: Connection,
    evaluation_id: UUID,
    owner_id: UUID,
    key: EvaluationKey,
    candle: Candle,
    due_at: datetime,
    lease_s: float,
) -> tuple[UUID, int] | None:
    """Take a slow evaluation, or take it over from a worker whose lease ended.

    Return (id, attempt), or None while another worker holds it or when it is finished.
    """
    row = _key_row(key) | _candle_row(candle)
    row |= {"id": evaluation_id, "owner_id": owner_id, "due_at": due_at, "lease_s": lease_s}
    claimed = connection.execute(_CLAIM, row).one_or_none()
    return (claimed.id, claimed.attempt) if claimed else None


def complete(connection: Connection, evaluation_id: UUID, attempt: int, verdict: Verdict) -> bool:
    """Finish a claimed evaluation; return False when it was taken over meanwhile."""
    row = _verdict_row(verdict) | {"id": evaluation_id, "attempt": attempt}
    return connection.execute(_COMPLETE, row).rowcount == 1


def _key_row(key: EvaluationKey) -> dict[str, object]:
    return {
        "version_id": key.version_id,
        "signal_key": key.signal_key,
        "instrument": key.instrument,
        "timeframe": key.timeframe,
        "ts": key.ts,
    }


def _candle_row(candle: Candle) -> dict[str, object]:
    return {"open": candle.open, "high": candle.high, "low": candle.low, "close": candle.close}


def _verdict_row(verdict: Verdict) -> dict[str, object]:
    return {
        "status": verdict.status,
        "signal": verdict.signal,
        "action": verdict.action,
        "atr": verdict.atr,
        "stop": verdict.stop,
        "target": verdict.target,
        "last_of_session": verdict.last_of_session,
        "why": json.dumps(dict(verdict.why)),
        "subscribers": verdict.subscribers,
        "error": verdict.error,
    }


def read_events(connection: Connection, lineup_id: UUID, after_ms: int, until_ms: int) -> Records:
    """Return bars with signals of a lineup, EVENT, whose close lies in (after_ms, until_ms]."""
    rows = connection.execute(
        _EVENTS, {"lineup": lineup_id, "after": after_ms, "until": until_ms}
    ).all()
    events = np.zeros(len(rows), EVENT)
    if rows:
        for name, column in zip(_EVENT_COLUMNS, zip(*rows, strict=True), strict=True):
            events[name] = column
    return events


def has_spoken(connection: Connection, leg: LegPlan, boundary_ms: int) -> bool:
    """Tell whether nothing is missing of a leg at a boundary.

    A leg is due where its latest bar's close lies a whole number of its timeframes back; before
    its first bar, where the boundary is a whole number of them since 1970.
    """
    ts = boundary_ms - leg.timeframe_ms
    row = {
        "version_id": leg.version_id,
        "signal_key": leg.signal_key,
        "instrument": leg.instrument,
        "timeframe": leg.timeframe,
        "ts": ts,
    }
    newest = connection.execute(_NEWEST, row).scalar()
    phase = 0 if newest is None else int(newest)
    return newest == ts or (ts - phase) % leg.timeframe_ms != 0
