"""What a reader should know about the data before believing a result."""

import numpy as np

from fairlead.kernel.timeframe import Timeframe
from fairlead.market.calendars import load_calendar
from fairlead.market.grid import find_grid
from fairlead.market.instruments import ALWAYS
from fairlead.market.quality import QualityCounter
from fairlead.market.reports import Quality
from fairlead.research.daily import ALWAYS_DAYS_PER_YEAR, DAY_MS, session_days
from fairlead.research.metrics import Metrics
from fairlead.research.setting import RunSetting
from fairlead.research.times import short_time

LARGE_MOVE = 0.35
AMBIGUOUS_NOTABLE = 0.05
FEW_TRADES = 30
YEAR_DAYS = 365
NOT_FILLED = "Nothing was filled in: orders and levels waited for the next bar there is."


def data_notes(setting: RunSetting, metrics: Metrics) -> tuple[str, ...]:
    """Return sentences on gaps, suspicious bars and figures that rest on little."""
    notes = [
        _gaps(setting),
        _large_moves(setting),
        _idle_bars(setting),
        _warm_up(setting),
        _short_range(setting, metrics),
        _few_trades(metrics),
        _ambiguity(metrics),
    ]
    return tuple(note for note in notes if note)


def counted(count: int, word: str) -> str:
    """Return `1 bar is` or `6 bars are`."""
    return f"1 {word} is" if count == 1 else f"{count:,} {word}s are"


def gaps_of(count: int) -> str:
    """Return `1 gap` or `2 gaps`."""
    return "1 gap" if count == 1 else f"{count:,} gaps"


def _gaps(setting: RunSetting) -> str:
    quality = _quality(setting)
    if quality is None:
        return _holes_within_days(setting)
    if quality.missing_bars == 0:
        return ""
    whole = f", {quality.missing_sessions:,} whole sessions among them"
    return (
        f"{counted(quality.missing_bars, 'bar')} missing in {gaps_of(quality.gaps)}"
        f"{whole if quality.missing_sessions else ''}; the longest lasts "
        f"{quality.longest_gap_bars:,} of them. {NOT_FILLED}"
    )


def _quality(setting: RunSetting) -> Quality | None:
    """Count gaps by the venue's calendar; None where only weekdays tell of an exchange."""
    calendar = setting.instrument.calendar
    if calendar == ALWAYS and setting.days_per_year != ALWAYS_DAYS_PER_YEAR:
        return None
    sessions = load_calendar(calendar)
    bars = setting.range
    grid = find_grid(bars.ts, sessions, Timeframe(bars.timeframe_ms))
    counter = QualityCounter(sessions, grid)
    counter.feed(bars)
    return counter.result()


def _holes_within_days(setting: RunSetting) -> str:
    bars = setting.range
    same_day = np.diff(session_days(bars.ts, setting.instrument.day_offset_ms)) == 0
    missing = np.where(same_day, np.diff(bars.ts) // bars.timeframe_ms - 1, 0)
    holes = int((missing > 0).sum())
    if holes == 0:
        return ""
    return (
        f"{counted(int(missing.sum()), 'bar')} missing within session days, in {gaps_of(holes)}; "
        f"the longest lasts {int(missing.max()):,} of them. {NOT_FILLED}"
    )


def _large_moves(setting: RunSetting) -> str:
    close = setting.range.close
    moves = np.abs(close[1:] / close[:-1] - 1.0)
    large = int((moves > LARGE_MOVE).sum())
    if large == 0:
        return ""
    worst = int(moves.argmax())
    at = short_time(int(setting.range.ts[worst + 1]))
    return (
        f"Moves of more than {LARGE_MOVE:.0%} from close to close: {large:,}, the largest "
        f"{float(moves[worst]):.0%} at {at} UTC. Look for splits or bad prices; all were traded as "
        "given."
    )


def _idle_bars(setting: RunSetting) -> str:
    volume = setting.range.volume
    idle = int((volume <= 0.0).sum())
    if idle == 0 or idle == len(volume):
        return ""
    return f"Bars without volume: {idle:,}; fills on them are assumed all the same."


def _warm_up(setting: RunSetting) -> str:
    if setting.first > 0:
        return ""
    return "No bars lie before the range: indicators warm up inside it and no signal comes earlier."


def _short_range(setting: RunSetting, metrics: Metrics) -> str:
    bars = setting.range
    days = (int(bars.ts[-1]) + bars.timeframe_ms - int(bars.ts[0])) / DAY_MS
    if days >= YEAR_DAYS or metrics.cagr is None:
        return ""
    return f"The range spans {days:,.1f} days: annualised figures are extrapolations."


def _few_trades(metrics: Metrics) -> str:
    if metrics.trades >= FEW_TRADES:
        return ""
    count = {0: "no trade", 1: "1 trade"}.get(metrics.trades, f"{metrics.trades} trades")
    return f"The result rests on {count}: fewer than {FEW_TRADES} say little about the rule."


def _ambiguity(metrics: Metrics) -> str:
    share = metrics.ambiguous_share
    if share is None or share < AMBIGUOUS_NOTABLE:
        return ""
    return (
        f"{share:.1%} of trades ended on a bar that touched stop and target: use finer bars to "
        "see which came first."
    )
