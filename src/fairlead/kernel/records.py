"""Fixed layouts of everything the kernel reads and writes.

Every field is eight bytes wide, so that no record has padding and equal states have equal bytes.
Prices are in quote currency, quantities in base units, lots are integers, times are epoch
milliseconds (UTC). No field is ever NaN; a missing upper level is `inf`, a missing lower one 0.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

LAYOUT = 1
SLOTS = 1
SEEN = 32

Records = NDArray[np.void]


def record(fields: list[tuple[str, str] | tuple[str, str, tuple[int]]]) -> "np.dtype[Any]":
    """Return a dtype whose scalars give their fields as attributes, compiled or not."""
    return np.dtype((np.record, np.dtype(fields, align=True)))


INSTRUMENT = record(
    [
        ("tick_num", "i8"),  # tick = tick_num / tick_den; tick_den 0: prices are taken as given
        ("tick_den", "i8"),
        ("lot_num", "i8"),  # one lot = lot_num / lot_den base units
        ("lot_den", "i8"),
        ("min_notional", "f8"),
        ("max_leverage", "f8"),
        ("shorting", "i8"),
        ("revision", "i8"),
    ]
)

POLICY = record(
    [
        ("stop_loss_pct", "f8"),
        ("take_profit_pct", "f8"),
        ("trailing_stop_pct", "f8"),
        ("atr_stop_multiple", "f8"),
        ("atr_target_multiple", "f8"),
        ("atr_trail_multiple", "f8"),
        ("break_even_pct", "f8"),
        ("fee_gate_multiple", "f8"),
        ("size", "f8"),
        ("leverage", "f8"),
        ("fee", "f8"),
        ("slippage", "f8"),
        ("time_stop_bars", "i8"),
        ("session_exit", "i8"),
        ("cool_down_bars", "i8"),
        ("sizing", "i8"),
        ("allow_long", "i8"),
        ("allow_short", "i8"),
        ("rules", "i8"),
        ("buy_fee", "f8"),  # on buys besides `fee`, as a share of their value
        ("sell_fee", "f8"),
        ("order_fee", "f8"),  # of each order besides, as a share of its value up to a cap
        ("order_fee_cap", "f8"),
        ("buy_flat", "f8"),  # of each order besides, in quote currency
        ("sell_flat", "f8"),
    ]
)

BY_QUANTITY, BY_FRACTION, BY_RISK = 1, 2, 3

LIMITS = record(
    [
        ("max_daily_loss", "f8"),  # fraction of the day's opening equity, 0 switches it off
        ("max_exposure", "f8"),  # notional of all legs as a multiple of equity, 0 switches it off
        ("max_positions", "i8"),
        ("daily_loss_action", "i8"),
        ("day_offset_ms", "i8"),  # the venue's day begins at this offset before UTC midnight
    ]
)

BLOCK_ENTRIES, FLATTEN = 1, 2

BOOK = record(
    [
        ("layout", "i8"),
        ("seq", "i8"),  # number of the last journal input folded in
        ("ts", "i8"),  # open time of the latest bar folded in
        ("as_of", "i8"),  # close time of the latest boundary folded in
        ("day_end", "i8"),
        ("cash", "f8"),
        ("equity", "f8"),
        ("day_equity", "f8"),
        ("peak", "f8"),
        ("max_drawdown", "f8"),
        ("realised", "f8"),
        ("fees", "f8"),
        ("charges", "f8"),
        ("turnover", "f8"),
        ("gross_win", "f8"),
        ("gross_loss", "f8"),
        ("fills", "i8"),
        ("trades", "i8"),
        ("wins", "i8"),
        ("ambiguous", "i8"),
        ("bars", "i8"),
        ("bars_held", "i8"),
        ("open_positions", "i8"),
        ("halted", "i8"),  # 1 after the daily loss limit was reached, until the next day
        ("disabled", "i8"),  # bits of DISABLED_*
    ]
)

DISABLED_PAUSE, DISABLED_KILL, DISABLED_FAULT = 1, 2, 4

LEG = record(
    [
        ("bars", "i8"),
        ("mark", "f8"),
        ("cool_until", "i8"),  # entries are vetoed while `bars` is below it
        ("orders", "i8"),  # number of the latest order of this leg
        ("entry_n", "i8"),  # the working entry order: number, signed lots still to fill
        ("entry_lots", "i8"),
        ("entry_unknown", "i8"),
        ("entry_from", "i8"),  # earliest open time of a bar whose open may fill it
        ("entry_close", "f8"),
        ("entry_atr", "f8"),
        ("entry_stop", "f8"),
        ("entry_target", "f8"),
        ("given_up", "i8"),  # veto of an entry at the open of the bar in hand, 0 for none
        ("exit_n", "i8"),  # the working exit order
        ("exit_lots", "i8"),
        ("exit_reason", "i8"),
        ("exit_unknown", "i8"),
        ("exit_from", "i8"),
        ("early_lots", "i8"),  # fills of a reversal's entry that came before its exit's
        ("early_ts", "i8"),
        ("early_value", "f8"),
        ("early_fees", "f8"),
        ("seen_count", "i8"),
        ("seen", "i8", (SEEN,)),  # the latest fill ids, so that a repeated one folds once
    ]
)

POSITION = record(
    [
        ("contract", "i8"),
        ("side", "i8"),
        ("opened_lots", "i8"),
        ("closed_lots", "i8"),
        ("opened_value", "f8"),
        ("closed_value", "f8"),
        ("fees", "f8"),
        ("average", "f8"),
        ("quantity", "f8"),  # signed, what is held now
        ("stop", "f8"),
        ("target", "f8"),
        ("extreme", "f8"),
        ("atr", "f8"),
        ("stop_reason", "i8"),
        ("entry_ts", "i8"),
        ("entry_bar", "i8"),
    ]
)

INPUT = record(
    [
        ("kind", "i8"),
        ("seq", "i8"),
        ("ts", "i8"),
        ("leg", "i8"),
        ("id", "i8"),  # fill id
        ("order", "i8"),  # number of the order within its leg
        ("purpose", "i8"),
        ("code", "i8"),  # outcome of an ORDER, act of a COMMAND, reason of a FILL, action of a BAR
        ("lots", "i8"),
        ("price", "f8"),
        ("amount", "f8"),  # fee of a FILL, amount of a CHARGE, cash difference of an ADJUST
        ("open", "f8"),
        ("high", "f8"),
        ("low", "f8"),
        ("close", "f8"),
        ("stop", "f8"),
        ("target", "f8"),
        ("atr", "f8"),
        ("flag", "i8"),  # ambiguous for a FILL, last of session for a BAR
        ("timeframe_ms", "i8"),
    ]
)

BAR, FILL_INPUT, ORDER, COMMAND, CHARGE, ADJUST = 1, 2, 3, 4, 5, 6
REFUSED, CANCELLED, UNKNOWN, RESOLVED = 1, 2, 3, 4
PAUSE, RESUME, KILL, RELEASE, CLOSE, CANCEL_ENTRY, MOVE_STOP = 1, 2, 3, 4, 5, 6, 7

EVENT = record(
    [
        ("closed_at", "i8"),  # close time of the bar, the boundary at which it is due
        ("leg", "i8"),
        ("ts", "i8"),
        ("open", "f8"),
        ("high", "f8"),
        ("low", "f8"),
        ("close", "f8"),
        ("action", "i8"),
        ("stop", "f8"),
        ("target", "f8"),
        ("atr", "f8"),
        ("last_of_session", "i8"),
    ]
)

FILL = record(
    [
        ("book", "i8"),  # index into the batch
        ("id", "i8"),
        ("ts", "i8"),
        ("bar", "i8"),
        ("leg", "i8"),
        ("order", "i8"),
        ("purpose", "i8"),
        ("reason", "i8"),
        ("lots", "i8"),  # signed: bought above 0, sold below
        ("quantity", "f8"),
        ("price", "f8"),
        ("fee", "f8"),
        ("ambiguous", "i8"),
    ]
)

INTENT = record(
    [
        ("book", "i8"),  # index into the batch
        ("leg", "i8"),
        ("order", "i8"),
        ("purpose", "i8"),
        ("reason", "i8"),
        ("lots", "i8"),
        ("quantity", "f8"),
        ("price", "f8"),  # the close it was decided on
        ("stop", "f8"),
        ("target", "f8"),
        ("after", "i8"),  # number of the order that must be filled first, 0 for none
        ("reduce_only", "i8"),
        ("not_before", "i8"),
        ("valid_until", "i8"),
    ]
)

POLICY_DEFAULTS: dict[str, float] = {
    "size": 1.0,
    "leverage": 1.0,
    "sizing": BY_FRACTION,
    "allow_long": 1,
    "allow_short": 1,
}
LIMITS_DEFAULTS: dict[str, float] = {"max_positions": 1, "daily_loss_action": FLATTEN}


def new_instrument(
    *,
    tick: Decimal | None = None,
    lot: Decimal = Decimal("1e-8"),
    min_notional: float = 0.0,
    shorting: bool = True,
    max_leverage: float = 1.0,
    revision: int = 1,
) -> Records:
    """Return an INSTRUMENT of shape (1,); a tick of `None` leaves prices as given.

    Raises `ValueError` when tick or lot is not a positive finite decimal.
    """
    record = np.zeros(1, INSTRUMENT)
    lot_ratio = _ratio("lot", lot)
    record["lot_num"], record["lot_den"] = lot_ratio.numerator, lot_ratio.denominator
    if tick is not None:
        tick_ratio = _ratio("tick", tick)
        record["tick_num"], record["tick_den"] = tick_ratio.numerator, tick_ratio.denominator
    record["min_notional"] = min_notional
    record["max_leverage"] = max_leverage
    record["shorting"] = int(shorting)
    record["revision"] = revision
    return record


def _ratio(name: str, value: Decimal) -> Fraction:
    if not value.is_finite() or value <= 0:
        raise ValueError(f"expected a positive {name}, found {value}")
    return Fraction(value)


def new_policy(**fields: float) -> Records:
    """Return a POLICY of shape (1,); fields not named keep their defaults.

    Raises `ValueError` for an unknown field or a value that is not finite.
    """
    return _filled(POLICY, POLICY_DEFAULTS, fields)


def new_limits(**fields: float) -> Records:
    """Return LIMITS of shape (1,); raises as `new_policy` does."""
    return _filled(LIMITS, LIMITS_DEFAULTS, fields)


def _filled(
    dtype: "np.dtype[Any]", defaults: dict[str, float], fields: dict[str, float]
) -> Records:
    record = np.zeros(1, dtype)
    names = dtype.names or ()
    for name, value in (defaults | fields).items():
        if name not in names:
            raise ValueError(f"expected one of {', '.join(names)}, found {name!r}")
        if not isfinite(value):
            raise ValueError(f"expected a finite {name}, found {value!r}")
        record[name] = value
    return record


@dataclass(frozen=True, slots=True)
class State:
    """One book with its legs: BOOK of shape (1,), LEG of (n,), POSITION of (n, SLOTS)."""

    book: Records
    legs: Records
    positions: Records

    def to_bytes(self) -> bytes:
        """Return the state as bytes; equal states give equal bytes."""
        return self.book.tobytes() + self.legs.tobytes() + self.positions.tobytes()

    def copy(self) -> "State":
        """Return a state that shares no memory with this one."""
        return State(self.book.copy(), self.legs.copy(), self.positions.copy())


def state_size(legs: int) -> int:
    """Return the number of bytes of a state with this many legs."""
    return BOOK.itemsize + legs * (LEG.itemsize + SLOTS * POSITION.itemsize)


def state_from_bytes(blob: bytes) -> State:
    """Read what `State.to_bytes` wrote.

    Raises `ValueError` for a length or a layout that does not fit, and for numbers that are NaN.
    """
    per_leg = LEG.itemsize + SLOTS * POSITION.itemsize
    legs, rest = divmod(len(blob) - BOOK.itemsize, per_leg)
    if legs < 1 or rest:
        raise ValueError(f"expected {state_size(1)} bytes (one leg) or more, found {len(blob)}")
    book = np.frombuffer(blob, BOOK, 1).copy()
    if int(book["layout"][0]) != LAYOUT:
        raise ValueError(f"expected state layout {LAYOUT}, found {int(book['layout'][0])}")
    leg_end = BOOK.itemsize + legs * LEG.itemsize
    state = State(
        book,
        np.frombuffer(blob, LEG, legs, BOOK.itemsize).copy(),
        np.frombuffer(blob, POSITION, legs * SLOTS, leg_end).copy().reshape(legs, SLOTS),
    )
    _refuse_nan(state)
    return state


def _refuse_nan(state: State) -> None:
    for records in (state.book, state.legs, state.positions):
        for name in records.dtype.names or ():
            column = records[name]
            if column.dtype.kind == "f" and bool(np.isnan(column).any()):
                raise ValueError(f"expected a number in {name}, found NaN")


def new_state(cash: float, legs: int = 1) -> State:
    """Return an empty book with `cash` in its currency.

    Raises `ValueError` unless cash is positive and finite and there is a leg.
    """
    if not isfinite(cash) or cash <= 0:
        raise ValueError(f"expected a positive amount of cash, found {cash!r}")
    if legs < 1:
        raise ValueError(f"expected at least one leg, found {legs}")
    book = np.zeros(1, BOOK)
    book["layout"] = LAYOUT
    for name in ("cash", "equity", "day_equity", "peak"):
        book[name] = cash
    return State(book, np.zeros(legs, LEG), np.zeros((legs, SLOTS), POSITION))
