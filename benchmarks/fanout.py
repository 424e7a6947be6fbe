"""From a candle's close to every subscriber's order durable, beside bare order rows."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.fanout_world import ORDERS, SECRET_KEY, Crowd, plant_crowd
from benchmarks.figures import Figure
from fairlead.infra.db import Database
from fairlead.infra.embedded import EmbeddedPostgres
from fairlead.infra.migrate import upgrade
from fairlead.infra.roles import libpq_url, role_urls

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
ROUNDS = 3
# subscribers -> seconds to reach, on two cores
CEILINGS = {10_000: 0.15, 100_000: 1.2}

_SHAPE_OF_ORDERS = "CREATE TABLE bare_orders (LIKE orders INCLUDING ALL)"
_BARE = """
INSERT INTO bare_orders SELECT * FROM orders
WHERE n = %(n)s AND abs(hashtext(user_id::text)) %% %(workers)s = %(worker)s ORDER BY user_id
"""


def fanout_figures(subscribers: int) -> list[Figure]:
    """Measure turns in which every subscriber orders, and turns in which all of them fill."""
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder))
        admin_url = server.start()
        try:
            upgrade(admin_url, SECRET_KEY)
            return _measure(admin_url, subscribers)
        finally:
            server.stop()


def _measure(admin_url: str, subscribers: int) -> list[Figure]:
    database = Database.open(role_urls(admin_url, SECRET_KEY))
    crowd = plant_crowd(database, subscribers)
    orders: list[float] = []
    fills: list[float] = []
    with _workers(admin_url) as workers:
        for _ in range(4 * (ROUNDS + 1)):
            action, seconds = _turn(crowd, workers)
            (orders if action in ORDERS else fills).append(seconds)
            if action in ORDERS:
                _ask(workers, "dispatch")
    database.close()
    written, floor_s = _bare_rows(admin_url)
    warm_orders, warm_fills = orders[2:], fills[3:]
    order_s = statistics.median(warm_orders)
    name = f"{subscribers:,} subscribers: close to all orders durable"
    note = f"two engine workers; {written:,} orders; {max(warm_orders):.2f} s at worst"
    return [
        Figure(name, order_s, "s", ceiling=CEILINGS.get(subscribers), note=note),
        Figure("  beside bare indexed order rows", order_s / floor_s, "x", note=f"{floor_s:.3f} s"),
        Figure("  close to all fills folded", statistics.median(warm_fills), "s"),
        Figure("  each subscriber", order_s / subscribers * 1e6, "us"),
    ]


def _turn(crowd: Crowd, workers: list[subprocess.Popen[str]]) -> tuple[int, float]:
    begin = time.perf_counter()
    action = crowd.close_candle()
    _ask(workers, "turn")
    return action, time.perf_counter() - begin


def _bare_rows(admin_url: str) -> tuple[int, float]:
    """Insert one turn's order rows again, bare, over as many connections as there are workers."""
    with psycopg.connect(libpq_url(admin_url), autocommit=True) as connection:
        connection.execute(_SHAPE_OF_ORDERS)
        latest = connection.execute("SELECT max(n), count(DISTINCT user_id) FROM orders").fetchone()
        assert latest is not None
        numbers = [latest[0] - back for back in range(3)]

        def insert(worker: int, number: int) -> None:
            with psycopg.connect(libpq_url(admin_url)) as own:
                own.execute(_BARE, {"n": number, "workers": WORKERS, "worker": worker})

        seconds = []
        with ThreadPoolExecutor(WORKERS) as pool:
            for number in numbers:
                begin = time.perf_counter()
                list(pool.map(lambda worker: insert(worker, number), range(WORKERS)))  # noqa: B023
                seconds.append(time.perf_counter() - begin)
    return int(latest[1]), statistics.median(seconds)


@contextmanager
def _workers(admin_url: str) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "benchmarks.fanout_worker", admin_url]
    workers = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(WORKERS)
    ]
    try:
        for worker in workers:
            _answer(worker)
        yield workers
    finally:
        for worker in workers:
            worker.communicate(timeout=60)


def _ask(workers: list[subprocess.Popen[str]], what: str) -> None:
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(f"{what}\n")
        worker.stdin.flush()
    for worker in workers:
        _answer(worker)


def _answer(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    line = worker.stdout.readline()
    if not line:
        raise RuntimeError("a worker of the benchmark died; its words stand above")
    return line
