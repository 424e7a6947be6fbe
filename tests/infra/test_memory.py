"""Buffers that are kept cost no new pages."""

import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from fairlead.infra.memory import keep_large_buffers
if sys.argv[1] == "keep" and not keep_large_buffers():
    sys.exit("no such setting")
def touch():
    np.zeros(20 << 20, np.uint8).fill(1)
touch()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    touch()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(how: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", FAULTS, how],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"},
    )
    if "no such setting" in run.stderr:
        pytest.skip("the C library has no mallopt")
    return int(run.stdout)


def test_kept_buffers_are_not_fetched_page_by_page_again() -> None:
    assert _faults("keep") < _faults("give back") / 10
