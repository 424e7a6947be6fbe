"""Layouts and snapshots."""

import numpy as np
import pytest

from fairlead.kernel import records
from fairlead.kernel.records import (
    new_limits,
    new_policy,
    new_state,
    state_from_bytes,
    state_size,
)
from fairlead.kernel.trades import TRADE

LAYOUTS = [
    records.INSTRUMENT,
    records.POLICY,
    records.LIMITS,
    records.BOOK,
    records.LEG,
    records.POSITION,
    records.INPUT,
    records.FILL,
    records.INTENT,
    TRADE,
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_has_no_padding(layout: "np.dtype[np.void]") -> None:
    sizes = [layout[name].itemsize for name in layout.names or ()]
    assert sum(sizes) == layout.itemsize
    assert all(size % 8 == 0 for size in sizes)


@pytest.mark.parametrize("legs", [1, 2, 50])
def test_state_restored_from_its_bytes_has_the_same_bytes(legs: int) -> None:
    state = new_state(12_345.67, legs)
    state.legs["mark"] = np.arange(legs) + 0.5
    state.positions["stop"] = np.inf
    blob = state.to_bytes()
    assert len(blob) == state_size(legs)
    assert state_from_bytes(blob).to_bytes() == blob


def test_state_from_a_cut_blob_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        state_from_bytes(new_state(1.0).to_bytes()[:-8])


def test_state_of_another_layout_is_refused() -> None:
    state = new_state(1.0)
    state.book["layout"] = 99
    with pytest.raises(ValueError, match="layout 1, found 99"):
        state_from_bytes(state.to_bytes())


@pytest.mark.parametrize(
    ("part", "field"), [("book", "cash"), ("legs", "mark"), ("positions", "stop")]
)
def test_state_with_nan_is_refused_by_field(part: str, field: str) -> None:
    state = new_state(1.0)
    getattr(state, part)[field] = np.nan
    with pytest.raises(ValueError, match=f"number in {field}, found NaN"):
        state_from_bytes(state.to_bytes())


@pytest.mark.parametrize("cash", [0.0, -1.0, float("nan"), float("inf")])
def test_new_state_without_proper_cash_is_refused(cash: float) -> None:
    with pytest.raises(ValueError, match="positive amount of cash"):
        new_state(cash)


def test_new_policy_with_an_unknown_field_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"stop_loss_pct.*found 'stop_los'"):
        new_policy(stop_los=0.1)


def test_new_limits_with_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="finite max_daily_loss"):
        new_limits(max_daily_loss=float("nan"))
