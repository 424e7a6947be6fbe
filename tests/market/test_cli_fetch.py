"""`fairlead data fetch`, `providers` and `actions`, and `coverage` on a narrow terminal."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from fairlead.cli.main import main
from fairlead.market.lake import Lake
from tests.market.makers import DAY, HOUR, START, csv_rows, make_bars, pick, write_csv
from tests.market.test_actions import day_of, sessions, split


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a command line; return exit code, stdout and stderr."""
    with pytest.raises(SystemExit) as ended:
        main(["data", *arguments])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    rows = csv_rows(pick(make_bars(100), [k for k in range(100) if k != 50]))
    rows[10] = rows[10].rsplit(",", 1)[0] + ",nan"
    write_csv(folder / "x_BTC-USDT_1h.csv", rows)
    return folder


def fetch_options(tmp_path: Path, folder: Path, *names: str) -> tuple[str, ...]:
    """Return the options of a fetch of a hundred hours from the folder."""
    instruments = [word for name in names for word in ("--instrument", name)]
    return (
        "fetch", "--provider", "csv", "--folder", str(folder), *instruments, "--timeframe", "1h",
        "--from", "2024-01-01", "--to", "2024-01-05T04:00Z", "--data", str(tmp_path / "data"),
    )  # fmt: skip


def test_fetch_says_what_came_what_was_kept_aside_and_what_is_missing(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = fetch_options(tmp_path, folder, "x:BTC-USDT")
    code, out, _ = run(capsys, *options)
    assert code == 0
    assert "98 of 100 missing bars fetched, 1 rows kept aside, 2 are missing still" in out
    assert "1 not finite" in out
    code, out, _ = run(capsys, *options, "--json")
    report = json.loads(out)
    assert report["instruments"][0]["missing"] == 2
    assert report["failures"] == []


def test_failed_fetch_says_why_what_to_do_and_exits_with_2(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, *fetch_options(tmp_path, folder, "x:NONE", "x:BTC-USDT"))
    assert code == 2
    assert "1 failed: unsupported symbol" in out
    assert "x_NONE_1h.csv" in out
    assert "Check the symbol" in out
    assert "98 of 100" in out


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("--provider", "ccxt:nowhere"), "ccxt:bybit"),
        (("--provider", "kite"), "FAIRLEAD_KITE_API_KEY"),
        (("--from", "yesterday"), "--from"),
        (("--url", "nonsense"), "--url"),
    ],
)
def test_fetch_that_cannot_be_is_one_sentence(
    tmp_path: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, str],
    word: str,
) -> None:
    options = (*fetch_options(tmp_path, folder, "x:BTC-USDT"), *change)
    code, _, err = run(capsys, *options)
    assert code == 2
    assert word in err
    assert "Traceback" not in err


def test_providers_are_listed_with_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "providers")
    assert code == 0
    assert "ccxt:EXCHANGE" in out
    assert "FAIRLEAD_KITE_ACCESS_TOKEN" in out
    code, out, _ = run(capsys, "providers", "--json")
    by_name = {each["name"]: each for each in json.loads(out)}
    assert {"bybit", "binance", "delta"} <= set(by_name["ccxt"]["exchanges"])


def test_splits_are_detected_confirmed_and_rejected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(tmp_path))
    lake = Lake(tmp_path / "lake")
    raw = split(split(sessions(), Fraction(1, 5), 30), Fraction(57, 100), 80)
    lake.append("nse:A", "1d", raw)
    lake.append("nse:B", "1d", split(sessions(), Fraction(1, 2)))
    code, out, _ = run(capsys, "actions", "detect", *data)
    assert code == 0
    assert "2 series are kept out of research" in out
    assert f"{day_of(raw, 80)}  opened at 0.57" in out
    code, out, _ = run(capsys, "actions", "confirm", "--clear", *data)
    assert "2 kept." in out
    code, out, _ = run(capsys, "actions", "detect", *data, "--json")
    (left,) = json.loads(out)
    assert (left["instrument"], left["day"], left["ratio"]) == ("nse:A", day_of(raw, 80), None)
    rejected = ("--instrument", "nse:A", "--day", day_of(raw, 80), "--note", "a crash")
    assert run(capsys, "actions", "reject", *rejected, *data)[0] == 0
    code, out, _ = run(capsys, "actions", "detect", *data)
    assert "No series has an open question." in out
    code, out, _ = run(capsys, "actions", "list", *data, "--json")
    assert [(each["day"], each["ratio"], each["status"]) for each in json.loads(out)] == [
        (day_of(raw, 30), "1:5", "confirmed"),
        (day_of(raw, 80), "1:1", "rejected"),
        (day_of(raw), "1:2", "confirmed"),
    ]


def test_split_is_confirmed_with_a_ratio_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ("--data", str(tmp_path))
    named = ("--instrument", "nse:A", "--day", "2024-03-01", "--ratio", "5:7", *data)
    assert run(capsys, "actions", "confirm", *named)[0] == 0
    _, out, _ = run(capsys, "actions", "list", *data)
    assert "5:7" in out
    code, _, err = run(capsys, "actions", "confirm", *data)
    assert code == 2
    assert "--clear" in err
    wrong = ("--instrument", "nse:A", "--day", "March", "--ratio", "1:5", *data)
    assert run(capsys, "actions", "confirm", *wrong)[0] == 2


def test_coverage_shows_bars_and_gaps_on_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    many = make_bars(60_000, seed=2, timeframe_ms=HOUR // 4)
    lake.append("bybit:1000SHIB-USDT-PERP", "15m", many)
    lake.append("x:A", "1d", pick(make_bars(30, start=START, timeframe_ms=DAY), [0, 1, 5, 29]))
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(capsys, "coverage", "--data", str(tmp_path))
    lines = out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert {"bars", "gaps", "missing"} <= set(lines[1].split())
    row = next(line for line in lines if "x:A" in line)
    assert row.split() == ["x:A", "1d", "2024-01-01", "2024-01-30", "4", "2", "26"]
    assert any("60,000" in line for line in lines)
    monkeypatch.setenv("COLUMNS", "140")
    _, out, _ = run(capsys, "coverage", "--data", str(tmp_path))
    assert "no volume" in out
