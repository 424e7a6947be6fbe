"""The few drawing words a chart needs: a frame, scales, ticks and SVG paths."""

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fairlead.research.daily import Floats, Ints


@dataclass(frozen=True, slots=True)
class Frame:
    """Hold a chart's size in pixels; the plot leaves room for labels on the right and below."""

    width: int
    height: int
    right: int = 64
    below: int = 20
    above: int = 8

    @property
    def plot_width(self) -> float:
        """Return the width of the plot itself."""
        return float(self.width - self.right)

    @property
    def plot_height(self) -> float:
        """Return the height of the plot itself."""
        return float(self.height - self.below - self.above)


@dataclass(frozen=True, slots=True)
class Scale:
    """Map values to heights, linearly or by their logarithm."""

    frame: Frame
    low: float
    high: float
    logarithmic: bool = False

    def y(self, value: float) -> float:
        """Return the pixel height of a value, clipped to the plot."""
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = math.log(low), math.log(high), math.log(max(value, self.low))
        share = (at - low) / (high - low) if high > low else 0.5
        return self.frame.above + self.frame.plot_height * (1.0 - min(max(share, 0.0), 1.0))


def scale_of(frame: Frame, values: Floats, logarithmic: bool = False) -> Scale:
    """Fit a scale around values with a margin of 4 %."""
    low, high = float(np.min(values)), float(np.max(values))
    if logarithmic and low > 0.0:
        margin = (high / low) ** 0.04
        return Scale(frame, low / margin, high * margin, True)
    margin = (high - low) * 0.04 or max(abs(high), 1.0) * 0.01
    return Scale(frame, low - margin, high + margin)


def value_ticks(scale: Scale, count: int) -> list[float]:
    """Return round values inside a scale: 1, 2 or 5 times a power of ten apart."""
    if scale.logarithmic:
        return _log_ticks(scale)
    step = _round_step((scale.high - scale.low) / max(count, 1))
    first = math.ceil(scale.low / step)
    last = math.floor(scale.high / step)
    return [index * step for index in range(first, last + 1)]


def time_ticks(ts: Ints, count: int, offset_ms: int = 0) -> list[tuple[int, str]]:
    """Return (bar index, label) where a new day, month or year begins, at most `count` of them."""
    if len(ts) == 0:
        return []
    span_days = (int(ts[-1]) - int(ts[0])) / 86_400_000
    unit, pattern = _time_unit(span_days)
    stamps = np.datetime64(0, "ms") + (ts + offset_ms).astype("timedelta64[ms]")
    periods = stamps.astype(f"datetime64[{unit}]").astype(np.int64)
    starts = np.flatnonzero(np.diff(periods)) + 1
    if len(starts) == 0:
        starts = np.array([0])
    every = -(-len(starts) // max(count, 1))
    return [
        (
            int(at),
            dt.datetime.fromtimestamp((int(ts[at]) + offset_ms) / 1000, dt.UTC).strftime(pattern),
        )
        for at in starts[::every]
    ]


def line_path(points: Iterable[tuple[float, float]]) -> str:
    """Return an SVG path through points, rounded to a tenth of a pixel."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _time_unit(span_days: float) -> tuple[str, str]:
    if span_days > 1100:
        return "Y", "%Y"
    if span_days > 75:
        return "M", "%b %Y"
    if span_days > 3:
        return "D", "%d %b"
    return "h", "%d %b %H:%M"


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw)) if raw > 0.0 else 1.0
    for factor in (1.0, 2.0, 5.0, 10.0):
        if raw <= factor * power:
            return factor * power
    return 10.0 * power


def _log_ticks(scale: Scale) -> list[float]:
    first = math.floor(math.log10(scale.low))
    last = math.ceil(math.log10(scale.high))
    decades = last - first
    factors = (1.0,) if decades > 4 else (1.0, 2.0, 5.0)
    ticks = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
    return [tick for tick in ticks if scale.low <= tick <= scale.high]
