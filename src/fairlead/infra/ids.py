"""Identifiers and secrets: the only place that reads randomness."""

import os
import secrets
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last_ms = 0
_counter = 0


def uuid7() -> UUID:
    """Return a time-ordered UUID, strictly increasing within this process.

    Layout of RFC 9562 section 5.7 with the 12-bit counter of method 1 (section 6.2): rows
    written in id order land side by side in an index.
    """
    global _last_ms, _counter
    with _lock:
        now_ms = time.time_ns() // 1_000_000
        if now_ms > _last_ms:
            _last_ms, _counter = now_ms, int.from_bytes(os.urandom(2), "big") & 0x7FF
        else:
            _counter += 1
            if _counter > 0xFFF:
                _last_ms, _counter = _last_ms + 1, 0
        ms, counter = _last_ms, _counter
    tail = int.from_bytes(os.urandom(8), "big") & (2**62 - 1)
    return UUID(int=(ms << 80) | (7 << 76) | (counter << 64) | (2 << 62) | tail)


def random_secret(size_bytes: int = 32) -> str:
    """Return an unguessable URL-safe string made of `size_bytes` random bytes."""
    return secrets.token_urlsafe(size_bytes)


def random_bytes(size: int) -> bytes:
    """Return `size` unguessable bytes, for keys and nonces."""
    return os.urandom(size)
