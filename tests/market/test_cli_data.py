"""`fairlead data` as people type it: words on stdout, progress on stderr, exit codes."""

import json
from pathlib import Path

import pytest

from fairlead.cli.main import main
from tests.market.makers import HOUR, START, csv_rows, make_bars, pick, write_csv


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command line; return exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["data", *arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = csv_rows(pick(make_bars(100), [k for k in range(100) if k not in (50, 51)]))
    rows[10] = rows[10].rsplit(",", 1)[0] + ",nan"
    return write_csv(tmp_path / "bars.csv", rows)


def test_import_and_coverage_say_what_there_is(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(tmp_path / "data"))
    code, out, _ = run(capsys, "import", str(file), "--instrument", "x:BTC", "--timeframe", "1h",
                       *data)  # fmt: skip
    assert code == 0
    assert "98 rows, 97 good, 1 kept aside" in out
    assert "line 12: a price or the volume is not finite" in out
    assert "3 missing bars in 2 gaps, the longest 3.0 h" in out
    code, out, _ = run(capsys, "coverage", *data)
    assert code == 0
    assert "x:BTC" in out
    assert "3.0 h" in out


def test_json_is_whole_and_alone_on_stdout(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(tmp_path / "data"), "--json")
    code, out, _ = run(capsys, "import", str(file), "--instrument", "x:BTC", "--timeframe", "60",
                       *data)  # fmt: skip
    report = json.loads(out)
    assert (code, report["added"], report["reasons"]) == (0, 97, {"not_finite": 1})
    assert report["quality"]["missing_bars"] == 3
    code, out, _ = run(capsys, "coverage", "--instrument", "x:BTC", *data)
    (entry,) = json.loads(out)
    assert entry["first_ts"] == START
    assert entry["last_ts"] == START + 99 * HOUR
    assert entry["freshness_s"] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("import", "nowhere.csv", "--instrument", "x:B", "--timeframe", "1h"), "no file"),
        (("coverage", "--instrument", "x:NONE"), "no bars of x:NONE"),
        (("coverage", "--instrument", "none"), "does not name an instrument"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments, "--data", str(tmp_path / "data"))
    assert (code, out) == (2, "")
    assert words in err


def test_zone_calendar_and_replace_are_passed_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"2024-01-{day:02d},10,10,10,10,1" for day in (2, 3, 4)]
    path = write_csv(tmp_path / "a.csv", rows)
    common = (str(path), "--instrument", "my:STOCK", "--timeframe", "1d", "--data",
              str(tmp_path / "data"), "--json")  # fmt: skip
    code, out, err = run(capsys, "import", *common)
    assert (code, json.loads(out)["error"]["kind"]) == (2, "InvalidInput")
    assert "--timezone" in err
    code, out, _ = run(capsys, "import", *common, "--timezone", "America/New_York", "--calendar",
                       "XNYS")  # fmt: skip
    assert (code, json.loads(out)["calendar"]) == (0, "XNYS")
    path.write_text(path.read_text().replace(",10,1\n", ",10,2\n"))
    code, out, _ = run(capsys, "import", *common, "--timezone", "America/New_York", "--replace")
    assert json.loads(out)["replaced"] == 3


def test_empty_lake_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "coverage", "--data", str(tmp_path / "data"))
    assert code == 0
    assert "fairlead data import" in out
