"""`fairlead strategy`: what it prints, and what it says about files that are wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.cli import main as cli
from tests.strategies.definitions import crossover

Output = pytest.CaptureFixture[str]


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["strategy", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def written(folder: Path, data: Any) -> str:
    file = folder / "mine.json"
    file.write_text(data if isinstance(data, str) else json.dumps(data))
    return str(file)


def test_templates_are_listed(capsys: Output) -> None:
    assert run("templates") == 0
    assert "sma_crossover" in capsys.readouterr().out
    assert run("templates", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in listed][:2] == ["sma_crossover", "ema_crossover"]


def test_shown_definition_has_parameters_and_hash(capsys: Output) -> None:
    assert run("show", "supertrend") == 0
    text = capsys.readouterr().out
    assert "multiple" in text
    assert "signal" in text
    assert run("show", "supertrend", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert len(shown["hash"]) == 64
    assert shown["warm_up"] == 918


def test_good_file_is_valid(tmp_path: Path, capsys: Output) -> None:
    assert run("validate", written(tmp_path, crossover())) == 0
    assert "is valid" in capsys.readouterr().out
    assert run("validate", written(tmp_path, crossover()), "--json") == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True


def test_wrong_file_names_path_expected_and_found(tmp_path: Path, capsys: Output) -> None:
    file = written(tmp_path, crossover(exits={"stop_loss_pct": 7, "stop": 1}))
    assert run("validate", file) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "not valid in 2 places" in said.err
    assert "/exits/stop_loss_pct: expected a number from 0 to 0.99" in said.err
    assert "found    7" in said.err
    assert run("validate", file, "--json") == 2
    errors = json.loads(capsys.readouterr().out)["errors"]
    assert {error["path"] for error in errors} == {"/exits/stop_loss_pct", "/exits/stop"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("", "is not JSON"),
        (" " * 300_000, "too large"),
    ],
)
def test_file_that_is_no_definition_is_refused(
    tmp_path: Path, capsys: Output, content: str, message: str
) -> None:
    assert run("validate", written(tmp_path, content)) == 2
    assert message in capsys.readouterr().err


def test_file_that_is_not_there_is_refused(capsys: Output) -> None:
    assert run("validate", "/nowhere/mine.json") == 2
    assert "no template and no file" in capsys.readouterr().err


def test_number_that_is_not_finite_is_refused(tmp_path: Path, capsys: Output) -> None:
    file = written(tmp_path, json.dumps(crossover(exits={"stop_loss_pct": float("nan")})))
    assert run("validate", file) == 2
    assert "NaN" in capsys.readouterr().err
