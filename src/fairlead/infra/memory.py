"""How this process's allocator treats the large buffers that every turn needs again."""

import ctypes

# glibc's <malloc.h>; its dynamic thresholds stop where these are set
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
KEPT_BYTES = 256 << 20
PAD_BYTES = 64 << 20
LARGEST_BYTES = 32 << 20  # the largest that glibc takes for M_MMAP_THRESHOLD


def keep_large_buffers() -> bool:
    """Let freed buffers of up to 32 MB stay with the process, up to 256 MB together.

    Handing them back and touching fresh pages takes a tenth of the processor time of a turn.
    Returns False where the C library knows no such setting; nothing is changed there.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    taken = [
        set_option(_M_TRIM_THRESHOLD, KEPT_BYTES),
        set_option(_M_TOP_PAD, PAD_BYTES),
        set_option(_M_MMAP_THRESHOLD, LARGEST_BYTES),
    ]
    return taken == [1, 1, 1]
