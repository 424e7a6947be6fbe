"""What a book is worth now: its stored state, marked at the newest close."""

from dataclasses import dataclass
from math import isfinite

from fairlead.kernel.records import DISABLED_KILL, State, state_from_bytes
from fairlead.live.store.reading import SubscriptionRow


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """One leg's position; a level that does not exist is None."""

    leg: int
    side: int
    quantity: float
    entry_price: float
    entry_ts: int
    stop: float | None
    target: float | None
    unrealised: float
    fees: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A book's figures in its currency; equity = capital + realised + unrealised - charges."""

    equity: float
    realised: float
    unrealised: float
    fees: float
    trades: int
    wins: int
    halted: bool
    positions: tuple[OpenPosition, ...]


def standing_of(row: SubscriptionRow) -> Standing:
    """Return where a subscription stands; one without a book stands at its capital.

    Between two candles nothing fills, so cash and positions are as stored even when the state
    is some candles old; only the marks move, and those are taken from the newest close.
    """
    state = _read(row.state)
    if state is None:
        return Standing(float(row.capital), 0.0, 0.0, 0.0, 0, 0, row.fault is not None, ())
    book = state.book[0]
    positions = _positions(state, row.close)
    worth = sum(
        item.quantity * item.side * _price(state, item.leg, row.close) for item in positions
    )
    return Standing(
        equity=float(book["cash"]) + worth,
        realised=float(book["realised"]),
        unrealised=sum(item.unrealised for item in positions),
        fees=float(book["fees"]),
        trades=int(book["trades"]),
        wins=int(book["wins"]),
        halted=bool(book["halted"]) or bool(int(book["disabled"]) & DISABLED_KILL),
        positions=positions,
    )


def _read(blob: bytes | None) -> State | None:
    if blob is None:
        return None
    try:
        return state_from_bytes(blob)
    except ValueError:
        return None


def _price(state: State, leg: int, close: float | None) -> float:
    """Return the newest known price of a leg; the row's close is that of the first."""
    if leg == 0 and close is not None:
        return close
    return float(state.legs[leg]["mark"])


def _positions(state: State, close: float | None) -> tuple[OpenPosition, ...]:
    found: list[OpenPosition] = []
    for leg in range(state.legs.shape[0]):
        held = state.positions[leg, 0]
        if int(held["side"]) == 0:
            continue
        move = _price(state, leg, close) - float(held["average"])
        found.append(
            OpenPosition(
                leg=leg,
                side=int(held["side"]),
                quantity=abs(float(held["quantity"])),
                entry_price=float(held["average"]),
                entry_ts=int(held["entry_ts"]),
                stop=_level(float(held["stop"])),
                target=_level(float(held["target"])),
                unrealised=float(held["quantity"]) * move - float(held["fees"]),
                fees=float(held["fees"]),
            )
        )
    return tuple(found)


def _level(price: float) -> float | None:
    return price if isfinite(price) and price > 0 else None
