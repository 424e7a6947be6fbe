"""A bug planted in the product makes a version look ahead, and the proof says so."""

from dataclasses import replace

import numpy as np
import pytest

from fairlead.indicators import higher, scans
from fairlead.indicators.blocks import Blocks, Sessions, session_blocks
from fairlead.indicators.higher import Higher, higher_bars
from fairlead.indicators.indicator import Columns, Feed, Values
from fairlead.kernel.series import Bars, Float64s
from fairlead.research.proof.model import Proof
from fairlead.research.proof.prove import prove_version
from fairlead.research.proof.synthetic import made_up_bars
from fairlead.strategies.kinds.rules import columns
from fairlead.strategies.kinds.rules import compile as compiling
from fairlead.strategies.kinds.rules.columns import ColumnCache, column_of
from fairlead.strategies.kinds.rules.lower import ColumnKey
from fairlead.strategies.kinds.rules.reading import read_document
from fairlead.strategies.sessions import VenueDay
from tests.strategies.definitions import crossover
from tests.strategies.test_longer_columns import NSE, nse_bars

HOUR_MS = 3_600_000
LONGER = {
    "parameters": {},
    "constraints": [],
    "indicators": {"slow": {"kind": "sma", "parameters": {"window": 3}, "timeframe": "4h"}},
    "entry_long": {"left": "close", "op": "crosses_above", "right": "slow"},
    "entry_short": {"left": "close", "op": "crosses_below", "right": "slow"},
}


def proven(**changes: object) -> Proof:
    return prove_version(read_document(crossover(**changes)), made_up_bars(2_000, HOUR_MS, 5), 5)


def test_longer_bar_joined_before_it_closed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_the_running_bar(
        bars: Bars, timeframe_ms: int, offset_ms: int, sessions: Sessions | None
    ) -> Higher:
        made = higher_bars(bars, timeframe_ms, offset_ms, sessions)
        return replace(made, closed=np.minimum(made.closed + 1, len(made.bars)))

    assert proven(**LONGER).passed
    monkeypatch.setattr(columns, "higher_bars", with_the_running_bar)
    proof = proven(**LONGER)
    assert not proof.passed
    assert {"running", "perturbed", "truncated"} <= {leak.kind for leak in proof.leaks}
    assert all(leak.bar_ts <= leak.cut_ts for leak in proof.leaks)


def test_sessions_that_end_too_early_make_other_bars_and_no_leak(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = LONGER | {
        "execution": {"timeframe": "15m"},
        "indicators": {},
        "entry_long": {"left": "close", "op": "crosses_above", "right": "high@1d"},
        "entry_short": {"left": "close", "op": "crosses_below", "right": "low@1d"},
    }
    bars = nse_bars(80, 900_000, 3)

    def proven_on_the_exchange() -> Proof:
        return prove_version(read_document(crossover(**days)), bars, 2, instrument=NSE)

    def early(*given: object) -> Blocks:
        made = session_blocks(*given)  # type: ignore[arg-type]  # passed on
        return replace(made, end=made.end - 1_800_000)

    usual = proven_on_the_exchange()
    monkeypatch.setattr(higher, "session_blocks", early)
    wrong = proven_on_the_exchange()
    # a longer bar that was seen takes nothing in any more, whatever the calendar got wrong
    assert (usual.passed, wrong.passed) == (True, True)
    assert usual.decisions != wrong.decisions


def test_centred_average_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def centred(feed: Feed, values: Values) -> Columns:
        width = int(values["window"])
        return (np.convolve(feed.x, np.ones(width) / width, "same"),)

    assert proven().passed
    monkeypatch.setitem(scans.SCANS, "sma", centred)
    proof = proven()
    assert not proof.passed
    assert proof.leaks[0].column == "action"


def test_stop_read_one_bar_ahead_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = {"levels": {"long_stop": "low", "short_stop": "high"}}
    assert proven(**levels).passed

    def ahead(bars: Bars, key: ColumnKey, cache: ColumnCache, venue: VenueDay) -> Float64s:
        column = column_of(bars, key, cache, venue)
        return np.append(column[1:], column[-1]) if key.source in ("low", "high") else column

    monkeypatch.setattr(compiling, "column_of", ahead)
    proof = proven(**levels)
    assert not proof.passed
    assert {leak.column for leak in proof.leaks} <= {"stop", "action"}
    assert any(leak.column == "stop" for leak in proof.leaks)


def test_warm_up_declared_too_short_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "warm_up_of", lambda *_: 20)
    proof = proven()
    assert not proof.passed
    assert [leak.kind for leak in proof.leaks] == ["warm_up"]
    assert "declares a warm-up of 20 bars" in proof.text
