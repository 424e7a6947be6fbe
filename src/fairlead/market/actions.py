"""Splits and bonus issues: find them in raw prices, adjust for them, name what is unresolved.

A suspect is a series that opens far from its last close. It is clear when the jump matches a
simple ratio, the price stays at the new level, and trading goes on. Nothing is adjusted until a
person, or a dated table, has confirmed it; a series with open suspects is not for research.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

import numpy as np

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars, Float64s
from fairlead.market.calendars import Calendar
from fairlead.market.reports import JsonObject
from fairlead.market.zones import DAY_MS

# A jump between close and next open from 25 % down, or 33 % up, is looked at: among 141,589 daily
# bars of 30 Indian and American shares 46 jumped so far, 37 of them clearly by a split or a bonus.
SMALLEST_JUMP = Fraction(3, 4)
# How far the open may lie from the ratio, in logarithms: the overnight move on the day itself.
TOLERANCE = 0.06
# How far the median close of the next days may lie from the ratio: beyond, it has recovered or
# fallen on, and was perhaps no split.
HOLDS_WITHIN = 0.20
DAYS_AFTER, DAYS_BEFORE = 5, 20
# Splits make more shares, so volume rises; a series that hardly trades says nothing about prices.
LEAST_VOLUME = 0.4
# Turnover does not change by a split; beyond this multiple it was rather news.
MOST_TURNOVER = 3.0

_DOWN = (
    *(Fraction(1, n) for n in (2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 50, 100)),
    *(Fraction(2, 3), Fraction(2, 5)),
)
RATIOS: tuple[Fraction, ...] = (*_DOWN, *(1 / ratio for ratio in _DOWN))


class ActionStatus(StrEnum):
    """What is known of an action."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Action:
    """A change in the number of shares, or the word that a jump was none.

    Prices before `day`, a date of the venue, are multiplied by `ratio`: 1/5 for one share that
    became five.
    """

    instrument: str
    day: str
    ratio: Fraction
    status: ActionStatus
    source: str = ""
    note: str = ""

    def to_json(self) -> JsonObject:
        """Return the action as JSON; the ratio as `1:5`, old shares to new."""
        return {
            "instrument": self.instrument,
            "day": self.day,
            "ratio": ratio_text(self.ratio),
            "status": self.status.value,
            "source": self.source,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class SplitSuspect:
    """A jump between two bars: `jump` is open over last close, `ratio` the simple one near it.

    `held` is the median close of the next days over the last close; `volume` their median volume
    over that of the days before. `why` says in words what does not fit; "" makes it clear.
    """

    day: str
    ts: int
    jump: float
    ratio: Fraction | None
    held: float
    volume: float
    why: str = ""

    @property
    def clear(self) -> bool:
        """Tell whether everything speaks for a split."""
        return not self.why

    def to_json(self) -> JsonObject:
        """Return the suspect as JSON."""
        return {
            "day": self.day,
            "ts": self.ts,
            "jump": round(self.jump, 6),
            "ratio": None if self.ratio is None else ratio_text(self.ratio),
            "held": round(self.held, 6),
            "volume": round(self.volume, 4),
            "clear": self.clear,
            "why": self.why,
        }


def ratio_text(ratio: Fraction) -> str:
    """Return 1/5 as `1:5`."""
    return f"{ratio.numerator}:{ratio.denominator}"


def read_ratio(text: str) -> Fraction:
    """Read `1:5`, old shares to new; raise InvalidInput."""
    old, _, new = text.partition(":")
    if old.isdigit() and new.isdigit() and 0 < int(old) <= 10_000 and 0 < int(new) <= 10_000:
        return Fraction(int(old), int(new))
    raise InvalidInput(
        f"{text!r} is no ratio.",
        expected="old shares to new ones, such as 1:5 for one share that became five",
        found=text[:40],
        path="ratio",
    )


def detect_splits(bars: Bars, calendar: Calendar) -> list[SplitSuspect]:
    """Return the jumps of a series that may be splits, in order of time.

    Only the first bar of a day is looked at: shares split overnight. Bars may be of any timeframe
    up to a day.
    """
    if len(bars) < 2:
        return []
    number = calendar.local(bars.ts) // DAY_MS
    first = np.flatnonzero(np.diff(number)) + 1
    jump = bars.open[first] / bars.close[first - 1]
    far = (jump <= float(SMALLEST_JUMP)) | (jump >= float(1 / SMALLEST_JUMP))
    closes, volumes = _by_day(bars, np.concatenate((np.zeros(1, dtype=np.int64), first)))
    found = []
    for place in np.flatnonzero(far).tolist():
        at, nth = int(first[place]), place + 1
        before = float(bars.close[at - 1])
        after = closes[nth : nth + DAYS_AFTER]
        usual = float(np.median(volumes[max(0, nth - DAYS_BEFORE) : nth]))
        traded = float(np.median(volumes[nth : nth + DAYS_AFTER])) / usual if usual else 0.0
        suspect = SplitSuspect(
            day=str(np.datetime64(int(number[at]), "D")),
            ts=int(bars.ts[at]),
            jump=float(jump[place]),
            ratio=_nearest(float(jump[place])),
            held=float(np.median(after)) / before,
            volume=traded,
        )
        found.append(replace(suspect, why=_doubt(suspect, len(after))))
    return found


def unresolved(suspects: Iterable[SplitSuspect], actions: Iterable[Action]) -> list[SplitSuspect]:
    """Return the suspects about which no action of the same day says anything."""
    known = {action.day for action in actions}
    return [suspect for suspect in suspects if suspect.day not in known]


def adjust(bars: Bars, actions: Iterable[Action], calendar: Calendar) -> Bars:
    """Return `bars` with prices and volumes before each confirmed action in today's shares.

    Turnover (price times volume) stays what it was; the bars given stay as they are.
    """
    confirmed = [action for action in actions if action.status is ActionStatus.CONFIRMED]
    if not confirmed or not len(bars):
        return bars
    number = calendar.local(bars.ts) // DAY_MS
    factor = np.ones(len(bars))
    for action in confirmed:
        day = int(np.datetime64(action.day, "D").astype(np.int64))
        factor[number < day] *= float(action.ratio)
    return Bars(
        ts=bars.ts,
        open=bars.open * factor,
        high=bars.high * factor,
        low=bars.low * factor,
        close=bars.close * factor,
        volume=bars.volume / factor,
        timeframe_ms=bars.timeframe_ms,
    )


def _by_day(
    bars: Bars, first: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> tuple[Float64s, Float64s]:
    last = np.append(first[1:], len(bars)) - 1
    volumes: Float64s = np.add.reduceat(bars.volume, first)
    return bars.close[last], volumes


def _nearest(jump: float) -> Fraction | None:
    ratio = min(RATIOS, key=lambda each: abs(np.log(jump / float(each))))
    return ratio if abs(np.log(jump / float(ratio))) <= TOLERANCE else None


def _doubt(suspect: SplitSuspect, days_after: int) -> str:
    if suspect.ratio is None:
        return "the jump matches no simple ratio"
    if days_after < DAYS_AFTER:
        return f"only {days_after} days follow it"
    if abs(np.log(suspect.held / float(suspect.ratio))) > HOLDS_WITHIN:
        return "the price did not stay at the new level"
    if suspect.volume < LEAST_VOLUME:
        return "hardly anything was traded afterwards"
    if suspect.volume * float(suspect.ratio) > MOST_TURNOVER:
        return f"turnover grew to {suspect.volume * float(suspect.ratio):.1f} times, as on news"
    return ""
