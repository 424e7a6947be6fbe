"""Write files so that a crash or a full disk never leaves half of one under its real name."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fairlead.infra.clock import SystemClock
from fairlead.infra.errors import StorageFull, Unavailable

# EFBIG comes from a file-size limit of the process (ulimit -f): for the user a full disk as well.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_LOCK_POLL_S = 0.02
_CLOCK = SystemClock()


@contextmanager
def full_disk_as_error(path: Path) -> Iterator[None]:
    """Turn "no space left" into `StorageFull`, naming the file system that is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StorageFull(
            f"No space left to write {path}; nothing was changed.",
            found=os.strerror(error.errno),
            action="Free space on that disk, or point FAIRLEAD_DATA at another, and try again.",
        ) from error


def write_file(path: Path, content: bytes | memoryview, *, sync_name: bool = True) -> None:
    """Write `content` under `path` in one step: whole and on disk, or not at all.

    Without `sync_name` the caller waits for the folder once, after several files.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with full_disk_as_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        if sync_name:
            sync_folder(path.parent)


def append_file(path: Path, offset: int, content: bytes) -> None:
    """Write `content` at `offset`, cut off whatever stood beyond, and wait until it is on disk."""
    with full_disk_as_error(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            os.ftruncate(descriptor, offset)
            written = os.pwrite(descriptor, content, offset)
            if written != len(content):
                os.ftruncate(descriptor, offset)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_all(paths: list[Path]) -> None:
    """Remove files that nothing refers to any more; one that is gone already is fine."""
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()


@contextmanager
def file_lock(path: Path, timeout_s: float = 120.0) -> Iterator[None]:
    """Hold an exclusive lock between processes and threads; the kernel frees it at any death.

    Raises `Unavailable` when another writer keeps it for longer than `timeout_s`.
    """
    with full_disk_as_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(descriptor, path, timeout_s)
        yield
    finally:
        os.close(descriptor)


def try_file_lock(path: Path) -> int | None:
    """Take a lock without waiting; return its descriptor, or None when another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _acquire(descriptor: int, path: Path, timeout_s: float) -> None:
    for _ in range(max(1, int(timeout_s / _LOCK_POLL_S))):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _CLOCK.sleep(_LOCK_POLL_S)
            continue
        return
    raise Unavailable(
        f"Another process has been writing to {path.parent} for {timeout_s:.0f} s.",
        action="Wait for it to end, or stop it, and try again.",
    )
