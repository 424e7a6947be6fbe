"""The ledger of one machine: complete under any number of writers, and it shows every change."""

import json
import multiprocessing
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.research import local_ledger as module
from fairlead.research.local_ledger import LocalLedger
from fairlead.research.overfitting.chain import check_chain, line_after, read_line
from fairlead.research.overfitting.trials import NO_TRIALS, TrialCount
from fairlead.research.runs import Trial

NOW = datetime(2024, 6, 1, 12, 30, tzinfo=UTC)
TRIAL = Trial(
    family="idea:one",
    kind="sweep",
    version_hash="a" * 64,
    instrument="file:bars",
    timeframe="1h",
    first_ms=0,
    last_ms=10**10,
    parameters_hash="b" * 64,
    metric="sharpe",
    sets=100,
    best=None,
    effective=10.0,
    sharpe_mean=0.02,
    sharpe_variance=0.001,
)


@pytest.fixture
def ledger(tmp_path: Path) -> LocalLedger:
    return LocalLedger(tmp_path / "user" / "trials.jsonl")


def filled(ledger: LocalLedger, lines: int = 4) -> list[bytes]:
    for number in range(lines):
        ledger.record(replace(TRIAL, parameters_hash=f"{number:064d}"), NOW)
    return ledger.path.read_bytes().splitlines(keepends=True)


def test_ledger_without_a_file_has_no_lines(ledger: LocalLedger) -> None:
    assert ledger.lines() == ()
    assert ledger.count("idea:one", "file:bars") == NO_TRIALS
    assert not ledger.path.exists()


def test_ledger_gives_back_what_was_recorded(ledger: LocalLedger) -> None:
    written = [ledger.record(replace(TRIAL, sets=sets), NOW) for sets in (10, 20, 30)]
    assert ledger.lines() == tuple(written)
    assert [line.number for line in written] == [1, 2, 3]
    assert written[1].previous == written[0].hash


def test_count_pools_an_idea_on_an_instrument_and_weighs_repeats_once(
    ledger: LocalLedger,
) -> None:
    other = replace(TRIAL, parameters_hash="c" * 64, sets=5, effective=5.0, sharpe_mean=-0.02)
    for trial in (TRIAL, TRIAL, other, replace(TRIAL, family="idea:two")):
        ledger.record(trial, NOW)
    count = ledger.count("idea:one", "file:bars")
    expected = TrialCount(0, 10.0, 0.001, True, 0.02).joined(TrialCount(0, 5.0, 0.001, True, -0.02))
    assert count == replace(expected, trials=205)
    assert ledger.count("idea:one", "file:other") == NO_TRIALS


def change_a_figure(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b'"sets":100', b'"sets":10'), *lines[2:]]


def seal_again(lines: list[bytes]) -> list[bytes]:
    """Change a line and give it a hash that fits: the next one still knows the old one."""
    first = read_line(json.loads(lines[0]), "line 1")
    forged = line_after(first, replace(TRIAL, sets=10), NOW)
    return [lines[0], json.dumps(forged.to_json()).encode() + b"\n", *lines[2:]]


TAMPERED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a figure changed": change_a_figure,
    "a line sealed again": seal_again,
    "a line removed": lambda lines: [lines[0], *lines[2:]],
    "the first line removed": lambda lines: lines[1:],
    "two lines exchanged": lambda lines: [lines[0], lines[2], lines[1], lines[3]],
    "a line twice": lambda lines: [*lines, lines[-1]],
    "no JSON": lambda lines: [*lines[:-1], b"{oh}\n"],
    "another object": lambda lines: [*lines[:-1], b"[1]\n"],
}


@pytest.mark.parametrize("name", TAMPERED)
def test_ledger_that_was_changed_is_not_believed(ledger: LocalLedger, name: str) -> None:
    lines = filled(ledger)
    assert ledger.count("idea:one", "file:bars").known
    ledger.path.write_bytes(b"".join(TAMPERED[name](lines)))
    with pytest.raises(InvalidInput) as caught:
        ledger.lines()
    assert "of the ledger" in caught.value.message
    assert not ledger.count("idea:one", "file:bars").known


