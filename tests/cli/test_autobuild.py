"""`fairlead autobuild` as people and scripts type it: without a server, stopped, and resumed."""

import json
import os
import resource
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fairlead.cli.main import main
from fairlead.infra.clock import SystemClock
from fairlead.market.lake import Lake
from fairlead.research.autobuild.constraints import constraints_document, read_constraints
from fairlead.research.autobuild.folder import RunFolder, find_run, list_runs
from fairlead.research.autobuild.outcome import InstrumentOutcome
from fairlead.research.local_ledger import LocalLedger
from tests.research.autobuild.desk import INSTRUMENTS, small, without_seconds
from tests.research.samples import walk_bars

PATIENCE_S = 60.0


class Answer:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs a command line in this process."""
    monkeypatch.setenv("FAIRLEAD_RESEARCH_PROCESSES", "0")
    for name in ("FAIRLEAD_SERVER", "FAIRLEAD_API_KEY", "FAIRLEAD_DASK_SCHEDULER"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object) -> Answer:
        if "--data" in words:
            folder = Path(str(words[words.index("--data") + 1]))
            monkeypatch.setenv("FAIRLEAD_LEDGER", str(folder / "trials.jsonl"))
        with pytest.raises(SystemExit) as ended:
            main(["autobuild", *(str(word) for word in words)])
        printed = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, printed.out, printed.err)

    return call


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with four random walks."""
    return stocked(tmp_path / "data")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a constraints file that is worked off in a second."""
    return written(tmp_path / "ours.json", small())


def stocked(folder: Path, bars: int = 2_400) -> Path:
    for seed, instrument in enumerate(INSTRUMENTS, 1):
        Lake(folder / "lake").append(instrument, "1h", walk_bars(bars, seed, gaps=False))
    return folder


def written(path: Path, document: dict[str, object]) -> Path:
    path.write_text(json.dumps(document))
    return path


def lines_of(data: Path) -> list[tuple[str, int]]:
    return [
        (line.trial.instrument, line.trial.sets)
        for line in LocalLedger(data / "trials.jsonl").lines()
    ]


def test_schema_is_a_file_that_means_the_defaults(run: Run) -> None:
    example = run("schema")
    document = tomllib.loads(example.out)
    assert constraints_document(read_constraints(document)) == constraints_document(
        read_constraints({})
    )
    assert example.out.count("# ") > len(document)
    assert "properties" in json.loads(run("schema", "--json").out)


def test_run_prints_gates_and_keeps_everything(run: Run, data: Path, file: Path) -> None:
    answer = run("run", "--constraints", file, "--data", data)
    assert answer.code == 0, answer.err
    assert "4 instruments" in answer.err
    assert all(name in answer.out for name in INSTRUMENTS)
    assert "of 4 instruments accepted, after 16 trials" in answer.out
    assert sorted(lines_of(data)) == [(name, 4) for name in INSTRUMENTS]
    shown = run("status", "--data", data, "--json")
    assert json.loads(shown.out)["status"] == "done"
    assert json.loads(shown.out)["instruments_done"] == 4


def test_json_is_the_findings_alone(run: Run, data: Path, file: Path) -> None:
    answer = run("run", "--constraints", file, "--data", data, "--json")
    found = json.loads(answer.out)
    assert len(found["accepted"]) + len(found["rejected"]) == 4
    assert found == json.loads((list_runs(data)[0].path / "findings.json").read_bytes())


def test_toml_and_json_mean_the_same(run: Run, data: Path, tmp_path: Path) -> None:
    text = """
    templates = [{template = "sma_crossover", grid = {fast = [3, 5], slow = [12, 24]}}]
    [history]
    from = 2023-11-20
    minimum_days = 60
    """
    toml = tmp_path / "ours.toml"
    toml.write_text(text)
    document = small(history={"from": "2023-11-20", "minimum_days": 60})
    del document["walk_forward"], document["universe"]
    found = [
        without_seconds(json.loads(run("run", "--constraints", path, "--data", data, "--json").out))
        for path in (toml, written(tmp_path / "ours.json", document))
    ]
    first, second = (
        sorted(each["rejected"], key=lambda it: str(it["instrument"])) for each in found
    )
    assert [each["sharpe_out"] for each in first] == [each["sharpe_out"] for each in second]
    assert [each["trials_before"] for each in second] != [each["trials_before"] for each in first]


@contextmanager
def running(file: Path, data: Path) -> "Iterator[subprocess.Popen[str]]":
    """Run the command in a process of its own until at least one outcome is kept."""
    words = ["autobuild", "run", "--constraints", str(file), "--data", str(data)]
    process = subprocess.Popen(
        [sys.executable, "-m", "fairlead.cli.main", *words],
        env={
            **os.environ,
            "FAIRLEAD_RESEARCH_PROCESSES": "0",
            "FAIRLEAD_LEDGER": str(data / "trials.jsonl"),
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    clock = SystemClock()
    end_s = clock.monotonic_s() + PATIENCE_S
    try:
        while not list(data.glob("autobuilds/*/outcomes/*.outcome")):
            assert process.poll() is None, process.communicate()
            assert clock.monotonic_s() < end_s, "no outcome was ever kept"
            clock.sleep(0.01)
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_ended_run_goes_on_to_the_same_findings(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    """The full set of templates, so that the signal comes while there is work left."""
    file = written(tmp_path / "ours.json", small(templates=["sma_crossover", "donchian"]))
    data, other = stocked(tmp_path / "data", 12_000), stocked(tmp_path / "other", 12_000)
    undisturbed = json.loads(run("run", "--constraints", file, "--data", other, "--json").out)
    with running(file, data) as process:
        process.send_signal(number)
        _, said = process.communicate()
    kept = len(find_run(data, None).load())
    assert 1 <= kept < len(INSTRUMENTS)
    assert find_run(data, None).read().status == "stopped"
    if number != signal.SIGKILL:
        assert process.returncode == 130
        assert f"{kept} instruments are kept. The same command goes on from there." in said
    answer = run("run", "--constraints", file, "--data", data, "--json")
    assert len(list_runs(data)) == 1
    assert without_seconds(json.loads(answer.out)) == without_seconds(undisturbed)
    assert sorted(lines_of(data)) == sorted(lines_of(other))


def test_run_can_be_cancelled_from_elsewhere(
    run: Run, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = RunFolder.save
    answers: list[dict[str, Any]] = []

    def cancelling(self: RunFolder, outcome: InstrumentOutcome) -> None:
        honest(self, outcome)
        other = RunFolder(self.path)
        other.cancel()
        answers.append(other.read().to_json())
        SystemClock().sleep(0.3)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save", cancelling)
        answer = run("run", "--constraints", file, "--data", data)
    assert answer.code == 130
    assert [each["status"] for each in answers] == ["running"]
    refused = run("cancel", "--data", data)
    assert refused.code == 2
    assert "is not running: it is stopped" in refused.err
    assert run("run", "--constraints", file, "--data", data).code == 0


def test_full_disk_stops_with_a_sentence_and_loses_nothing(
    run: Run, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = RunFolder.save
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    calls = 0

    def filling(self: RunFolder, outcome: InstrumentOutcome) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            return honest(self, outcome)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
        try:
            return honest(self, outcome)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "save", filling)
        answer = run("run", "--constraints", file, "--data", data)
    assert answer.code == 2
    assert "No space left to write" in answer.err
    assert len(find_run(data, None).load()) == 2
    assert run("run", "--constraints", file, "--data", data).code == 0
    assert sorted(lines_of(data)) == [(name, 4) for name in INSTRUMENTS]


def test_second_process_is_refused_while_one_works(
    run: Run, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = RunFolder.save
    seen: list[str] = []

    def meddling(self: RunFolder, outcome: InstrumentOutcome) -> None:
        honest(self, outcome)
        if not seen:
            seen.append(run("run", "--constraints", file, "--data", data).err)

    monkeypatch.setattr(RunFolder, "save", meddling)
    assert run("run", "--constraints", file, "--data", data).code == 0
    assert "is being worked on by another process" in seen[0]


def test_damaged_outcome_is_named(run: Run, data: Path, file: Path) -> None:
    run("run", "--constraints", file, "--data", data)
    folder = find_run(data, None)
    path = next((folder.path / "outcomes").iterdir())
    path.write_bytes(path.read_bytes()[:-1])
    answer = run("status", "--data", data)
    assert answer.code == 1
    assert f"outcome {path} is damaged" in answer.err


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (small(budget={"instruments": 0}), "/budget/instruments is 0"),
        (small(universe={"mode": "whitelist", "whitelist": []}), "The universe is empty"),
        (small(venues=["nse"]), "nse|not among the venues"),
        (small(timeframe="1d"), "nothing to build on"),
        (small(templates=[]), "No template is allowed"),
        (small(surprise=1), "surprise"),
    ],
)
def test_constraints_that_lead_nowhere_are_refused_in_a_sentence(
    run: Run, data: Path, tmp_path: Path, document: dict[str, object], words: str
) -> None:
    answer = run("run", "--constraints", written(tmp_path / "bad.json", document), "--data", data)
    assert answer.code == 2
    assert any(word in answer.err for word in words.split("|")), answer.err
    assert "Traceback" not in answer.err
    assert list_runs(data) == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.toml", None, "no such file"),
        ("bad.toml", "venues = [", "it is not TOML"),
        ("bad.json", "{", "it is not JSON"),
        ("list.json", "[]", "it holds no object"),
        ("raw.toml", b"\xff\xfe", "it is not text"),
    ],
)
def test_file_that_cannot_be_used_is_named(
    run: Run, data: Path, tmp_path: Path, name: str, content: str | bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = run("run", "--constraints", path, "--data", data)
    assert (answer.code, words in answer.err) == (2, True), answer.err


def test_unreachable_scheduler_is_a_sentence_and_the_run_goes_on_without_it(
    run: Run, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("FAIRLEAD_DASK_SCHEDULER", "tcp://127.0.0.1:9")
        answer = run("run", "--constraints", file, "--data", data)
    assert answer.code == 2
    assert "The Dask scheduler at tcp://127.0.0.1:9 does not answer." in answer.err
    assert json.loads(run("status", "--data", data, "--json").out)["status"] == "failed"
    assert run("run", "--constraints", file, "--data", data).code == 0
    assert len(list_runs(data)) == 1


def test_server_needs_a_key_and_has_to_answer(
    run: Run, data: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = run("run", "--constraints", file, "--data", data, "--server")
    assert (both.code, "cannot be given together" in both.err) == (2, True)
    keyless = run("run", "--constraints", file, "--server")
    assert (keyless.code, "There is no API key" in keyless.err) == (2, True)
    monkeypatch.setenv("FAIRLEAD_API_KEY", "flk_none")
    monkeypatch.setenv("FAIRLEAD_SERVER", "http://127.0.0.1:9")
    silent = run("run", "--constraints", file, "--server")
    assert (silent.code, "does not answer" in silent.err) == (2, True)


def test_nothing_to_show_is_said(run: Run, data: Path) -> None:
    assert "There are no AutoBuilds" in run("status", "--data", data).err
    assert "There is no AutoBuild nope" in run("status", "nope", "--data", data).err
    assert "is not the id" in run("status", "../x", "--data", data).err
