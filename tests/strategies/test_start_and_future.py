"""Signals depend neither on where a series starts nor on what comes after a bar."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.indicators.markets import market
from tests.strategies.definitions import DOCUMENTS, compiled


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 9_999), offset=st.integers(0, 400), missing=st.sampled_from([0.0, 0.2]))
def test_late_start_after_warm_up_gives_equal_signals(
    name: str, seed: int, offset: int, missing: float
) -> None:
    rules = compiled(**DOCUMENTS[name])
    bars = market(1_000, seed, missing=missing)
    settled = rules.warm_up({})
    whole = rules.signals(bars, {})
    late = rules.signals(bars.slice(offset, len(bars)), {})
    assert len(bars) - offset > settled
    for field in ("action", "atr", "stop", "target", "last_of_session"):
        full = getattr(whole, field)[offset + settled :]
        assert full.tobytes() == getattr(late, field)[settled:].tobytes(), field


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 9_999), cut=st.integers(1, 399))
def test_later_bars_never_change_an_earlier_signal(name: str, seed: int, cut: int) -> None:
    rules = compiled(**DOCUMENTS[name])
    bars = market(400, seed)
    whole = rules.signals(bars, {}, complete=True)
    part = rules.signals(bars.slice(0, cut), {}, complete=True)
    for field in ("action", "atr", "stop", "target", "last_of_session"):
        assert getattr(whole, field)[:cut].tobytes() == getattr(part, field).tobytes(), field
