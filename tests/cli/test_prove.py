"""`fairlead prove` as people and scripts type it, and what it says about what cannot be proven."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.cli.main import main
from fairlead.kernel.series import Bars
from tests.research.samples import walk_bars
from tests.strategies.definitions import crossover

Output = pytest.CaptureFixture[str]

HONEST = """
import numpy as np

def signals(bars):
    close = bars["close"]
    above = np.zeros(len(close))
    for i in range(20, len(close)):
        above[i] = 1.0 if close[i] > close[i - 20:i].mean() else 0.0
    return above
"""
LEAKS = """
import numpy as np

def signals(bars):
    return np.sign(bars.close - bars.close.mean())
"""
SPLIT = """
import numpy as np
from pieces import score

WARM_UP = 3

def signals(bars):
    columns = dict(bars)
    assert sorted(columns) == ["close", "high", "low", "open", "ts", "volume"]
    assert bars.timeframe_ms == 3_600_000
    return {"action": score(columns["close"]), "stop": columns["low"] * 0.99}
"""
PIECES = """
import numpy as np

def score(close):
    return np.sign(close - np.concatenate((close[:3], close[:-3])))
"""


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["prove", *(str(word) for word in words)])
    code = ended.value.code
    return code if isinstance(code, int) else 0


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def write_bars(path: Path, bars: Bars) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ts", "open", "high", "low", "close", "volume"])
        columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
    return path


def as_json(capsys: Output) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    return data


def test_template_is_proven_on_made_up_bars(capsys: Output) -> None:
    assert run("supertrend") == 0
    said = capsys.readouterr().out
    assert said.startswith("Proven. No decision looked ahead: ")
    assert "truncated, running, gap" in said
    assert "918 bars declared, 4" in said


def test_parameters_are_set(capsys: Output) -> None:
    assert run("sma_crossover", "--json") == 0
    usual = as_json(capsys)
    assert run("sma_crossover", "--set", "fast=3", "--set", "slow=9", "--json") == 0
    assert as_json(capsys)["decisions"] > usual["decisions"]


def test_definition_in_a_file_is_proven(tmp_path: Path, capsys: Output) -> None:
    file = written(tmp_path, "mine.json", json.dumps(crossover()))
    assert run(file, "--json", "--seed", 7) == 0
    proof = as_json(capsys)
    assert (proof["passed"], proof["seed"], proof["leaks"]) == (True, 7, [])


def test_python_file_that_leaks_ends_with_one_and_says_where(
    tmp_path: Path, capsys: Output
) -> None:
    file = written(tmp_path, "mine.py", LEAKS)
    assert run(file) == 1
    said = capsys.readouterr().out
    assert said.startswith("Leaks. With the bars after 20")
    assert "  also: With the bars after 20" in said
    assert run(file, "--json") == 1
    proof = as_json(capsys)
    assert not proof["passed"]
    assert proof["text"] == proof["leaks"][0]["text"]


def test_honest_python_file_is_proven_on_a_file_of_candles(tmp_path: Path, capsys: Output) -> None:
    bars = write_bars(tmp_path / "walk.csv", walk_bars(700))
    assert run(written(tmp_path, "mine.py", HONEST), "--bars", bars, "--json") == 0
    proof = as_json(capsys)
    assert proof["bars"] == 694
    assert proof["warm_up_needed"] == 20


def test_python_file_imports_its_neighbours_and_declares_its_warm_up(
    tmp_path: Path, capsys: Output
) -> None:
    written(tmp_path, "pieces.py", PIECES)
    assert run(written(tmp_path, "mine.py", SPLIT), "--json") == 0
    proof = as_json(capsys)
    assert (proof["warm_up_declared"], proof["warm_up_needed"]) == (3, 3)
    shorter = SPLIT.replace("WARM_UP = 3", "WARM_UP = 2")
    assert run(written(tmp_path, "mine.py", shorter), "--json") == 1
    assert as_json(capsys)["leaks"][0]["kind"] == "warm_up"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("def decide(bars): return []", "has no function signals"),
        ("import nothing_of_that_name", "line 1: No module named 'nothing_of_that_name'"),
        ("x = 1\ny = (", "SyntaxError in line 2"),
        ("WARM_UP = -1\ndef signals(bars): return bars.close", "WARM_UP"),
        ("def signals(bars): return bars.close[1:]", "one for each bar"),
        ("def signals(bars): return bars['spread']", "KeyError: 'spread'"),
    ],
)
def test_python_file_that_cannot_be_proven_is_refused(
    tmp_path: Path, capsys: Output, content: str, words: str
) -> None:
    assert run(written(tmp_path, "mine.py", content)) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("mine.py",), "There is no file mine.py"),
        (("no_template",), "no template and no file"),
        (("macd", "--timeframe", "5x"), "--timeframe"),
        (("macd", "--set", "fats=3"), "no parameter 'fats'"),
        (("mine.py", "--set", "fast=3"), "--set belongs to a definition"),
        (("macd", "--bars", "missing.csv"), "missing.csv"),
        (("macd", "--bars", "a.csv", "--instrument", "sim:BTC-USDT"), "cannot be given together"),
    ],
)
def test_options_that_cannot_be_are_refused(
    capsys: Output, options: tuple[str, ...], words: str
) -> None:
    assert run(*options) == 2
    assert words in capsys.readouterr().err


def test_strategy_that_decides_nothing_is_not_proven(tmp_path: Path, capsys: Output) -> None:
    content = "import numpy as np\ndef signals(bars): return np.zeros(len(bars))"
    assert run(written(tmp_path, "mine.py", content)) == 1
    assert capsys.readouterr().out.startswith("Not proven. Nothing was proven")
