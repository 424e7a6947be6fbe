"""Runs the kernel over a batch of books and says what happened to whom; pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairlead.infra.errors import InternalDefect
from fairlead.kernel.boundaries import over_books
from fairlead.kernel.intents import MOST_INTENTS
from fairlead.kernel.reasons import Purpose
from fairlead.kernel.records import FILL, INTENT, Records
from fairlead.kernel.step import MOST_FILLS
from fairlead.live.batch import Batch, Integers, Rules
from fairlead.live.model import LEVEL_REASONS

LARGEST_LOTS = 1 << 53
LARGEST_ORDER = 1 << 31
SCRATCH_ROWS = 4  # where the kernel writes before it knows whether a row counts


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Working orders that the kernel gave up: row in the batch, leg and number, each (C,)."""

    book: Integers
    leg: Integers
    n: Integers


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did; `book` in FILL and INTENT is the row in the batch.

    `vetoes` is (N,): the veto of the latest event of each book, 0 for none. `touched` is (N,):
    1 where the state must be written, 0 where it may catch up later, -1 where it is not sound.
    """

    fills: Records
    intents: Records
    cancelled: Cancelled
    vetoes: Integers
    touched: Integers


def step(
    batch: Batch,
    rules: Rules,
    instruments: Records,
    timeframes: Integers,
    events: Records,
    fresh: int,
) -> Step:
    """Fold `events` (EVENT) into all books of `batch`, in place, each by its own rules.

    Books behind catch up from events they had no part in; only the last `fresh` boundaries may
    give fills and orders. Raises InternalDefect when the kernel gave more than that.
    """
    size, legs = batch.legs.shape
    before = _Counts.of(batch)
    fills = np.zeros(size * legs * MOST_FILLS * fresh + SCRATCH_ROWS, FILL)
    intents = np.zeros(size * legs * MOST_INTENTS * fresh + SCRATCH_ROWS, INTENT)
    vetoes = np.zeros((size, len(events)), np.int64)
    touched = np.zeros(size, np.int64)
    fill_count, intent_count = over_books(
        batch.books,
        batch.legs,
        batch.positions,
        rules.policies,
        rules.limits,
        instruments,
        timeframes,
        events,
        fills,
        intents,
        np.empty((size, 0), np.float64),
        vetoes,
        touched,
    )
    sound = touched >= 0
    kept = fills[:fill_count]
    _check_all_written(before, batch, sound, kept, intent_count)
    return Step(
        kept,
        intents[:intent_count],
        _given_up(before, batch, kept),
        _latest_vetoes(vetoes, events),
        touched,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """What a step compares before and after: fills (N,), the rest (N, L)."""

    fills: Integers
    orders: Integers
    working: dict[str, Integers]

    @classmethod
    def of(cls, batch: Batch) -> "_Counts":
        """Return a copy of a batch's counts."""
        names = ("entry_lots", "entry_n", "exit_lots", "exit_n")
        working = {name: batch.legs[name].copy() for name in names}
        return cls(batch.books["fills"].copy(), batch.legs["orders"].copy(), working)


def _check_all_written(
    before: _Counts, after: Batch, sound: NDArray[np.bool_], fills: Records, intents: int
) -> None:
    """Compare with the books' own counts: a full output array would swallow a fill or an order."""
    folded = int((after.books["fills"] - before.fills)[sound].sum())
    ordered = int((after.legs["orders"] - before.orders)[sound].sum())
    given = intents + int(np.count_nonzero(of_level(fills)))
    if folded != fills.shape[0] or ordered != given:
        raise InternalDefect(
            "A turn gave other fills or orders than its books counted.",
            expected=f"{folded} fills, {ordered} orders",
            found=f"{fills.shape[0]} fills, {given} orders",
        )


