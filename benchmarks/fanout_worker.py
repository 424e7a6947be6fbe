"""One engine worker of the fan-out benchmark: does what a line asks for, answers with a count.

Usage: python -m benchmarks.fanout_worker ADMIN_URL   (lines: `turn`, `dispatch`)
"""

from __future__ import annotations

import sys

from benchmarks.decisions import compile_turn
from benchmarks.fanout_world import SECRET_KEY
from fairlead.brokers.catalog import open_venues
from fairlead.infra.db import Database
from fairlead.infra.memory import keep_large_buffers
from fairlead.infra.roles import role_urls
from fairlead.live.cache import Cache
from fairlead.live.execution import Dispatcher, busy_partitions, dispatch_partition
from fairlead.live.steps import walk_on
from fairlead.live.turn import apply_next_chunk


class NoBuckets:
    """Tokens without end: paper has no rate to keep."""

    def try_token(self, bucket: str, rate: float, burst: float) -> float:
        return 0.0


def main(admin_url: str) -> None:
    """Serve until the input ends."""
    keep_large_buffers()
    database = Database.open(role_urls(admin_url, SECRET_KEY), pool_size=2)
    cache = Cache()
    dispatcher = Dispatcher(database, open_venues(), NoBuckets(), walk_on)
    compile_turn()
    print("ready", flush=True)
    for line in sys.stdin:
        done = _turn(database, cache) if line.strip() == "turn" else _dispatch(dispatcher)
        print(done, flush=True)
    database.close()


def _turn(database: Database, cache: Cache) -> int:
    """Apply chunks until none is left; return how many."""
    done = 0
    while True:
        if apply_next_chunk(database, cache, walk_on) is None:
            return done
        done += 1


def _dispatch(dispatcher: Dispatcher) -> int:
    """Send orders until none waits; return how many."""
    sent = 0
    while True:
        moved = sum(
            dispatch_partition(dispatcher, partition).sent
            for partition in busy_partitions(dispatcher.database)
        )
        if moved == 0:
            return sent
        sent += moved


if __name__ == "__main__":
    main(sys.argv[1])
