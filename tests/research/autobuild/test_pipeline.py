"""The whole pipeline: failures cost their instrument, and nothing but inputs change the result."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fairlead.infra.clock import ManualClock, SystemClock
from fairlead.infra.errors import InvalidInput
from fairlead.market.lake import Lake
from fairlead.market.providers.port import FailureKind, FetchFailed
from fairlead.research.autobuild.executor import InProcess
from fairlead.research.autobuild.outcome import Failure
from fairlead.research.autobuild.pipeline import AutoBuildResult, grouped, run_autobuild
from fairlead.research.autobuild.ports import MemoryCheckpoints, MemoryHoldouts, Ports
from fairlead.research.autobuild.series import SeriesOnDisk
from fairlead.research.autobuild.steps import (
    InstrumentDone,
    InstrumentFailed,
    StepEvent,
    StepProgress,
    never,
    unheard,
)
from fairlead.research.progress import RunCancelled
from tests.research.autobuild.lab import (
    Backwards,
    DiesAfter,
    Provider,
    Told,
    ports_of,
    quick,
    series_of,
    stocked,
)
from tests.research.samples import walk_bars

OPEN = {
    name: {"enabled": False}
    for name in ("in_sample", "out_of_sample", "significance", "deflated_sharpe", "pbo",
                 "plateau", "consistency", "trades")
}  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return stocked(tmp_path)


def run(ports: Ports, **changes: object) -> AutoBuildResult:
    return run_autobuild(quick(**changes), ports, unheard, never)  # type: ignore[arg-type]  # JSON


def test_result_is_the_same_in_another_order_and_on_another_executor(lake: Lake) -> None:
    plain = run(ports_of(lake), evidence=OPEN)
    other = run(replace(ports_of(lake), executor=Backwards()), evidence=OPEN)
    assert plain == other
    assert len(plain.accepted) > 1
    assert len(plain.portfolio.legs) > 1


def test_result_of_a_resumed_run_equals_that_of_the_undisturbed_one(lake: Lake) -> None:
    whole = run(ports_of(lake), evidence=OPEN)
    for limit in (1, 3):
        dying = DiesAfter(limit)
        with pytest.raises(KeyboardInterrupt):
            run(replace(ports_of(lake), checkpoints=dying), evidence=OPEN)
        assert len(dying.kept.outcomes) == limit
        told = Told()
        # the job's own holdouts may be opened again by the attempt that takes over
        again = replace(ports_of(lake), checkpoints=dying.kept)
        resumed = run_autobuild(quick(evidence=OPEN), again, told, never)
        assert resumed == whole
        assert sum(isinstance(event, InstrumentDone) for event in told.events) == 4 - limit


def test_provider_that_hangs_lies_or_throws_costs_its_instrument_alone(lake: Lake) -> None:
    released = threading.Event()

    def hang() -> SeriesOnDisk:
        released.wait(60)
        return series_of(lake, "lab:a0")

    def throw() -> SeriesOnDisk:
        raise RuntimeError("the wire is cut")

    def unsupported() -> SeriesOnDisk:
        raise FetchFailed(FailureKind.UNSUPPORTED_SYMBOL, "no such symbol")

    special: dict[str, Callable[[], SeriesOnDisk]] = {
        "lab:a0": hang,
        "lab:a1": throw,
        "lab:a2": lambda: series_of(lake, "lab:a3"),
        "lab:gone": lambda: replace(series_of(lake, "lab:a3"), instrument="lab:gone"),
        "lab:odd": unsupported,
    }
    names = [*(f"lab:a{at}" for at in range(4)), "lab:gone", "lab:odd", "lab:none"]
    clock = _Hasty()
    ports = replace(
        ports_of(lake), candles=Provider(lake, special), clock=clock, executor=InProcess(clock)
    )
    told = Told()
    try:
        result = run_autobuild(
            quick(universe={"mode": "whitelist", "whitelist": list(names)}), ports, told, never
        )
    finally:
        released.set()
    assert [each.instrument for each in result.outcomes] == ["lab:a3"]
    failed = {
        event.instrument: event for event in told.events if isinstance(event, InstrumentFailed)
    }
    kinds = {name: event.error_kind for name, event in failed.items()}
    assert kinds == {
        "lab:a0": "timeout",
        "lab:a1": "exception",
        "lab:a2": "exception",
        "lab:gone": "no_data",
        "lab:odd": "unsupported_symbol",
        "lab:none": "no_data",
    }
    assert all(event.action and event.message for event in failed.values())
    assert "the wire is cut" in failed["lab:a1"].message
    assert sum(group.count for group in result.failures) == len(failed)


def test_failures_are_grouped_by_kind_and_by_what_can_be_done() -> None:
    failures = [
        Failure("b", "no_data", "b is short", "Import more."),
        Failure("c", "timeout", "c hangs", "Wait."),
        Failure("a", "no_data", "a is short", "Import more."),
    ]
    groups = grouped(failures)
    assert [(each.error_kind, each.instruments) for each in groups] == [
        ("no_data", ("a", "b")),
        ("timeout", ("c",)),
    ]
    assert groups[0].message == "a is short"
    assert grouped(failures[::-1]) == groups


def test_events_tell_every_stage_and_count_up_to_the_end(lake: Lake) -> None:
    told = Told()
    run_autobuild(quick(), ports_of(lake), told, never)
    stages = [(event.kind, event.stage) for event in told.events if event.kind.startswith("stage_")]
    assert stages == [
        (kind, stage)
        for stage in ("discover", "coverage", "optimise", "assemble")
        for kind in ("stage_started", "stage_finished")
    ]
    progress = [event for event in told.events if isinstance(event, StepProgress)]
    assert [event.done for event in progress] == [1, 2, 3, 4]
    assert progress[-1].tested == 4 * 6
    for event in told.events:
        assert event.to_json()["kind"] == event.kind


@pytest.mark.parametrize("kind", ["stage_started", "instrument_started", "instrument_done"])
def test_run_that_is_stopped_ends_at_once_wherever_it_is(lake: Lake, kind: str) -> None:
    seen: list[StepEvent] = []

    def tell(event: StepEvent) -> None:
        if event.kind == kind or seen:
            seen.append(event)

    with pytest.raises(RunCancelled):
        run_autobuild(quick(), ports_of(lake), tell, lambda: bool(seen))
    assert sum(isinstance(event, InstrumentDone) for event in seen) <= 1


def test_time_of_the_budget_leaves_out_what_was_not_begun(lake: Lake) -> None:
    clock = ManualClock()

    def tell(event: StepEvent) -> None:
        if event.kind == "instrument_done":
            clock.advance(timedelta(seconds=40))

    ports = replace(ports_of(lake), clock=clock, executor=InProcess(clock))
    result = run_autobuild(quick(budget={"seconds": 60}), ports, tell, never)
    assert len(result.outcomes) == 2
    (group,) = result.failures
    assert (group.error_kind, group.count) == ("timeout", 2)
    assert "/budget/seconds" in group.action


def test_universe_without_anything_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="The universe is empty") as refused:
        run(ports_of(Lake(tmp_path)))
    assert refused.value.action


def test_universe_without_data_fails_every_instrument_and_says_what_to_do(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    lake.append("lab:one", "1h", walk_bars(1, gaps=False))
    names = ["lab:one", "lab:nothing"]
    result = run(ports_of(lake), universe={"mode": "whitelist", "whitelist": names})
    assert result.outcomes == ()
    assert result.portfolio.legs == ()
    assert {name for group in result.failures for name in group.instruments} == set(names)
    assert all(group.error_kind == "no_data" and group.action for group in result.failures)


def test_liquidity_is_known_before_any_test_begins(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    bars = walk_bars(2_400, gaps=False)
    for name, first, later in (("lab:early", 1_000.0, 1.0), ("lab:late", 10.0, 1e9)):
        volume = bars.volume * 0.0 + first
        volume[1_200:] = later
        lake.append(name, "1h", replace(bars, volume=volume))
    result = run(ports_of(lake), budget={"instruments": 1})
    assert [each.instrument for each in result.outcomes] == ["lab:early"]


def test_holdout_opened_before_keeps_the_instrument_out(lake: Lake) -> None:
    holdouts = MemoryHoldouts()
    evidence = {**OPEN, "holdout": {"threshold": -1.0}}
    first = run(replace(ports_of(lake), holdouts=holdouts), evidence=evidence)
    again = run(replace(ports_of(lake), holdouts=holdouts), evidence=evidence)
    assert len(first.accepted) == 4
    assert again.accepted == ()
    for outcome in again.outcomes:
        gate = next(gate for gate in outcome.gates if gate.name == "holdout")
        assert "opened before" in gate.text
        assert outcome.holdout is not None
        assert outcome.holdout.total_return is None


def test_trials_are_recorded_before_the_checkpoint(lake: Lake) -> None:
    order: list[str] = []

    class Ordered(MemoryCheckpoints):
        def save(self, outcome: object) -> None:
            order.append("checkpoint")

    ports = ports_of(lake)
    record = ports.ledger.record

    class Recorded:
        count = ports.ledger.count

        def record(self, trials: object) -> None:
            order.append("trials")
            record(trials)  # type: ignore[arg-type]  # handed on as it came

    run(replace(ports, ledger=Recorded(), checkpoints=Ordered()))
    assert order == ["trials", "checkpoint"] * 4


class _Hasty(SystemClock):
    """Let seconds pass a thousand times as fast, so that nobody waits for what hangs."""

    def monotonic_s(self) -> float:
        return super().monotonic_s() * 300.0
