"""What every feed of market data can do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fairlead.market.candles import Candle, Tick
from fairlead.market.lake import Lake
from fairlead.market.reports import JsonObject


@dataclass(frozen=True, slots=True)
class Step:
    """What came in since the last step.

    `ticks` may be out of order; `bars` are closed by the venue and ascend. `now_ms` is the
    market's own time, which for replayed and accelerated markets is not this machine's.
    `finished` says that nothing will ever follow.
    """

    ticks: tuple[Tick, ...]
    bars: tuple[Candle, ...]
    now_ms: int
    finished: bool = False


class Feed(Protocol):
    """Deliver ticks, or closed bars, of some instruments; driven by one thread.

    Resuming from `cursor_at(t)` delivers everything from market time t on again, to the digit,
    where the source can; bars before t are closed and are not delivered again.
    """

    @property
    def instruments(self) -> tuple[str, ...]:
        """Return what this feed delivers."""

    @property
    def timeframe_ms(self) -> int:
        """Return the length of the candles to build, or of the bars delivered."""

    @property
    def longer_ms(self) -> tuple[int, ...]:
        """Return the lengths of the longer candles to build from them."""

    @property
    def settle_ms(self) -> int:
        """Return how long after its end a candle still takes ticks, in market time."""

    @property
    def closed_until_ms(self) -> int:
        """Return the market time before which all bars were closed when this feed began."""

    def prepare(self, lake: Lake, alive: Callable[[], None]) -> None:
        """Bring the lake to where this feed begins, such as with history; safe to repeat.

        Calls `alive` every second or so while it works.
        """

    def step(self, now_ms: int) -> Step:
        """Return what has come in; `now_ms` is this machine's time. Never waits."""

    def cursor_at(self, until_ms: int) -> JsonObject:
        """Return from where to resume when every bar before market time `until_ms` is closed."""
