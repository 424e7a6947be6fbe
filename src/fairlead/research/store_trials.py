"""The SQL of the ledger of trials: lines are added and summed up, never changed or removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.research.runs import Trial

# A repeat of the same search over the same bars finds nothing new, so it weighs once.
_LINES = """
    SELECT DISTINCT ON (version_hash, parameters_hash, instrument, timeframe, first_ms, last_ms)
        COALESCE(effective, sets) AS weight, COALESCE(sharpe_mean, 0) AS mean,
        COALESCE(sharpe_variance, 86400000.0 / GREATEST(last_ms - first_ms, 86400000)) AS variance
    FROM trials
    WHERE user_id = :tenant AND family = ANY(:families) {on_instrument}
    ORDER BY version_hash, parameters_hash, instrument, timeframe, first_ms, last_ms,
        COALESCE(effective, sets) DESC
"""
_ON_INSTRUMENT = "AND instrument = :instrument"


@dataclass(frozen=True, slots=True)
class TrialSums:
    """Hold sums over lines; `effective` leaves exact repeats out, the moments weigh by it."""

    trials: int
    effective: float
    sharpe_mean: float
    sharpe_variance: float


@dataclass(frozen=True, slots=True)
class TrialLine:
    """Hold one line as people see it; `place` is where a list goes on after it."""

    place: int
    at: datetime
    family: str
    kind: str
    instrument: str
    timeframe: str
    sets: int
    best: float | None
    metric: str


def insert_trial(
    connection: Connection,
    tenant_id: UUID,
    run_id: UUID,
    trial: Trial,
    now: datetime,
    *,
    part: str = "",
    origin: str = "server",
) -> bool:
    """Add a line, once for each part of a run; return whether it is new."""
    written = connection.execute(
        text("""
            INSERT INTO trials (user_id, run_id, part, origin, family, kind, version_hash,
                instrument, timeframe, first_ms, last_ms, parameters_hash, metric, sets, best,
                effective, sharpe_mean, sharpe_variance, created_at)
            VALUES (:user_id, :run_id, :part, :origin, :family, :kind, :version_hash,
                :instrument, :timeframe, :first_ms, :last_ms, :parameters_hash, :metric, :sets,
                :best, :effective, :sharpe_mean, :sharpe_variance, :created_at)
            ON CONFLICT (user_id, run_id, part) DO NOTHING
        """),
        {
            "user_id": tenant_id,
            "run_id": run_id,
            "part": part,
            "origin": origin,
            "created_at": now,
            **{name: getattr(trial, name) for name in Trial.__slots__},
        },
    )
    return written.rowcount == 1


def insert_link(
    connection: Connection, tenant_id: UUID, family: str, idea: str, now: datetime
) -> None:
    """Say that a family of trials is of an idea; saying it again changes nothing."""
    if family == idea:
        return
    connection.execute(
        text("""
            INSERT INTO trial_links (user_id, family, idea, created_at)
            VALUES (:tenant, :family, :idea, :now)
            ON CONFLICT (user_id, family, idea) DO NOTHING
        """),
        {"tenant": tenant_id, "family": family, "idea": idea, "now": now},
    )


def kin_of(connection: Connection, tenant_id: UUID, members: Sequence[str]) -> list[str]:
    """Return every family and idea that is linked to one of the members, over any steps."""
    rows = connection.execute(
        text("""
            WITH RECURSIVE kin(member) AS (
                SELECT unnest(CAST(:members AS text[]))
                UNION
                SELECT CASE WHEN link.family = kin.member THEN link.idea ELSE link.family END
                FROM kin JOIN trial_links link ON link.user_id = :tenant
                    AND kin.member IN (link.family, link.idea)
            )
            SELECT member FROM kin ORDER BY member
        """),
        {"tenant": tenant_id, "members": list(members)},
    )
    return [str(row.member) for row in rows]


def sum_on_instrument(
    connection: Connection, tenant_id: UUID, families: Sequence[str], instrument: str
) -> TrialSums:
    """Sum up what was tried of some families on one instrument."""
    return _sums(connection, tenant_id, families, _ON_INSTRUMENT, instrument)


def sum_everywhere(connection: Connection, tenant_id: UUID, families: Sequence[str]) -> TrialSums:
    """Sum up what was tried of some families on all instruments."""
    return _sums(connection, tenant_id, families, "", "")


def _sums(
    connection: Connection,
    tenant_id: UUID,
    families: Sequence[str],
    on_instrument: str,
    instrument: str,
) -> TrialSums:
    lines = _LINES.format(on_instrument=on_instrument)
    row = connection.execute(
        text(f"""
            WITH line AS ({lines}), centre AS (
                SELECT sum(weight) AS weight, sum(weight * mean) / sum(weight) AS mean FROM line
            )
            SELECT (SELECT COALESCE(sum(sets), 0)::bigint FROM trials
                    WHERE user_id = :tenant AND family = ANY(:families) {on_instrument}) AS trials,
                COALESCE(min(centre.weight), 0) AS effective,
                COALESCE(min(centre.mean), 0) AS mean,
                COALESCE(sum(line.weight * (line.variance + power(line.mean - centre.mean, 2)))
                         / min(centre.weight), 0) AS variance
            FROM line CROSS JOIN centre
        """),
        {"tenant": tenant_id, "families": list(families), "instrument": instrument},
    ).one()
    return TrialSums(int(row.trials), float(row.effective), float(row.mean), float(row.variance))


def all_families(connection: Connection, tenant_id: UUID) -> list[str]:
    """Return every family of which the tenant tried something."""
    rows = connection.execute(
        text("SELECT DISTINCT family FROM trials WHERE user_id = :tenant ORDER BY family"),
        {"tenant": tenant_id},
    )
    return [str(row.family) for row in rows]


def list_trials(
    connection: Connection,
    tenant_id: UUID,
    families: Sequence[str],
    before: int | None,
    limit: int,
) -> list[TrialLine]:
    """Return up to `limit` lines of some families, newest first, below place `before` if given."""
    rows = connection.execute(
        text("""
            SELECT place, created_at AS at, family, kind, instrument, timeframe, sets, best, metric
            FROM trials
            WHERE user_id = :tenant AND family = ANY(:families)
              AND (CAST(:before AS bigint) IS NULL OR place < CAST(:before AS bigint))
            ORDER BY place DESC LIMIT :limit
        """),
        {"tenant": tenant_id, "families": list(families), "before": before, "limit": limit},
    )
    return [TrialLine(**row._mapping) for row in rows]


def insert_upload(
    connection: Connection,
    tenant_id: UUID,
    strategy_id: UUID,
    version_hash: str,
    head: str,
    lines: int,
    now: datetime,
) -> None:
    """Record that a version came with its ledger, which ended in `head` after `lines` lines."""
    connection.execute(
        text("""
            INSERT INTO trial_uploads (user_id, strategy_id, version_hash, head, lines, created_at)
            VALUES (:tenant, :strategy, :hash, :head, :lines, :now)
            ON CONFLICT (user_id, strategy_id, version_hash, head) DO NOTHING
        """),
        {
            "tenant": tenant_id,
            "strategy": strategy_id,
            "hash": version_hash,
            "head": head,
            "lines": lines,
            "now": now,
        },
    )


def versions_with_ledger(
    connection: Connection, tenant_id: UUID, strategy_ids: Sequence[UUID]
) -> set[tuple[UUID, str]]:
    """Return strategy and hash of the versions that came with their ledger."""
    rows = connection.execute(
        text("""
            SELECT DISTINCT strategy_id, version_hash FROM trial_uploads
            WHERE user_id = :tenant AND strategy_id = ANY(CAST(:strategies AS uuid[]))
        """),
        {"tenant": tenant_id, "strategies": list(strategy_ids)},
    )
    return {(row.strategy_id, row.version_hash) for row in rows}


def is_head(connection: Connection, tenant_id: UUID, head: str) -> bool:
    """Tell whether a ledger was taken over up to a line with this hash."""
    row = connection.execute(
        text("SELECT 1 FROM trial_uploads WHERE user_id = :tenant AND head = :head LIMIT 1"),
        {"tenant": tenant_id, "head": head},
    )
    return row.first() is not None
