"""Folds inputs into a book: fills, closed bars, order outcomes, commands, charges, adjustments."""

from typing import Any

from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.levels import set_levels
from fairlead.kernel.reasons import Purpose, Reason
from fairlead.kernel.records import (
    ADJUST,
    CANCEL_ENTRY,
    CANCELLED,
    CHARGE,
    CLOSE,
    COMMAND,
    DISABLED_KILL,
    DISABLED_PAUSE,
    FILL_INPUT,
    KILL,
    MOVE_STOP,
    ORDER,
    PAUSE,
    REFUSED,
    RELEASE,
    RESOLVED,
    RESUME,
    SEEN,
    UNKNOWN,
)
from fairlead.kernel.rounding import quantity_of

DAY_MS = 86_400_000
ENTRY = int(Purpose.ENTRY)
EXIT = int(Purpose.EXIT)
MANUAL = int(Reason.MANUAL)


@jit_inline
def begin_bar(book: Any, limits: Any, ts: int) -> bool:
    """Open the venue's next day when `ts` lies in it; return whether it did.

    The day's opening equity is the equity at the close before; a halt ends with its day.
    """
    if ts < book.day_end:
        return False
    day = (ts + limits.day_offset_ms) // DAY_MS
    book.day_end = (day + 1) * DAY_MS - limits.day_offset_ms
    book.day_equity = book.equity
    book.halted = 0
    return True


@jit
def apply_fill(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    instrument: Any,
    fill_id: int,
    ts: int,
    order: int,
    purpose: int,
    lots: int,
    price: float,
    fee: float,
    ambiguous: int,
) -> bool:
    """Fold one fill; return False when its id was folded before.

    Opened and closed lots and values are summed apart, so that fills may arrive in any order.
    A round trip ends when both are equal and no entry of its side is still working; fills of a
    reversal's entry that come earlier than that wait in the leg.
    """
    if not _remember(leg, fill_id):
        return False
    quantity = quantity_of(instrument, lots)
    value = abs(quantity) * price
    book.cash -= quantity * price + fee
    book.fees += fee
    book.turnover += value
    book.fills += 1
    leg.orders = max(leg.orders, order)
    if purpose != ENTRY:
        _fold_exit(book, leg, position, lots, value, fee, ambiguous)
    elif position.side * lots < 0:
        _fold_early(leg, lots, value, fee, ts)
    else:
        _fold_entry(book, leg, position, lots, value, fee, ts)
    _settle(book, leg, position, policy, instrument, purpose)
    return True


@jit
def _settle(book: Any, leg: Any, position: Any, policy: Any, instrument: Any, purpose: int) -> None:
    if position.opened_lots > 0:
        position.average = position.opened_value / quantity_of(instrument, position.opened_lots)
        if purpose == ENTRY:
            set_levels(leg, position, policy, instrument)
    if position.opened_lots == position.closed_lots and leg.entry_lots * position.side <= 0:
        _end_trip(book, leg, position, policy)
        if leg.early_lots != 0:
            _take_early(book, leg, position)
            position.average = position.opened_value / quantity_of(instrument, position.opened_lots)
            set_levels(leg, position, policy, instrument)
    held = position.side * (position.opened_lots - position.closed_lots)
    position.quantity = quantity_of(instrument, held + leg.early_lots)


@jit_inline
def _remember(leg: Any, fill_id: int) -> bool:
    seen = leg.seen
    for k in range(min(leg.seen_count, SEEN)):
        if seen[k] == fill_id:
            return False
    leg.seen[leg.seen_count % SEEN] = fill_id
    leg.seen_count += 1
    return True


@jit_inline
def _fold_entry(
    book: Any, leg: Any, position: Any, lots: int, value: float, fee: float, ts: int
) -> None:
    if position.side == 0:
        _begin_trip(book, leg, position, 1 if lots > 0 else -1)
    if position.opened_lots == 0 or ts < position.entry_ts:
        position.entry_ts = ts
    position.opened_lots += abs(lots)
    position.opened_value += value
    position.fees += fee
    _reduce_entry(leg, lots)


@jit_inline
def _reduce_entry(leg: Any, lots: int) -> None:
    rest = leg.entry_lots - lots
    if rest * lots <= 0:
        cancel_entry(leg)
    else:
        leg.entry_lots = rest


@jit_inline
def _fold_early(leg: Any, lots: int, value: float, fee: float, ts: int) -> None:
    if leg.early_lots == 0 or ts < leg.early_ts:
        leg.early_ts = ts
    leg.early_lots += lots
    leg.early_value += value
    leg.early_fees += fee
    _reduce_entry(leg, lots)


@jit_inline
def _take_early(book: Any, leg: Any, position: Any) -> None:
    _begin_trip(book, leg, position, 1 if leg.early_lots > 0 else -1)
    position.entry_ts = leg.early_ts
    position.opened_lots = abs(leg.early_lots)
    position.opened_value = leg.early_value
    position.fees = leg.early_fees
    leg.early_lots = 0
    leg.early_ts = 0
    leg.early_value = 0.0
    leg.early_fees = 0.0


@jit_inline
def _fold_exit(
    book: Any, leg: Any, position: Any, lots: int, value: float, fee: float, ambiguous: int
) -> None:
    if position.side == 0:
        _begin_trip(book, leg, position, -1 if lots > 0 else 1)
    position.closed_lots += abs(lots)
    position.closed_value += value
    position.fees += fee
    book.ambiguous += ambiguous
    if leg.exit_lots != 0:
        rest = leg.exit_lots - lots
        if rest * lots <= 0:
            _forget_exit(leg)
        else:
            leg.exit_lots = rest


