"""Client ids, ranks, reasons, decimals and curves: small rules that others stand on."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.infra.errors import InvalidInput
from fairlead.infra.ids import uuid7
from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import new_limits, new_policy, new_state
from fairlead.live.batch import Rules, batch_of, pack, unpack, unsound_rules
from fairlead.live.curves import combined_curve
from fairlead.live.decimals import average_price, decimal_of, plain
from fairlead.live.model import client_ids, ranks, uuid_at, uuid_column
from fairlead.live.reasons import find_reason, pack_reasons
from fairlead.live.risk import (
    PAPER_FEE,
    RiskProfile,
    apply_profile,
    check_profile,
    read_profile,
    write_profile,
)
from fairlead.market.instruments import default_instrument

ENTRY, EXIT = int(Purpose.ENTRY), int(Purpose.EXIT)


def _ids(count: int, **changed: int) -> list[bytes]:
    """Return client ids of `count` orders of one subscription and cause."""
    cause, subscription = UUID(int=changed.get("cause", 1)), UUID(int=changed.get("book", 2))
    numbers = np.arange(1, count + 1)
    found = client_ids(
        uuid_column([cause] * count),
        uuid_column([subscription] * count),
        np.full(count, changed.get("leg", 0)),
        np.full(count, changed.get("purpose", ENTRY)),
        numbers,
    )
    return [bytes(item) for item in found]


def test_client_ids_are_twenty_characters_of_base32_and_never_the_same() -> None:
    seen: set[bytes] = set()
    for changed in ({}, {"cause": 3}, {"book": 3}, {"leg": 1}, {"purpose": EXIT}):
        ids = _ids(5_000, **changed)
        assert all(len(item) == 20 for item in ids)
        assert set(b"".join(ids)) <= set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        assert not seen & set(ids)
        seen |= set(ids)
    assert len(seen) == 25_000


def test_client_ids_of_the_same_order_are_the_same_everywhere() -> None:
    assert _ids(3) == _ids(3)
    # written down: another id for the same order would be another order at the venue
    assert _ids(1) == [b"PKHZE3HVC7JPL55YP5R6"]


def test_ranks_put_exits_first_and_draw_the_rest_anew_at_each_cause() -> None:
    books = uuid_column([uuid7() for _ in range(200)])
    purposes = np.array([ENTRY, EXIT] * 100)

    def order(cause: int) -> list[int]:
        found = ranks(uuid_column([UUID(int=cause)] * 200), books, purposes)
        assert found[purposes == EXIT].max() < found[purposes == ENTRY].min()
        assert found.min() >= 0
        return [int(k) for k in np.argsort(found)]

    assert order(1) != order(2)
    assert order(1) == order(1)


@given(st.lists(st.integers(0, 17), max_size=50))
def test_reasons_are_found_again_by_their_subscription_alone(vetoes: list[int]) -> None:
    ids = [uuid7() for _ in vetoes]
    blob = pack_reasons(uuid_column(ids), np.array(vetoes, np.int64))
    assert (blob is None) == (not any(vetoes))
    assert [find_reason(blob, own) for own in ids] == vetoes
    assert find_reason(blob, uuid7()) == 0


@given(st.integers(1, 10**12), st.sampled_from([1, 5, 25, 100]))
def test_prices_on_a_tick_become_their_exact_decimal(ticks: int, hundredths: int) -> None:
    price = ticks * hundredths / 100
    assert decimal_of(price) == Decimal(ticks * hundredths) / 100
    assert "e" not in plain(price).lower()


@pytest.mark.parametrize(
    ("value", "text"),
    [(100.0, "100"), (1e-8, "0.00000001"), (-0.0, "0"), (1e16, "10000000000000000")],
)
def test_plain_has_no_exponent_and_no_idle_zeros(value: float, text: str) -> None:
    assert plain(value) == text
    assert average_price(97.99999999999999) == "98"


def test_curve_of_several_books_counts_each_at_its_latest() -> None:
    one, two, other = uuid7(), uuid7(), uuid7()
    points = [(one, 1, 110.0), (two, 2, 90.0), (one, 2, 120.0), (other, 3, 1e9)]
    assert combined_curve({one: 100.0, two: 100.0}, points) == [(1, 210.0), (2, 210.0)]


@pytest.mark.parametrize("legs", [1, 3])
def test_states_are_the_same_bytes_after_packing_and_unpacking(legs: int) -> None:
    states = [new_state(100.0 + k, legs) for k in range(4)]
    for k, state in enumerate(states):
        state.legs["mark"] = k + 0.5
    packed = pack(batch_of(states))
    assert packed.tobytes() == b"".join(state.to_bytes() for state in states)
    again = unpack(packed)
    assert [again.state(k).to_bytes() for k in range(4)] == [s.to_bytes() for s in states]


def test_sound_rules_are_not_complained_about() -> None:
    policies = np.stack([new_policy(size=0.5), new_policy(sizing=3, size=0.01)])
    limits = np.concatenate([new_limits(), new_limits(day_offset_ms=-19_800_000)])
    assert unsound_rules(Rules(policies, limits)) == {}


BREAKING: dict[str, Callable[[Rules], None]] = {
    "NaN": lambda rules: rules.policies["fee"].__setitem__((1, 0), np.nan),
    "infinite": lambda rules: rules.policies["leverage"].__setitem__((1, 0), np.inf),
    "beyond bounds": lambda rules: rules.policies["size"].__setitem__((1, 0), 1e300),
    "negative": lambda rules: rules.policies["stop_loss_pct"].__setitem__((1, 0), -0.1),
    "no size": lambda rules: rules.policies["size"].__setitem__((1, 0), 0.0),
    "unknown sizing": lambda rules: rules.policies["sizing"].__setitem__((1, 0), 0),
    "limits": lambda rules: rules.limits["max_daily_loss"].__setitem__(1, np.nan),
}


@pytest.mark.parametrize("case", list(BREAKING))
def test_unsound_rules_name_the_row_and_the_field(case: str) -> None:
    rules = Rules(np.stack([new_policy(size=0.5)] * 3), np.concatenate([new_limits()] * 3))
    BREAKING[case](rules)
    problems = unsound_rules(rules)
    assert list(problems) == [1]
    assert problems[1].startswith("the ")


def test_profile_stands_above_the_version_and_leaves_open_what_it_does_not_name() -> None:
    perpetual = default_instrument("binance:BTC-USDT")
    own = new_policy(stop_loss_pct=0.03, size=1.0, leverage=500)
    profile = RiskProfile(sizing="risk", size=0.02, max_positions=3, slippage_bps=5)
    policy, limits = apply_profile(own, new_limits(), profile, perpetual, Decimal("0.5"))
    assert (int(policy["sizing"][0]), float(policy["size"][0])) == (3, 0.01)
    assert float(policy["stop_loss_pct"][0]) == 0.03
    assert float(policy["fee"][0]) == PAPER_FEE
    assert float(policy["slippage"][0]) == 0.0005
    assert float(policy["leverage"][0]) == perpetual.max_leverage
    assert int(limits["max_positions"][0]) == 3
    indian, day = apply_profile(
        own, new_limits(), RiskProfile(), default_instrument("nse:SBIN"), Decimal(1)
    )
    assert int(day["day_offset_ms"][0]) == 19_800_000
    assert float(indian["size"][0]) == 1.0


@pytest.mark.parametrize(
    "profile",
    [
        RiskProfile(sizing="risk"),
        RiskProfile(size=0.5),
        RiskProfile(sizing="risk", size=1.5),
        RiskProfile(sizing="luck", size=1),
        RiskProfile(max_positions=0),
        RiskProfile(stop_loss_pct=1.0),
        RiskProfile(fee=float("nan")),
        RiskProfile(leverage=float("inf")),
        RiskProfile(daily_loss_action="pray"),
    ],
)
def test_profile_out_of_bounds_is_refused_with_what_was_expected(profile: RiskProfile) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_profile(profile)
    assert caught.value.expected
    assert str(caught.value.path).startswith("/risk_profile/")


def test_profile_is_read_as_it_was_written() -> None:
    profile = RiskProfile(sizing="fraction", size=0.5, allow_short=False)
    assert read_profile(write_profile(profile)) == profile
    with pytest.raises(InvalidInput, match="luck"):
        read_profile('{"luck": 1}')


def test_uuid_columns_give_the_same_ids_back() -> None:
    ids = [uuid7() for _ in range(5)]
    column = uuid_column(ids)
    assert [uuid_at(column, k) for k in range(5)] == ids
