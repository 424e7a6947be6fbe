"""Random numbers that depend on a seed and a place, and on nothing else."""

import numpy as np

from fairlead.research.daily import Floats

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_WORD = 2**64


def random_numbers(seed: int, first: int, count: int) -> Floats:
    """Return the numbers from place `first` on, uniform in [0, 1).

    SplitMix64 by counter (G. Steele, D. Lea and C. Flood, "Fast Splittable Pseudorandom Number
    Generators", OOPSLA 2014): the n-th number is a hash of `seed` and n, the same on every
    machine and in whatever parts they are asked for.
    """
    base = np.uint64(_mixed(seed % _WORD))
    state = base + (np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)) * _STEP
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    state ^= state >> np.uint64(31)
    return (state >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(seed: int) -> int:
    """Return a seed whose bits are mixed, so that seeds next to each other start far apart."""
    word = (seed + int(_STEP)) % _WORD
    word = (word ^ (word >> 30)) * int(_FIRST) % _WORD
    word = (word ^ (word >> 27)) * int(_SECOND) % _WORD
    return word ^ (word >> 31)
