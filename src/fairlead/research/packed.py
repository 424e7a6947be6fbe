"""Results as they are kept: compressed, with the checksum of what went in."""

import hashlib
import zlib
from dataclasses import dataclass

from fairlead.infra.errors import InternalDefect

LEVEL = 6


@dataclass(frozen=True, slots=True)
class Packed:
    """Hold compressed bytes and the SHA-256 of the bytes they came from."""

    compressed: bytes
    checksum: bytes


def pack(content: bytes) -> Packed:
    """Compress bytes and take their checksum."""
    return Packed(zlib.compress(content, LEVEL), hashlib.sha256(content).digest())


def unpack(packed: Packed, what: str) -> bytes:
    """Return the bytes that were packed; raise InternalDefect naming `what` when damaged."""
    try:
        content = zlib.decompress(packed.compressed)
    except zlib.error:
        content = b""
    if hashlib.sha256(content).digest() != packed.checksum:
        raise InternalDefect(
            f"The stored {what} is damaged.", action="Run it again and report this."
        )
    return content
