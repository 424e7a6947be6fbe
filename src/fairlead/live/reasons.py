"""Vetoes of a chunk in a few bytes: which book's entry was refused, and why."""

import zlib
from uuid import UUID

import numpy as np

from fairlead.kernel.records import Records
from fairlead.live.batch import Integers

_ROW = np.dtype([("subscription", "V16"), ("veto", "u1")])


def pack_reasons(subscriptions: Records, vetoes: Integers) -> bytes | None:
    """Return the vetoes that are not 0, compressed; None when there are none."""
    vetoed = np.flatnonzero(vetoes)
    if vetoed.shape[0] == 0:
        return None
    rows = np.zeros(vetoed.shape[0], _ROW)
    rows["subscription"] = subscriptions[vetoed]
    rows["veto"] = vetoes[vetoed]
    return zlib.compress(rows.tobytes(), 1)


def find_reason(blob: bytes | None, subscription_id: UUID) -> int:
    """Return the veto of one subscription in what `pack_reasons` made, 0 when it had none."""
    if not blob:
        return 0
    rows = np.frombuffer(zlib.decompress(blob), _ROW)
    own = np.frombuffer(subscription_id.bytes, "V16")[0]
    found = np.flatnonzero(rows["subscription"] == own)
    return int(rows["veto"][found[0]]) if found.shape[0] else 0
