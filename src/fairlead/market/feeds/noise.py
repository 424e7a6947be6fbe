"""Repeatable noise: numbers that follow from a seed and a position, on every machine and version.

SplitMix64 (Steele, Lea and Flood, 2014) over a counter gives 64 random bits at a time. Streams of
libraries may change between their versions; a market that resumes in mid-hour must not.
"""

import numpy as np
from numpy.typing import NDArray

from fairlead.kernel.series import Float64s, Int64s

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1
_LANE = np.uint64(0xFFFF)
_RARE = 0.03
_RARE_SCALE = 3.5


class Noise:
    """Draw numbers in order; equal seeds and streams draw equal numbers."""

    def __init__(self, seed: int, stream: int) -> None:
        self._at = _mix_one(_mix_one(seed & _MASK) ^ (stream & _MASK))

    def uniform(self, count: int) -> Float64s:
        """Return `count` numbers inside (0, 1)."""
        numbers: Float64s = (
            (self._bits(count) >> np.uint64(11)).astype(np.float64) + 0.5
        ) * 2.0**-53
        return numbers

    def bell(self, count: int) -> Float64s:
        """Return `count` numbers of mean 0 and variance 1: four uniform ones added."""
        bits = self._bits(count)
        total = bits & _LANE
        for shift in (16, 32, 48):
            total += (bits >> np.uint64(shift)) & _LANE
        numbers: Float64s = (total.astype(np.float64) / 65_535.0 - 2.0) * np.sqrt(3.0)
        return numbers

    def heavy_tailed(self, count: int) -> Float64s:
        """Return `count` numbers of variance 1, about every thirtieth from a far wider bell."""
        rare = self.uniform(count) < _RARE
        variance = 1.0 - _RARE + _RARE * _RARE_SCALE**2
        numbers: Float64s = self.bell(count) * np.where(rare, _RARE_SCALE, 1.0) / np.sqrt(variance)
        return numbers

    def _bits(self, count: int) -> NDArray[np.uint64]:
        steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
        bits = _mix(np.uint64(self._at) + steps)
        self._at = (self._at + count * _GOLDEN) & _MASK
        return bits


def bits_at(seed: int, stream: int, places: Int64s) -> NDArray[np.uint64]:
    """Return 64 random bits for each of `places`, in any order, each by itself."""
    start = np.uint64(_mix_one(_mix_one(seed & _MASK) ^ (stream & _MASK)))
    return _mix(start + places.astype(np.uint64) * np.uint64(_GOLDEN))


def _mix(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _mix_one(value: int) -> int:
    return int(_mix(np.array([value], dtype=np.uint64) + np.uint64(_GOLDEN))[0])