def _latest_vetoes(vetoes: NDArray[np.int64], events: Records) -> Integers:
    latest = np.zeros(vetoes.shape[0], np.int64)
    if len(events) == 0:
        return latest
    closed_at = events["closed_at"]
    for event in np.flatnonzero(closed_at == closed_at[-1]):
        latest = np.where(latest == 0, vetoes[:, event], latest)
    return latest


def _given_up(before: _Counts, after: Batch, fills: Records) -> Cancelled:
    """Find orders that were working, were not filled, and are not working any more."""
    rows: list[Integers] = []
    for purpose, lots, number in (
        (Purpose.ENTRY, "entry_lots", "entry_n"),
        (Purpose.EXIT, "exit_lots", "exit_n"),
    ):
        gone = (before.working[lots] != 0) & (
            (after.legs[lots] == 0) | (after.legs[number] != before.working[number])
        )
        if not gone.any():
            continue
        filled = np.zeros(gone.shape, np.bool_)
        own = fills[(fills["purpose"] == int(purpose)) & ~of_level(fills)]
        filled[own["book"], own["leg"]] = (
            own["order"] == before.working[number][own["book"], own["leg"]]
        )
        book, leg = np.nonzero(gone & ~filled)
        rows.append(np.stack([book, leg, before.working[number][book, leg]]))
    if not rows:
        return Cancelled(*(np.zeros(0, np.int64) for _ in range(3)))
    return Cancelled(*np.concatenate(rows, axis=1))


def of_level(fills: Records) -> NDArray[np.bool_]:
    """Tell which fills came from a watched stop or target, not from an order sent before."""
    return np.isin(fills["reason"], LEVEL_REASONS)


def without_nonsense(after: Batch, done: Step) -> Step:
    """Return the step without the books whose results cannot be written: they count as unsound.

    A state can pass the kernel's check and still be nonsense, such as an order number beyond
    what an order may have; such a book must not keep its neighbours from being written.
    """
    bad = _unwritable(done.fills) | _unwritable(done.intents)
    finite = np.isfinite(after.books["cash"]) & np.isfinite(after.books["equity"])
    bad |= {int(row) for row in np.flatnonzero(~finite & (done.touched > 0))}
    if not bad:
        return done
    rows = np.array(sorted(bad), np.int64)
    touched = done.touched.copy()
    touched[rows] = -1
    vetoes = np.where(touched < 0, 0, done.vetoes)
    keep = ~np.isin(done.cancelled.book, rows)
    gone = done.cancelled
    return Step(
        done.fills[~np.isin(done.fills["book"], rows)],
        done.intents[~np.isin(done.intents["book"], rows)],
        Cancelled(gone.book[keep], gone.leg[keep], gone.n[keep]),
        vetoes,
        touched,
    )


def _unwritable(records: Records) -> set[int]:
    lots, order = records["lots"], records["order"]
    wrong = (lots == 0) | (np.abs(lots) >= LARGEST_LOTS)
    wrong |= (order < 1) | (order >= LARGEST_ORDER)
    wrong |= ~np.isfinite(records["price"]) | (records["price"] <= 0)
    return {int(row) for row in records["book"][wrong]}


def merge(rows: Integers, odd: Step, rest: Step) -> Step:
    """Return the step of a whole batch of which `rows` were stepped apart before the rest."""
    fills, intents = odd.fills.copy(), odd.intents.copy()
    fills["book"], intents["book"] = rows[fills["book"]], rows[intents["book"]]
    vetoes, touched = rest.vetoes.copy(), rest.touched.copy()
    vetoes[rows], touched[rows] = odd.vetoes, np.where(odd.touched < 0, -1, 1)
    return Step(
        np.concatenate([fills, rest.fills]),
        np.concatenate([intents, rest.intents]),
        Cancelled(
            np.concatenate([rows[odd.cancelled.book], rest.cancelled.book]),
            np.concatenate([odd.cancelled.leg, rest.cancelled.leg]),
            np.concatenate([odd.cancelled.n, rest.cancelled.n]),
        ),
        vetoes,
        touched,
    )
