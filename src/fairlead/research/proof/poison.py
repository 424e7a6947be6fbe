"""Ways to spoil the bars after a cut: whoever decided without them notices nothing."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from fairlead.kernel.series import Bars, Float64s
from fairlead.market.feeds.noise import Noise

Spoil = Callable[[Bars, int, Noise], Bars]


@dataclass(frozen=True, slots=True)
class Poison:
    """One way to change the bars after `cut`: in words, and as bars."""

    words: str
    spoil: Spoil


def _truncated(bars: Bars, cut: int, _: Noise) -> Bars:
    return bars.slice(0, cut + 1)


def _running(bars: Bars, cut: int, noise: Noise) -> Bars:
    """Keep one later bar, as it looks moments after its open."""
    part, at = bars.slice(0, cut + 2), cut + 1
    price = bars.close[cut] * (0.95 + 0.1 * float(noise.uniform(1)[0]))
    columns = [_with(column, at, price) for column in _prices(part)]
    return _changed(part, columns, _with(part.volume, at, 1.0))


def _gap(bars: Bars, cut: int, _: Noise) -> Bars:
    """Leave out the first third of the later bars, as if the market had been closed."""
    away = 1 + (len(bars) - cut - 1) // 3
    kept = np.concatenate([np.arange(cut + 1), np.arange(cut + 1 + away, len(bars))])
    columns = [column[kept] for column in _prices(bars)]
    return replace(_changed(bars, columns, bars.volume[kept]), ts=bars.ts[kept])


def _perturbed(bars: Bars, cut: int, noise: Noise) -> Bars:
    later = len(bars) - cut - 1
    factor = np.exp(0.3 * noise.bell(later))
    columns = [_with(column, cut + 1, column[cut + 1 :] * factor) for column in _prices(bars)]
    volume = bars.volume[cut + 1 :] * np.exp(noise.bell(later))
    return _changed(bars, columns, _with(bars.volume, cut + 1, volume))


def _times(factor: float) -> Spoil:
    def spoil(bars: Bars, cut: int, _: Noise) -> Bars:
        columns = [_with(column, cut + 1, column[cut + 1 :] * factor) for column in _prices(bars)]
        return _changed(bars, columns, _with(bars.volume, cut + 1, bars.volume[cut + 1 :] * factor))

    return spoil


def _reversed(bars: Bars, cut: int, _: Noise) -> Bars:
    columns = [_with(column, cut + 1, column[:cut:-1]) for column in _prices(bars)]
    return _changed(bars, columns, _with(bars.volume, cut + 1, bars.volume[:cut:-1]))


def _volume(bars: Bars, cut: int, noise: Noise) -> Bars:
    draw = noise.uniform(len(bars) - cut - 1)
    # a tenth of the bars trade nothing, the others up to forty times as much
    volume = (bars.volume[cut + 1 :] + 1.0) * np.where(draw < 0.1, 0.0, 40.0 * draw)
    return replace(bars, volume=_with(bars.volume, cut + 1, volume))


def _nan(bars: Bars, cut: int, _: Noise) -> Bars:
    columns = [_with(column, cut + 1, np.nan) for column in _prices(bars)]
    return _changed(bars, columns, _with(bars.volume, cut + 1, np.nan))


def _prices(bars: Bars) -> tuple[Float64s, Float64s, Float64s, Float64s]:
    return bars.open, bars.high, bars.low, bars.close


def _with(column: Float64s, start: int, values: Float64s | float) -> Float64s:
    changed = column.copy()
    changed[start:] = values
    return changed


def _changed(bars: Bars, prices: list[Float64s], volume: Float64s) -> Bars:
    open_, high, low, close = prices
    return replace(bars, open=open_, high=high, low=low, close=close, volume=volume)


NAN: Final = "nan"
POISONS: Final[dict[str, Poison]] = {
    "truncated": Poison("left out", _truncated),
    "running": Poison("replaced by one bar that has only just opened", _running),
    "gap": Poison("left out for a third of their number", _gap),
    "perturbed": Poison("moved at random", _perturbed),
    "raised": Poison("multiplied by ten", _times(10.0)),
    "lowered": Poison("divided by ten", _times(0.1)),
    "reversed": Poison("put in reverse order", _reversed),
    "volume": Poison("given other volumes", _volume),
    NAN: Poison("replaced by NaN", _nan),
}
