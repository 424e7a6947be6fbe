"""The fields of a book's policy and limits that a definition may set, with their bounds."""

from dataclasses import dataclass
from typing import Final

from fairlead.strategies.kinds.rules.values import Bounded, OneOf, Switch

SIZING_MODES: Final = ("quantity", "fraction", "risk")
DAILY_LOSS_ACTIONS: Final = ("block_entries", "flatten")


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One field: where a definition holds it, what it accepts, what it is without.

    `record` names the kernel's record; a choice is stored there as its place plus one.
    """

    name: str
    path: tuple[str, ...]
    accepts: Bounded | OneOf | Switch
    default: float | str | bool
    record: str
    description: str


FRACTION: Final = Bounded(0.0, 0.99)

_FIELDS: Final = (
    PolicyField(
        "stop_loss_pct",
        ("exits", "stop_loss_pct"),
        FRACTION,
        0.0,
        "policy",
        "Stop this fraction away from the average entry; 0 switches it off.",
    ),
    PolicyField(
        "take_profit_pct",
        ("exits", "take_profit_pct"),
        Bounded(0.0, 100.0),
        0.0,
        "policy",
        "Target this fraction away from the average entry; 0 switches it off.",
    ),
    PolicyField(
        "trailing_stop_pct",
        ("exits", "trailing_stop_pct"),
        FRACTION,
        0.0,
        "policy",
        "Stop that follows the best price at this fraction; 0 switches it off.",
    ),
    PolicyField(
        "atr_stop_multiple",
        ("exits", "atr_stop_multiple"),
        Bounded(0.0, 100.0),
        0.0,
        "policy",
        "Stop this many average true ranges away from the entry; 0 switches it off.",
    ),
    PolicyField(
        "atr_target_multiple",
        ("exits", "atr_target_multiple"),
        Bounded(0.0, 1000.0),
        0.0,
        "policy",
        "Target this many average true ranges away from the entry; 0 switches it off.",
    ),
    PolicyField(
        "atr_trail_multiple",
        ("exits", "atr_trail_multiple"),
        Bounded(0.0, 100.0),
        0.0,
        "policy",
        "Stop that follows the best price at this many average true ranges; 0 switches it off.",
    ),
    PolicyField(
        "break_even_pct",
        ("exits", "break_even_pct"),
        Bounded(0.0, 10.0),
        0.0,
        "policy",
        "Move the stop to the entry once the gain reaches this fraction; 0 switches it off.",
    ),
    PolicyField(
        "time_stop_bars",
        ("exits", "time_stop_bars"),
        Bounded(0, 1_000_000, whole=True),
        0,
        "policy",
        "Leave after this many bars; 0 switches it off.",
    ),
    PolicyField(
        "session_exit",
        ("exits", "session_exit"),
        Switch(),
        False,
        "policy",
        "Leave before the venue's session ends.",
    ),
    PolicyField(
        "cool_down_bars",
        ("cool_down_bars",),
        Bounded(0, 1_000_000, whole=True),
        0,
        "policy",
        "Refuse entries for this many bars after an exit.",
    ),
    PolicyField(
        "fee_gate_multiple",
        ("filters", "fee_gate_multiple"),
        Bounded(0.0, 1000.0),
        0.0,
        "policy",
        "Refuse entries whose expected move is below this many round trips of costs; 0: never.",
    ),
    PolicyField(
        "sizing",
        ("sizing", "mode"),
        OneOf(SIZING_MODES),
        "fraction",
        "policy",
        "How an entry is sized: a quantity, a fraction of equity, or risk over stop distance.",
    ),
    PolicyField(
        "size",
        ("sizing", "size"),
        Bounded(1e-12, 1e12),
        1.0,
        "policy",
        "The quantity, the fraction of equity, or the fraction of equity at risk.",
    ),
    PolicyField(
        "leverage",
        ("sizing", "leverage"),
        Bounded(0.01, 1000.0),
        1.0,
        "policy",
        "Most notional of a position, as a multiple of equity.",
    ),
    PolicyField(
        "allow_long",
        ("limits", "allow_long"),
        Switch(),
        True,
        "policy",
        "Whether long entries are taken.",
    ),
    PolicyField(
        "allow_short",
        ("limits", "allow_short"),
        Switch(),
        True,
        "policy",
        "Whether short entries are taken; without, they only close a long position.",
    ),
    PolicyField(
        "max_positions",
        ("limits", "max_positions"),
        Bounded(1, 1000, whole=True),
        1,
        "limits",
        "Most positions open at once over all legs of a book.",
    ),
    PolicyField(
        "max_daily_loss",
        ("limits", "max_daily_loss"),
        FRACTION,
        0.0,
        "limits",
        "Largest loss of a day as a fraction of its opening equity; 0 switches it off.",
    ),
    PolicyField(
        "daily_loss_action",
        ("limits", "daily_loss_action"),
        OneOf(DAILY_LOSS_ACTIONS),
        "flatten",
        "limits",
        "What happens at the daily loss limit: no more entries, or all positions closed.",
    ),
    PolicyField(
        "max_exposure",
        ("limits", "max_exposure"),
        Bounded(0.0, 1000.0),
        0.0,
        "limits",
        "Most notional of all legs as a multiple of equity; 0 switches it off.",
    ),
)

POLICY_FIELDS: Final[dict[str, PolicyField]] = {field.name: field for field in _FIELDS}
