"""Cut a period into calls: no bar twice, none left out, whatever an upstream's own limit is."""

from collections.abc import Callable, Iterator

from fairlead.kernel.timeframe import Timeframe
from fairlead.market.providers.port import FailureKind, FetchFailed, Row

_MOST_CALLS_PER_PAGE = 50
Ask = Callable[[int, int], list[Row]]


def page_through(
    ask: Ask, timeframe: Timeframe, start_ms: int, end_ms: int, page_ms: int
) -> Iterator[tuple[Row, ...]]:
    """Yield what `ask(start, end)` gives for [start_ms, end_ms), one page after the other.

    An upstream may return less than was asked for, from either end, without saying so; what lies
    before the first and behind the last bar of an answer is asked for again, until an answer is
    empty. Bars of other times than asked for are dropped. Raises FetchFailed for an upstream
    that answers in scraps for ever.
    """
    for start in range(start_ms, end_ms, page_ms):
        stop = min(start + page_ms, end_ms)
        yield from _page(ask, timeframe.ms, start, stop)


def _page(ask: Ask, step_ms: int, start_ms: int, end_ms: int) -> Iterator[tuple[Row, ...]]:
    open_spans = [(start_ms, end_ms)]
    for _ in range(_MOST_CALLS_PER_PAGE):
        if not open_spans:
            return
        start, end = open_spans.pop()
        rows = [row for row in ask(start, end) if start <= int(row[0] or 0) < end]
        if not rows:
            continue
        times = [int(row[0] or 0) for row in rows]
        yield tuple(rows)
        if max(times) + step_ms < end:
            open_spans.append((max(times) + step_ms, end))
        if min(times) - step_ms >= start:
            open_spans.append((start, min(times)))
    if open_spans:
        raise FetchFailed(
            FailureKind.EXCEPTION,
            f"{_MOST_CALLS_PER_PAGE} calls did not fill one page; the answers come in scraps.",
        )
