"""Decides at a bar's close: exits first, then what the signal asks for, or why not."""

from typing import Any

from fairlead.kernel.apply import cancel_entry, request_exit
from fairlead.kernel.jit import jit, jit_inline
from fairlead.kernel.levels import move_levels
from fairlead.kernel.reasons import Reason, Veto
from fairlead.kernel.records import BLOCK_ENTRIES
from fairlead.kernel.signals import ENTER_LONG, ENTER_SHORT, EXIT, EXIT_LONG, EXIT_SHORT, HOLD
from fairlead.kernel.sizing import entry_lots
from fairlead.kernel.switches import CLOSE_ONLY

SIGNAL = int(Reason.SIGNAL)
REVERSE = int(Reason.REVERSE)
TIME = int(Reason.TIME)
SESSION = int(Reason.SESSION)
DAY_LOSS = int(Reason.DAILY_LOSS)

POSITION_OPEN = int(Veto.POSITION_OPEN)
ORDER_OPEN = int(Veto.ORDER_OPEN)
DISABLED = int(Veto.DISABLED)
DAILY_LOSS = int(Veto.DAILY_LOSS)
LONG_NOT_ALLOWED = int(Veto.LONG_NOT_ALLOWED)
SHORT_NOT_ALLOWED = int(Veto.SHORT_NOT_ALLOWED)
COOL_DOWN = int(Veto.COOL_DOWN)
SESSION_END = int(Veto.SESSION_END)
MAX_POSITIONS = int(Veto.MAX_POSITIONS)


@jit_inline
def check_daily_loss(book: Any, limits: Any) -> None:
    """Halt the book for the rest of the day when its loss reached the limit."""
    if limits.max_daily_loss <= 0.0 or book.halted != 0:
        return
    if book.equity <= book.day_equity * (1.0 - limits.max_daily_loss):
        book.halted = 1


@jit_inline
def decide(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    limits: Any,
    instrument: Any,
    others: int,
    exposure: float,
    now: int,
    high: float,
    low: float,
    close: float,
    action: int,
    stop: float,
    target: float,
    atr: float,
    last_of_session: int,
) -> int:
    """Decide at the close of a bar; return the veto of an entry signal, 0 where there is none.

    New orders appear in the leg's slots. `others` counts the book's other legs that hold or
    are about to hold a position, `exposure` is their notional marked at this boundary, `now` is the
    boundary's time; the bar's values belong to the bar that just closed.
    """
    ending = policy.session_exit != 0 and last_of_session != 0
    if position.side != 0:
        move_levels(position, policy, instrument, high, low, atr)
        reason = _exit_reason(book, leg, position, policy, limits, action, ending)
        if reason != 0:
            request_exit(leg, position, reason, now)
    if book.halted != 0 or book.disabled != 0:
        cancel_entry(leg)
    if action != ENTER_LONG and action != ENTER_SHORT:
        return 0
    veto = _refusal(book, leg, position, policy, limits, instrument, others, action, ending)
    if veto != 0:
        return veto
    long = action == ENTER_LONG
    terms = (policy, limits, instrument)
    lots, veto = entry_lots(book.equity, exposure, *terms, close, atr, stop, target, long)
    if veto != 0:
        return veto
    if leg.exit_reason == SIGNAL:
        leg.exit_reason = REVERSE
    _request_entry(leg, lots if long else -lots, now, close, stop, target, atr)
    return 0


@jit
def _exit_reason(
    book: Any, leg: Any, position: Any, policy: Any, limits: Any, action: int, ending: bool
) -> int:
    if book.halted != 0 and limits.daily_loss_action != BLOCK_ENTRIES:
        return DAY_LOSS
    if ending:
        return SESSION
    if action != HOLD:
        own = EXIT_LONG if position.side > 0 else EXIT_SHORT
        if action == EXIT or action == own or action == -position.side:
            return SIGNAL
    if policy.time_stop_bars > 0 and leg.bars - position.entry_bar >= policy.time_stop_bars:
        return TIME
    return 0


@jit
def _refusal(
    book: Any,
    leg: Any,
    position: Any,
    policy: Any,
    limits: Any,
    instrument: Any,
    others: int,
    action: int,
    ending: bool,
) -> int:
    if position.side == action:
        return POSITION_OPEN
    if leg.entry_lots != 0 or leg.exit_unknown != 0:
        return ORDER_OPEN
    if book.disabled != 0:
        return DISABLED
    if book.halted != 0:
        return DAILY_LOSS
    if action == ENTER_LONG and policy.allow_long == 0:
        return LONG_NOT_ALLOWED
    if action == ENTER_SHORT and (policy.allow_short == 0 or instrument.shorting == 0):
        return SHORT_NOT_ALLOWED
    if position.side != 0 and policy.rules & CLOSE_ONLY:
        return POSITION_OPEN
    if leg.bars < leg.cool_until:
        return COOL_DOWN
    if ending:
        return SESSION_END
    if others >= limits.max_positions:
        return MAX_POSITIONS
    return 0


@jit
def _request_entry(
    leg: Any, lots: int, now: int, close: float, stop: float, target: float, atr: float
) -> None:
    leg.orders += 1
    leg.entry_n = leg.orders
    leg.entry_lots = lots
    leg.entry_from = now
    leg.entry_close = close
    leg.entry_stop = stop
    leg.entry_target = target
    leg.entry_atr = atr
