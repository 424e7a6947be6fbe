"""`backtest`, `sweep` and `walkforward` as people and scripts type them."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fairlead.cli.main import main
from fairlead.kernel.series import Bars
from fairlead.market.lake import Lake
from tests.research.samples import walk_bars


class Answer:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line and gives what it printed."""

    def call(*words: object) -> Answer:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call


def write_csv(path: Path, bars: Bars) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["ts", "open", "high", "low", "close", "volume"])
        columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
        writer.writerows(zip(*(column.tolist() for column in columns), strict=True))
    return path


@pytest.fixture(scope="module")
def bars_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV file of made-up hourly candles."""
    return write_csv(tmp_path_factory.mktemp("bars") / "walk.csv", walk_bars(1_500))


def test_backtest_json_has_what_was_promised(run: Run, bars_file: Path) -> None:
    answer = run("backtest", "sma_crossover", "--bars", bars_file, "--set", "fast=5", "--json")
    assert answer.code == 0, answer.err
    data = answer.json
    assert {"version_hash", "metrics", "assumptions", "equity", "trades"} <= set(data)
    assert len(data["equity"]) == 1_494
    assert set(data["trades"][0]) == {
        "side", "quantity", "entry_ts", "entry_price", "exit_ts", "exit_price", "pnl", "fees",
        "exit_reason", "ambiguous",
    }  # fmt: skip
    assert data["strategy"]["parameters"]["fast"] == 5
    assert data["assumptions"]["lot"] == 1e-8


def test_backtest_for_people_shows_figures_and_assumptions(run: Run, bars_file: Path) -> None:
    answer = run("backtest", "sma_crossover", "--bars", bars_file)
    assert answer.code == 0, answer.err
    for words in ("Sharpe", "Profit factor", "prices as given", "0.00000001", "Bar touching both"):
        assert words in answer.out
    assert answer.err == ""


def test_backtest_writes_page_document_and_csv(run: Run, bars_file: Path, tmp_path: Path) -> None:
    page, folder = tmp_path / "report.html", tmp_path / "out"
    document = tmp_path / "report.pdf"
    asked = ("--html", page, "--pdf", document, "--csv", folder)
    answer = run("backtest", "macd", "--bars", bars_file, *asked)
    assert answer.code == 0, answer.err
    assert page.read_text().startswith("<!doctype html>")
    assert document.read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in folder.iterdir()) == ["equity.csv", "trades.csv"]


def test_backtest_reads_a_definition_from_a_file(run: Run, bars_file: Path, tmp_path: Path) -> None:
    from fairlead.strategies.templates import template_data

    path = tmp_path / "mine.json"
    path.write_text(json.dumps(template_data("sma_crossover")))
    by_file = run("backtest", path, "--bars", bars_file, "--json").json
    by_name = run("backtest", "sma_crossover", "--bars", bars_file, "--json").json
    assert by_file == by_name


def test_backtest_runs_on_the_lake(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRLEAD_DATA", str(tmp_path))
    Lake(tmp_path / "lake").append("sim:TEST", "1h", walk_bars(300, gaps=False))
    answer = run(
        "backtest", "sma_crossover", "--instrument", "sim:TEST", "--timeframe", "1h", "--json"
    )
    assert answer.code == 0, answer.err
    assert answer.json["assumptions"]["tick"] == 0.01
    missing = run("backtest", "sma_crossover", "--instrument", "nse:NONE", "--timeframe", "1h")
    assert missing.code == 2
    assert "nse:NONE" in missing.err


def test_backtest_sizing_flags_are_stated(run: Run, bars_file: Path) -> None:
    def sizing(*flags: str) -> str:
        answer = run("backtest", "sma_crossover", "--bars", bars_file, *flags, "--json")
        return str(answer.json["assumptions"]["sizing"])

    assert sizing() == "fraction:1"
    assert sizing("--quantity", "2") == "quantity:2"
    assert sizing("--fraction", "0.5") == "fraction:0.5"
    assert sizing("--risk", "0.01") == "risk:0.01"


def test_backtest_range_is_cut_and_warmed_up(run: Run, bars_file: Path) -> None:
    answer = run(
        "backtest", "sma_crossover", "--bars", bars_file, "--from", "2023-12-01",
        "--to", "2023-12-11", "--json",
    )  # fmt: skip
    stated = answer.json["assumptions"]
    assert (stated["first_bar"], stated["bars"]) == ("2023-12-01T00:00:00Z", 235)
    assert stated["bars_before_range"] > 0


def test_sweep_finds_the_best_of_its_grid(run: Run, bars_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "cells.csv"
    grid = ("--grid", "fast=3:9:3", "--grid", "slow=8:24:8")
    words = ("sweep", "sma_crossover", "--bars", bars_file, *grid)
    answer = run(*words, "--csv", target, "--json")
    assert answer.code == 0, answer.err
    data = answer.json
    assert (data["sets"], data["skipped"]) == (8, 1)
    sharpes = [cell["metrics"]["sharpe"] for cell in data["cells"]]
    assert data["best"]["metrics"]["sharpe"] == max(sharpes)
    assert [axis["values"] for axis in data["axes"]] == [[3, 6, 9], [8, 16, 24]]
    assert len(target.read_text().splitlines()) == 9
    people = run(*words)
    assert "plateau" in people.out
    assert "8 parameter sets" in people.err
    single = run(
        "backtest", "sma_crossover", "--bars", bars_file, "--set", "fast=3", "--set", "slow=8",
        "--json",
    ).json  # fmt: skip
    assert data["cells"][0]["metrics"]["sharpe"] == single["metrics"]["sharpe"]


def test_walkforward_stitches_its_tests(run: Run, bars_file: Path, tmp_path: Path) -> None:
    words = ("walkforward", "sma_crossover", "--bars", bars_file, "--grid", "fast=3,6")
    answer = run(*words, "--windows", "3", "--json")
    assert answer.code == 0, answer.err
    data = answer.json
    assert len(data["windows"]) == 3
    assert all(window["fit_to"] <= window["test_from"] for window in data["windows"])
    assert data["stitched_equity"][-1][1] == data["metrics"]["final_equity"]
    page = tmp_path / "walk.html"
    shown = run(*words, "--windows", "3", "--html", page)
    assert "Windows that earned" in shown.out
    assert page.name in shown.out.replace("\n", "")
    assert "Equity out of sample, stitched" in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "fats=3"], "did you mean fast"),
        (["--set", "fast=0"], "whole number from 2"),
        (["--set", "fast=nan"], "no usable value"),
        (["--set", "fast"], "name=value"),
        (["--set", "fast=5", "--set", "fast=6"], "twice"),
        (["--set", "fast=60", "--set", "slow=20"], "fast < slow"),
        (["--cash", "0"], "cash"),
        (["--cash", "many"], "not a number"),
        (["--fee", "nan"], "not a number"),
        (["--fee", "1.5"], "fee"),
        (["--slippage-bps", "-1"], "slippage"),
        (["--quantity", "1", "--risk", "0.1"], "together"),
        (["--quantity", "-1"], "quantity"),
        (["--from", "2030-01-01"], "0 bars"),
        (["--from", "2024-01-02", "--to", "2024-01-01"], "empty"),
        (["--from", "soon"], "not a date"),
        (["--instrument", "nse:SBIN"], "together"),
        (["--timeframe", "sometimes"], "timeframe"),
        (["--tick", "0"], "--tick"),
        (["--timezone", "Mars/Base"], "Mars"),
        (["--html", "/nowhere/report.html"], "no folder"),
    ],
)
def test_backtest_that_cannot_run_says_why_and_leaves_nothing(
    run: Run, bars_file: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    page = tmp_path / "report.html"
    target = [] if "--html" in words else ["--html", str(page)]
    answer = run("backtest", "sma_crossover", "--bars", bars_file, *words, *target)
    assert answer.code == 2
    assert said in answer.err
    assert answer.err.startswith("Error: ")
    assert "Traceback" not in answer.err
    assert answer.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sweep", "sma_crossover", "--bars", "FILE"], "no parameter to vary"),
        (["sweep", "sma_crossover", "--bars", "FILE", "--grid", "fast=9:3:1"], "empty"),
        (["sweep", "sma_crossover", "--bars", "FILE", "--grid", "fast=3", "--metric", "luck"],
         "no metric"),
        (["sweep", "sma_crossover", "--bars", "FILE", "--grid", "fast=2:1000:1",
          "--grid", "slow=3:5000:1"], "limit is 100,000"),
        (["walkforward", "sma_crossover", "--bars", "FILE", "--grid", "fast=3", "--windows",
          "1000"], "windows"),
        (["walkforward", "sma_crossover", "--bars", "FILE", "--grid", "fast=3", "--fit", "2"],
         "fit share"),
        (["backtest", "no_such", "--bars", "FILE"], "no template"),
        (["backtest", "sma_crossover", "--bars", "missing.csv"], "missing.csv"),
        (["backtest", "sma_crossover"], "no candles were named"),
        (["backtest", "sma_crossover", "--instrument", "nse:SBIN"], "no candles were named"),
    ],
)  # fmt: skip
def test_command_that_cannot_run_says_why(
    run: Run, bars_file: Path, words: list[str], said: str
) -> None:
    answer = run(*(str(bars_file) if word == "FILE" else word for word in words))
    assert answer.code == 2
    assert said in answer.err


def test_errors_are_json_when_json_was_asked_for(run: Run, bars_file: Path) -> None:
    answer = run("backtest", "sma_crossover", "--bars", bars_file, "--set", "fats=1", "--json")
    assert answer.code == 2
    assert "did you mean fast" in answer.json["error"]["message"]


def test_broken_rows_of_a_file_are_mentioned(run: Run, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "dirty.csv", walk_bars(300, gaps=False))
    lines = path.read_text().splitlines()
    lines[50] = lines[50].replace(lines[50].split(",")[1], "nan", 1)
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    answer = run("backtest", "sma_crossover", "--bars", path, "--json")
    assert answer.code == 0, answer.err
    assert any("2 of 301 rows were left out" in remark for remark in answer.json["remarks"])


def test_failed_write_leaves_no_file(
    run: Run, bars_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Path.write_bytes

    def full(path: Path, *content: Any, **options: Any) -> int:
        if "equity.csv" in path.name:
            raise OSError(28, "No space left on device", str(path))
        return honest(path, *content, **options)

    monkeypatch.setattr(Path, "write_bytes", full)
    page, folder = tmp_path / "report.html", tmp_path
    answer = run("backtest", "sma_crossover", "--bars", bars_file, "--html", page, "--csv", folder)
    assert answer.code == 2
    assert "No space left" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_file_of_a_zone_has_its_own_session_day(run: Run, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "zone.csv", walk_bars(300))
    answer = run(
        "backtest", "sma_crossover", "--bars", path, "--timezone", "Asia/Kolkata", "--json"
    )
    assert answer.code == 0, answer.err
    assert answer.json["assumptions"]["day_offset_ms"] == 19_800_000
    assert np.isfinite(answer.json["metrics"]["return"])


def test_reports_are_compared_side_by_side(run: Run, bars_file: Path, tmp_path: Path) -> None:
    files = []
    for name, words in (("slow", ["--set", "fast=20"]), ("fast", ["--set", "fast=5"])):
        path = tmp_path / f"{name}.json"
        answer = run("backtest", "sma_crossover", "--bars", bars_file, *words, "--json")
        path.write_text(answer.out)
        files.append(path)
    shown = run("compare", *files)
    assert shown.code == 0, shown.err
    assert {"slow", "fast", "Sharpe", "Profit factor", "Equity"} <= set(shown.out.split()) | {
        "Profit factor"
    }
    found = run("compare", *files, "--json").json["runs"]
    assert [each["id"] for each in found] == [str(path) for path in files]
    assert found[0]["metrics"] != found[1]["metrics"]
    alone = run("compare", files[0])
    assert alone.code == 2
    assert "1 results cannot be compared" in alone.err
    missing = run("compare", files[0], tmp_path / "none.json")
    assert missing.code == 2
    assert "none.json cannot be read" in missing.err


def test_sweep_and_walkforward_take_sets_at_random(run: Run, bars_file: Path) -> None:
    huge = ("--grid", "fast=2:900:1", "--grid", "slow=3:4000:1")
    where = ("sma_crossover", "--bars", bars_file, "--json", *huge)
    refused = run("sweep", *where)
    assert refused.code == 2
    swept = run("sweep", *where, "--random", 5, "--seed", 1)
    assert swept.code == 0, swept.err
    assert swept.json["sets"] == 5
    assert run("sweep", *where, "--random", 5, "--seed", 1).json == swept.json
    assert run("sweep", *where, "--random", 5, "--seed", 2).json["cells"] != swept.json["cells"]
    walked = run("walkforward", *where, "--random", 4, "--windows", 2)
    assert walked.json["sets"] == 4
    assert run("sweep", *where, "--random", -1).code == 2


def test_backtest_shows_its_trades_in_other_orders(run: Run, bars_file: Path) -> None:
    where = ("sma_crossover", "--bars", bars_file)
    report = run("backtest", *where, "--json").json
    shuffled, drawn = (report["monte_carlo"][name] for name in ("shuffle", "bootstrap"))
    assert shuffled["trades"] == report["metrics"]["trades"] > 1
    # without an open position every order ends where the account did
    if report["open_position"] is None:
        assert shuffled["final_equity"][0] == pytest.approx(report["metrics"]["final_equity"])
    assert 0.0 <= drawn["loss_probability"] <= 1.0
    assert "of all paths lose money" in " ".join(run("backtest", *where).out.split())


def test_searches_say_how_likely_their_best_is_luck(run: Run, bars_file: Path) -> None:
    where = ("sma_crossover", "--bars", bars_file, "--grid", "fast=3,6,9", "--grid", "slow=12,24")
    swept = run("sweep", *where, "--json").json
    assert swept["trials"]["trials"] == 6
    assert 0.0 <= swept["overfitting"]["probability"] <= 1.0
    told = " ".join(run("sweep", *where).out.split())
    assert "6 trials count as" in told
    assert "probability that choosing the best overfits" in told
    walked = run("walkforward", *where, "--windows", 2, "--json").json
    assert walked["trials"]["trials"] == 12
    told = " ".join(run("walkforward", *where, "--windows", 2).out.split())
    assert "12 trials count as" in told
