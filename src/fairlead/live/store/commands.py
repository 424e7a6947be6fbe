"""Commands: what people, kill switches and the dispatcher ask of single books, until it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, text

from fairlead.infra.ids import uuid7
from fairlead.live.model import COMMAND_DONE, COMMAND_FAILED, COMMAND_NEW, Act

_INSERT = text("""
INSERT INTO commands (user_id, id, subscription_id, partition, act, leg, n, reason, note, switch_id)
SELECT s.user_id, t.id, s.id, s.partition, t.act, t.leg, t.n, t.reason, t.note, t.switch_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS uuid[]), CAST(:subscriptions AS uuid[]),
            CAST(:acts AS smallint[]), CAST(:legs AS smallint[]), CAST(:ns AS integer[]),
            CAST(:reasons AS smallint[]), CAST(:notes AS text[]), CAST(:switches AS uuid[]))
  t (id, user_id, subscription_id, act, leg, n, reason, note, switch_id)
JOIN subscriptions s ON s.user_id = t.user_id AND s.id = t.subscription_id
""")

_WAITING = text("""
SELECT user_id, id, subscription_id, act, leg, n, reason, note FROM commands
WHERE partition = :partition AND status = 0 AND act = ANY(:acts)
ORDER BY created_at, id LIMIT :most
""")

_BUSY = text("""
SELECT DISTINCT partition FROM commands
WHERE status = 0 AND partition IS NOT NULL AND act = ANY(:acts)
""")

_FINISH = text("""
UPDATE commands SET status = t.status, result = t.result, done_at = clock_timestamp()
FROM unnest(CAST(:users AS uuid[]), CAST(:ids AS uuid[]), CAST(:statuses AS smallint[]),
            CAST(:results AS text[])) t (user_id, id, status, result)
WHERE commands.user_id = t.user_id AND commands.id = t.id AND commands.status = 0
""")


@dataclass(frozen=True, slots=True)
class NewCommand:
    """A command to be written; the partition is looked up from the subscription."""

    user_id: UUID
    subscription_id: UUID
    act: Act
    leg: int = 0
    n: int = 0
    reason: int = 0
    note: str = ""
    switch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command that waits to be carried out."""

    user_id: UUID
    id: UUID
    subscription_id: UUID
    act: Act
    leg: int
    n: int
    reason: int
    note: str


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a command."""

    command: Command
    result: str
    failed: bool = False


def insert_commands(connection: Connection, commands: Sequence[NewCommand]) -> list[UUID]:
    """Write commands and return their ids; they are folded in the order in which they come."""
    if not commands:
        return []
    ids = [uuid7() for _ in commands]
    connection.execute(
        _INSERT,
        {
            "ids": ids,
            "users": [command.user_id for command in commands],
            "subscriptions": [command.subscription_id for command in commands],
            "acts": [int(command.act) for command in commands],
            "legs": [command.leg for command in commands],
            "ns": [command.n for command in commands],
            "reasons": [command.reason for command in commands],
            "notes": [command.note for command in commands],
            "switches": [command.switch_id for command in commands],
        },
    )
    return ids


def waiting_commands(
    connection: Connection, partition: int, acts: Sequence[Act], most: int
) -> list[Command]:
    """Return the oldest waiting commands of a partition, which the caller has locked."""
    rows = connection.execute(
        _WAITING, {"partition": partition, "acts": [int(act) for act in acts], "most": most}
    )
    return [
        Command(
            row.user_id,
            row.id,
            row.subscription_id,
            Act(row.act),
            row.leg,
            row.n,
            row.reason,
            row.note,
        )
        for row in rows
    ]


def busy_partitions(connection: Connection, acts: Sequence[Act]) -> list[int]:
    """Return the partitions that have such commands waiting."""
    rows = connection.execute(_BUSY, {"acts": [int(act) for act in acts]})
    return [row.partition for row in rows]


def finish_commands(connection: Connection, finished: Sequence[Finished]) -> None:
    """Note what became of commands."""
    if not finished:
        return
    connection.execute(
        _FINISH,
        {
            "users": [item.command.user_id for item in finished],
            "ids": [item.command.id for item in finished],
            "statuses": [COMMAND_FAILED if item.failed else COMMAND_DONE for item in finished],
            "results": [item.result for item in finished],
        },
    )


def waiting_count(connection: Connection) -> int:
    """Return how many commands wait, of all tenants."""
    return int(
        connection.execute(
            text("SELECT count(*) FROM commands WHERE status = :new"), {"new": COMMAND_NEW}
        ).scalar_one()
    )
