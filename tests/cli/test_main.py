"""The command line: light help, errors in one sentence and in JSON, exit codes."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from fairlead.cli import main as cli
from fairlead.infra import errors

HEAVY = {
    "numba",
    "pandas",
    "polars",
    "pyarrow",
    "sqlalchemy",
    "fastapi",
    "psycopg",
    "rich",
    "redis",
}


def _run(arguments: list[str]) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['fairlead', '--help']\n"
        "from fairlead.cli.main import main\n"
        "try: main()\n"
        "finally: print('LOADED', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = done.stderr.partition("LOADED ")[2].split()
    assert HEAVY & set(loaded) == set()
    for name, entry in cli.COMMANDS.items():
        assert f"  {name} " in done.stdout
        assert entry.summary in done.stdout


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_loads_and_explains_itself(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run([name, "--help"]) == 0
    assert f"Usage: fairlead {name}" in capsys.readouterr().out


def test_unknown_command_is_refused_with_the_likely_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(["backtset"]) == 2
    assert "Did you mean 'backtest'?" in capsys.readouterr().err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("fairlead ")


Fail = Callable[[Exception], None]


@pytest.fixture
def fail_with(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Return a function after which every command raises the given error."""

    def arrange(error: Exception) -> None:
        def raise_it(*_args: object, **_options: object) -> None:
            raise error

        monkeypatch.setattr(cli, "_build", lambda _arguments: raise_it)

    return arrange


def test_error_is_said_in_one_sentence_with_its_parts(
    fail_with: Fail, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(
        errors.InvalidInput(
            "A price is missing.", expected="a number", found="x", path="line 3", action="Mend it."
        )
    )
    assert _run(["data"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "Error: A price is missing.",
        "  at: line 3",
        "  expected: a number",
        "  found: x",
        "  Mend it.",
    ]


def test_error_of_json_command_is_json_too(
    fail_with: Fail, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(errors.NotFound("No such series.", action="Import it."))
    assert _run(["data", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "error": {"kind": "NotFound", "message": "No such series.", "action": "Import it."}
    }


@pytest.mark.parametrize("error", [errors.InternalDefect("Broken."), ZeroDivisionError("x")])
def test_defect_ends_with_code_one(
    fail_with: Fail, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    fail_with(error)
    assert _run(["data"]) == 1
    assert "Error: " in capsys.readouterr().err


def test_wrong_option_is_a_usage_error_in_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["up", "--nope", "--json"]) == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"]["kind"] == "InvalidInput"
    assert "--nope" in said.err


def test_interrupt_ends_quietly(fail_with: Callable[[BaseException], None]) -> None:
    fail_with(KeyboardInterrupt())
    assert _run(["data"]) == 130
