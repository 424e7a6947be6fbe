"""Why a position was closed and why an entry was refused."""

from enum import IntEnum


class Purpose(IntEnum):
    """What an order does to the position of its leg."""

    ENTRY = 1
    EXIT = 2


class Reason(IntEnum):
    """Why a fill happened; stored in fills, orders and trades."""

    NONE = 0
    ENTRY = 1
    SIGNAL = 2
    REVERSE = 3
    STOP = 4
    TARGET = 5
    TRAIL = 6
    BREAK_EVEN = 7
    TIME = 8
    SESSION = 9
    DAILY_LOSS = 10
    MANUAL = 11
    KILL = 12
    ADJUST = 13


class Veto(IntEnum):
    """Why an entry signal gave no entry; `NONE` means that it did, or that there was no signal."""

    NONE = 0
    POSITION_OPEN = 1
    ORDER_OPEN = 2
    DISABLED = 3
    DAILY_LOSS = 4
    LONG_NOT_ALLOWED = 5
    SHORT_NOT_ALLOWED = 6
    COOL_DOWN = 7
    SESSION_END = 8
    MAX_POSITIONS = 9
    NO_STOP = 10
    FEE_GATE = 11
    LEVERAGE = 12
    EXPOSURE = 13
    ZERO_LOTS = 14
    BELOW_MIN_NOTIONAL = 15
    OPEN_BEYOND_STOP = 16
    NO_EQUITY = 17


VETO_COUNT = len(Veto)

VETO_TEXT = {
    Veto.NONE: "no veto",
    Veto.POSITION_OPEN: "a position in this direction is already open",
    Veto.ORDER_OPEN: "an earlier order of this leg is still open or unknown",
    Veto.DISABLED: "trading is paused or stopped by a kill switch",
    Veto.DAILY_LOSS: "the daily loss limit was reached",
    Veto.LONG_NOT_ALLOWED: "long entries are switched off",
    Veto.SHORT_NOT_ALLOWED: "short entries are switched off or not possible here",
    Veto.COOL_DOWN: "the cool-down after the last exit has not passed",
    Veto.SESSION_END: "the session is about to end",
    Veto.MAX_POSITIONS: "the maximum number of open positions is reached",
    Veto.NO_STOP: "sizing by risk needs a stop and there is none",
    Veto.FEE_GATE: "the expected move does not pay for the costs",
    Veto.LEVERAGE: "the quantity needs more capital than the leverage allows",
    Veto.EXPOSURE: "the exposure limit of the account is used up",
    Veto.ZERO_LOTS: "the quantity is smaller than one lot",
    Veto.BELOW_MIN_NOTIONAL: "the order is below the venue's minimum notional",
    Veto.OPEN_BEYOND_STOP: "the market opened beyond the stop",
    Veto.NO_EQUITY: "the account has no equity left",
}
