"""Curves of several books as one."""

from collections.abc import Mapping, Sequence
from uuid import UUID


def combined_curve(
    capital: Mapping[UUID, float], points: Sequence[tuple[UUID, int, float]]
) -> list[tuple[int, float]]:
    """Return [epoch ms, equity of all books together]; a book counts its capital at first.

    `points` are (book, epoch ms, equity) in order of time; points of other books are left out.
    """
    latest = dict(capital)
    curve: list[tuple[int, float]] = []
    for book, ts, equity in points:
        if book not in latest:
            continue
        latest[book] = equity
        if curve and curve[-1][0] == ts:
            curve.pop()
        curve.append((ts, sum(latest.values())))
    return curve
