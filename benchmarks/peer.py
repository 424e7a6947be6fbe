"""Peers in an environment of their own: made on demand, driven through files, never imported."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.series import Bars

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"
REQUIREMENTS = HERE / "requirements.txt"
INSTALLED = HERE / ".venv" / "requirements.txt"
BACKTESTING = "backtesting.py 0.6.6"
VECTORBT = "vectorbt 1.2.0"
DRIVERS = {BACKTESTING: "backtesting_py.py", VECTORBT: "vectorbt_.py"}
TIMEOUT_S = 1800


class PeersMissing(Exception):
    """The environment of the peers could not be made; its message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """The SMA crossover all engines run: quantities in units, levels and fee as fractions."""

    fast: int = 20
    slow: int = 50
    stop: float = 0.02
    target: float = 0.04
    fee: float = 0.001
    quantity: int = 10
    cash: float = 1_000_000.0
    shorts: bool = True
    repeats: int = 1
    exact: bool = False  # averages from integer sums, so that ties are ties
    open_first: bool = False  # an order due at the open comes before the bar's range


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine did: CPU seconds per repeat, final equity, closed trades in entry order."""

    seconds: NDArray[np.float64]
    equity: float
    side: NDArray[np.float64]
    entry_bar: NDArray[np.int64]
    exit_bar: NDArray[np.int64]
    entry_price: NDArray[np.float64]
    exit_price: NDArray[np.float64]

    @property
    def median_s(self) -> float:
        return float(np.median(self.seconds))

    def __len__(self) -> int:
        return len(self.side)


def prepare_peers() -> None:
    """Make the peers' environment unless it is there.

    Raises `PeersMissing` when it cannot be made, for instance without a network.
    """
    wanted = REQUIREMENTS.read_text()
    if INSTALLED.is_file() and INSTALLED.read_text() == wanted:
        return
    print("benchmarks: making the peers' environment (once)", file=sys.stderr)
    shutil.rmtree(HERE / ".venv", ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(HERE / ".venv")])
    _run([str(PYTHON), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)])
    INSTALLED.write_text(wanted)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise PeersMissing(f"{' '.join(command[1:])} failed: {done.stderr.strip()[-800:]}")


def run_peer(name: str, bars: Bars, request: Request) -> Answer:
    """Run one peer over `bars` in its own process and return what it did.

    Raises `PeersMissing` when the peer fails, with its last words.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / part for part in ("bars.npz", "request.json", "result.npz")]
        np.savez(
            paths[0],
            ts=bars.ts,
            open=bars.open,
            high=bars.high,
            low=bars.low,
            close=bars.close,
            volume=bars.volume,
        )
        paths[1].write_text(json.dumps(asdict(request)))
        _run([str(PYTHON), str(HERE / "peers" / DRIVERS[name]), *map(str, paths)])
        return _answer(paths[2])


def _answer(path: Path) -> Answer:
    with np.load(path) as result:
        order = np.argsort(result["entry_bar"], kind="stable")
        return Answer(
            seconds=result["seconds"],
            equity=float(result["equity"]),
            side=result["side"][order],
            entry_bar=result["entry_bar"][order],
            exit_bar=result["exit_bar"][order],
            entry_price=result["entry_price"][order],
            exit_price=result["exit_price"][order],
        )
