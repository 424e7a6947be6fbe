"""How much memory a process and all below it hold at the same time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

LOOK_EVERY_S = 0.25
PROC = Path("/proc")
# what a process holds itself, by its share; pages of files (mapped candles) can be dropped
HELD = ("Pss_Anon:", "Pss_Shmem:")


class Meter:
    """Watch the memory of this process and of all below it until the block ends."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Meter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            self.peak_mb = max(self.peak_mb, sum(held_mb(pid) for pid in family_of(os.getpid())))


def family_of(root: int) -> list[int]:
    """Return a process and all below it."""
    below: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            below.setdefault(_parent(entry), []).append(int(entry.name))
    found, next_ = [], [root]
    while next_:
        pid = next_.pop()
        found.append(pid)
        next_ += below.get(pid, [])
    return found


def held_mb(pid: int) -> float:
    """Return the proportional memory of a process without pages of files; 0 when it has gone."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(HELD)) / 1024


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0
