"""How long people wait: the command line's help, and a warm platform's first page."""

from __future__ import annotations

import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.figures import Figure

PATIENCE_S = 120.0
POLL_S = 0.02


def startup_figures(repeats: int = 5) -> list[Figure]:
    """Measure `fairlead --help` in CPU seconds and a warm `fairlead up` in wall seconds."""
    return [
        Figure("fairlead --help", _help_cpu_s(repeats), "CPU s", ceiling=0.3),
        Figure("warm fairlead up to first page", _warm_up_s(), "s", ceiling=4.0),
    ]


def _fairlead(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("fairlead")), *arguments]


def _help_cpu_s(repeats: int) -> float:
    seconds = []
    for _ in range(repeats + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(_fairlead("--help"), check=True, capture_output=True, timeout=PATIENCE_S)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(seconds[1:])


def _warm_up_s() -> float:
    with tempfile.TemporaryDirectory() as folder:
        _first_page_s(folder)
        return _first_page_s(folder)


def _first_page_s(folder: str) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begin = time.perf_counter()
    platform = subprocess.Popen(
        _fairlead("up", "--port", str(port), "--data", folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_page(f"http://127.0.0.1:{port}/", begin)
        return time.perf_counter() - begin
    finally:
        platform.send_signal(signal.SIGINT)
        platform.wait(PATIENCE_S)


def _wait_for_page(url: str, begin: float) -> None:
    visit = urllib.request.Request(url, headers={"Accept": "text/html"})
    while True:
        try:
            with urllib.request.urlopen(visit, timeout=5) as page:
                if page.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            if time.perf_counter() - begin > PATIENCE_S:
                raise
        time.sleep(POLL_S)
