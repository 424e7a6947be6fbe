"""A late joiner waits for the next entry, or joins at a price no worse than the model book's."""

from collections.abc import Callable
from uuid import UUID

from fairlead.infra.db import Database
from fairlead.kernel.records import new_policy
from tests.live.harness import subscribe
from tests.live.market import T0, Stage, scripted_market

MakeTenant = Callable[[], UUID]


def _late(
    database: Database, make_tenant: MakeTenant, closes: list[float], join_mode: str
) -> tuple[Stage, int]:
    """Return a stage in whose model book a position is open, with a latecomer."""
    actions = [1] + [0] * (len(closes) - 1)
    stage = Stage(database, make_tenant, scripted_market(closes, actions))
    stage.push(0, 2)
    late = make_tenant()
    (subscription,) = subscribe(
        stage.desk, [late], (stage.leg,), [new_policy(size=0.5)], join_mode=join_mode
    )
    stage.users.append(late)
    stage.ids.append(subscription)
    stage.desk.admit(T0)
    return stage, 1


def test_joiner_enters_when_the_price_is_no_worse(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage, k = _late(database, make_tenant, [100.0, 100.0, 99.0, 99.0, 99.0], "join")
    stage.push(2, 4)
    assert [row[1] for row in stage.orders(k)] == [5]
    assert stage.rows(k, "SELECT note FROM journal") == [("joined the model book's position",)]
    stage.push(4)
    assert int(stage.desk.state(stage.users[k], stage.ids[k]).book["open_positions"][0]) == 1


def test_joiner_waits_while_the_price_is_worse_and_enters_when_it_comes_back(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage, k = _late(database, make_tenant, [100.0, 100.0, 105.0, 104.0, 100.0, 100.0], "join")
    stage.push(2, 4)
    assert stage.orders(k) == []
    stage.push(4, 6)
    assert [row[1] for row in stage.orders(k)] == [5]


def test_joiner_of_a_flat_model_book_waits_for_the_next_entry(
    database: Database, make_tenant: MakeTenant
) -> None:
    closes = [100.0] * 6
    stage = Stage(
        database, make_tenant, scripted_market(closes, [0, 0, 1, 0, 0, 0]), join_mode="join"
    )
    stage.push(0, 2)
    assert stage.rows(0, "SELECT result FROM commands") == [
        ("the model book is flat: waits for the next entry",)
    ]
    stage.push(2, 4)
    assert [row[1] for row in stage.orders(0)] == [5]


def test_latecomer_who_waits_does_not_enter_in_the_middle(
    database: Database, make_tenant: MakeTenant
) -> None:
    stage, k = _late(database, make_tenant, [100.0, 100.0, 99.0, 99.0, 99.0], "wait")
    stage.push(2, 5)
    assert stage.orders(k) == []
