"""The one set of compiler options under which the kernel and the indicators run.

Numba keeps compiled code by the file of the function itself and does not notice when a function
that was inlined from another file changes. So the cache lies in a folder named by the hash of
all sources that are compiled: new sources never meet old machine code.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")

KERNEL = Path(__file__).parent
COMPILED = (KERNEL, KERNEL.parent / "indicators")
KEPT_CACHES = 3


@cache
def source_hash() -> str:
    """Return the hash of every source file that is compiled and of the compiler's version."""
    digest = hashlib.sha256(f"numba {numba.__version__}".encode())
    for folder in COMPILED:
        for path in sorted(folder.glob("*.py")):
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    beside = KERNEL / "__pycache__"
    if os.access(beside if beside.exists() else KERNEL, os.W_OK):
        return beside
    return Path(tempfile.gettempdir()) / f"fairlead-{os.getuid()}"


def _forget_old(folder: Path) -> None:
    caches = sorted(folder.glob("compiled-*"), key=lambda path: path.stat().st_mtime)
    for path in caches[:-KEPT_CACHES]:
        shutil.rmtree(path, ignore_errors=True)


def _choose_cache() -> None:
    if getattr(numba.config, "CACHE_DIR", ""):
        return
    folder = _cache_folder()
    own = folder / f"compiled-{source_hash()[:16]}"
    if not own.exists():
        own.mkdir(parents=True, exist_ok=True)
        _forget_old(folder)
    setattr(numba.config, "CACHE_DIR", str(own))  # noqa: B010  (numba's types hide the setting)


_choose_cache()


def jit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` without the interpreter lock; cached on disk, IEEE order kept."""
    compiled = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False)(function)
    return cast(Callable[P, R], compiled)


def jit_inline(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` so that LLVM always inlines it into its caller."""
    compiled = numba.njit(
        cache=True, nogil=True, error_model="numpy", fastmath=False, forceinline=True
    )(function)
    return cast(Callable[P, R], compiled)
