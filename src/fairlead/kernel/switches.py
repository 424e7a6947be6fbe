"""Bits of `POLICY.rules` that turn single rules of a bar's semantics off, for comparisons.

All bits are 0 in the product; a peer that follows another rule is matched by setting its bit.
"""

from typing import Final

NO_ENTRY_BAR_EXITS: Final = 1
"""Stops and targets work from the bar after the entry bar on."""
TARGET_FIRST: Final = 2
"""A bar that touches stop and target fills the target."""
ANCHOR_ON_CLOSE: Final = 4
"""Percent and ATR levels anchor on the close that gave the signal, not on the entry fill."""
GAP_AT_LEVEL: Final = 8
"""A gap through a level fills at the level, not at the open."""
ENTER_BEYOND_STOP: Final = 16
"""An open already beyond an absolute stop does not veto the entry."""
CLOSE_ONLY: Final = 32
"""An entry signal against a position closes it and never reverses it."""