@jit_inline
def _forget_exit(leg: Any) -> None:
    leg.exit_lots = 0
    leg.exit_reason = 0
    leg.exit_unknown = 0


@jit_inline
def _begin_trip(book: Any, leg: Any, position: Any, side: int) -> None:
    position.side = side
    position.entry_bar = leg.bars
    book.open_positions += 1


@jit
def _end_trip(book: Any, leg: Any, position: Any, policy: Any) -> None:
    pnl = position.side * (position.closed_value - position.opened_value) - position.fees
    book.realised += pnl
    book.trades += 1
    if pnl > 0.0:
        book.wins += 1
        book.gross_win += pnl
    else:
        book.gross_loss -= pnl
    book.open_positions -= 1
    leg.cool_until = leg.bars + 1 + policy.cool_down_bars
    _forget_exit(leg)
    clear_position(position)


@jit
def clear_position(position: Any) -> None:
    """Reset every field of a position that is flat again."""
    position.side = 0
    position.opened_lots = 0
    position.closed_lots = 0
    position.opened_value = 0.0
    position.closed_value = 0.0
    position.fees = 0.0
    position.average = 0.0
    position.quantity = 0.0
    position.stop = 0.0
    position.target = 0.0
    position.extreme = 0.0
    position.atr = 0.0
    position.stop_reason = 0
    position.entry_ts = 0
    position.entry_bar = 0


@jit_inline
def mark(book: Any, equity: float) -> None:
    """Take the marked equity at a boundary into the peak and the deepest drawdown."""
    book.equity = equity
    if equity > book.peak:
        book.peak = equity
    elif equity < book.peak * (1.0 - book.max_drawdown):
        book.max_drawdown = 1.0 - equity / book.peak


@jit
def cancel_entry(leg: Any) -> None:
    """Forget the rest of a working entry order."""
    leg.entry_lots = 0
    leg.entry_unknown = 0


@jit
def request_exit(leg: Any, position: Any, reason: int, now: int) -> bool:
    """Ask for the whole position to be closed; return whether that made a new order.

    A simulated venue fills it at the open of the first bar that opens at or after `now`.
    """
    held = position.side * (position.opened_lots - position.closed_lots)
    if held == 0 or leg.exit_lots != 0:
        return False
    leg.orders += 1
    leg.exit_n = leg.orders
    leg.exit_lots = -held
    leg.exit_reason = reason
    leg.exit_from = now
    return True


@jit
def apply_outcome(book: Any, leg: Any, position: Any, policy: Any, order: int, code: int) -> None:
    """Fold what became of an order: REFUSED or CANCELLED ends it, UNKNOWN keeps its risk.

    RESOLVED says that an unknown order is known to work. Outcomes of other orders than the
    leg's working ones change nothing.
    """
    if order == leg.entry_n and leg.entry_lots != 0:
        leg.entry_unknown = 1 if code == UNKNOWN else 0
        if code == REFUSED or code == CANCELLED:
            cancel_entry(leg)
            if position.side != 0 and position.opened_lots == position.closed_lots:
                _end_trip(book, leg, position, policy)
    elif order == leg.exit_n and leg.exit_lots != 0:
        leg.exit_unknown = 1 if code == UNKNOWN else 0
        if code == REFUSED or code == CANCELLED:
            _forget_exit(leg)
    if code == RESOLVED:
        leg.entry_unknown = 0 if order == leg.entry_n else leg.entry_unknown
        leg.exit_unknown = 0 if order == leg.exit_n else leg.exit_unknown


@jit
def apply_command(
    book: Any, leg: Any, position: Any, act: int, reason: int, price: float, now: int
) -> bool:
    """Fold what a person asked for; return whether the leg now has a new exit order."""
    if act == PAUSE:
        book.disabled |= DISABLED_PAUSE
    elif act == RESUME:
        book.disabled &= ~DISABLED_PAUSE
    elif act == KILL:
        book.disabled |= DISABLED_KILL
    elif act == RELEASE:
        book.disabled &= ~DISABLED_KILL
    elif act == CANCEL_ENTRY:
        cancel_entry(leg)
    elif act == CLOSE:
        return request_exit(leg, position, reason if reason != 0 else MANUAL, now)
    elif act == MOVE_STOP and position.side != 0 and price > 0.0:
        position.stop = price
    return False


@jit
def apply_input(
    book: Any, leg: Any, position: Any, policy: Any, instrument: Any, entry: Any
) -> bool:
    """Fold one numbered INPUT that is not a bar; return False when it changed nothing.

    An input whose number is not above the book's is a repetition and is left out. A BAR needs
    the whole book and goes through the loops.
    """
    if entry.seq <= book.seq:
        return False
    book.seq = entry.seq
    if entry.kind == FILL_INPUT:
        return apply_fill(
            book,
            leg,
            position,
            policy,
            instrument,
            entry.id,
            entry.ts,
            entry.order,
            entry.purpose,
            entry.lots,
            entry.price,
            entry.amount,
            entry.flag,
        )
    if entry.kind == ORDER:
        apply_outcome(book, leg, position, policy, entry.order, entry.code)
    elif entry.kind == COMMAND:
        apply_command(book, leg, position, entry.code, entry.purpose, entry.price, entry.ts)
    elif entry.kind == CHARGE:
        book.cash -= entry.amount
        book.charges += entry.amount
        mark(book, book.equity - entry.amount)
    elif entry.kind == ADJUST:
        book.cash += entry.amount
        mark(book, book.equity + entry.amount)
    return True