def test_planted_chain_without_links_misses_a_removed_line(
    ledger: LocalLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = filled(ledger)
    ledger.path.write_bytes(b"".join([lines[0], *lines[2:]]))
    monkeypatch.setattr(module, "check_chain", lambda *_: None)
    assert ledger.count("idea:one", "file:bars").known


@pytest.mark.parametrize("cut", [1, 100, 10_000])
def test_line_cut_short_by_a_crash_is_cleared_away(ledger: LocalLedger, cut: int) -> None:
    lines = filled(ledger)
    torn = lines[-1][: max(len(lines[-1]) - cut, 1)]
    ledger.path.write_bytes(b"".join([*lines[:-1], torn]))
    assert len(ledger.lines()) == 3
    ledger.record(TRIAL, NOW)
    assert [line.number for line in ledger.lines()] == [1, 2, 3, 4]


def test_first_line_cut_short_begins_again(ledger: LocalLedger) -> None:
    ledger.path.parent.mkdir()
    ledger.path.write_bytes(b'{"n":1,')
    ledger.record(TRIAL, NOW)
    assert len(ledger.lines()) == 1


def test_ledger_longer_than_its_tail_goes_on(
    ledger: LocalLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TAIL_BYTES", 900)
    filled(ledger, 5)
    assert len(ledger.lines()) == 5
    ledger.path.write_bytes(b"x" * 2_000)
    with pytest.raises(InvalidInput, match="does not end in a line"):
        ledger.record(TRIAL, NOW)


def _writer(path: Path, number: int) -> None:
    for turn in range(15):
        LocalLedger(path).record(replace(TRIAL, sets=100 + number, first_ms=turn), NOW)


def test_writers_at_the_same_time_make_one_chain(ledger: LocalLedger) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_writer, args=(ledger.path, n)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    lines = ledger.lines()
    assert len(lines) == 45
    assert sorted({line.trial.sets for line in lines}) == [100, 101, 102]


def test_ledger_in_a_closed_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be used"):
        LocalLedger(tmp_path / "file" / "trials.jsonl").record(TRIAL, NOW)


@given(
    st.floats(1.0, 100.0),
    st.floats(-5.0, 5.0),
    st.one_of(st.none(), st.floats(-1e9, 1e9)),
    st.datetimes(timezones=st.just(UTC)),
)
def test_line_survives_json(
    effective: float, mean: float, best: float | None, at: datetime
) -> None:
    trial = replace(TRIAL, effective=effective, sharpe_mean=mean, best=best)
    line = line_after(None, trial, at)
    again = read_line(json.loads(json.dumps(line.to_json())), "line 1")
    assert again == line
    check_chain([again, line_after(again, TRIAL, at)])


BROKEN: dict[str, object] = {
    "n": 0,
    "prev": "x",
    "hash": None,
    "at": "yesterday",
    "trial": {},
}


@pytest.mark.parametrize("name", BROKEN)
def test_line_with_a_broken_field_is_refused_by_name(name: str) -> None:
    data: dict[str, Any] = dict(line_after(None, TRIAL, NOW).to_json())
    data[name] = BROKEN[name]
    with pytest.raises(InvalidInput) as caught:
        read_line(data, "lines/7")
    assert caught.value.path == "lines/7"


@pytest.mark.parametrize(
    "change",
    [
        {"sets": 0},
        {"sets": True},
        {"effective": 101.0},
        {"effective": 0.5},
        {"sharpe_variance": -1.0},
        {"sharpe_mean": "0"},
        {"best": 10**400},
        {"first_ms": 1.5},
        {"last_ms": 2**60},
        {"kind": "dream"},
        {"metric": "a\x00b"},
        {"family": "x" * 500},
        {"more": 1},
    ],
    ids=lambda change: str(change)[:30],
)
def test_trial_that_cannot_be_is_refused(change: dict[str, object]) -> None:
    data: dict[str, Any] = dict(line_after(None, TRIAL, NOW).to_json())
    data["trial"] = {**data["trial"], **change}
    with pytest.raises(InvalidInput):
        read_line(data, "line 1")
