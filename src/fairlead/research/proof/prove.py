"""Proves that decisions up to a bar stay, bit for bit, whatever the bars after it become."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fairlead.infra.errors import InvalidInput
from fairlead.kernel.series import Bars
from fairlead.kernel.signals import NAMES
from fairlead.kernel.timeframe import Timeframe
from fairlead.market.feeds.noise import Noise
from fairlead.market.instruments import Instrument
from fairlead.research.progress import Progress, silent
from fairlead.research.proof.catalog import SUBJECTS
from fairlead.research.proof.cuts import choose_cuts
from fairlead.research.proof.late_start import WarmUp, choose_starts, measure_warm_up
from fairlead.research.proof.model import Leak, Proof
from fairlead.research.proof.poison import NAN, POISONS
from fairlead.research.proof.subject import (
    CallableSubject,
    Changed,
    Decisions,
    Subject,
    longer_timeframes,
)
from fairlead.research.times import iso_time
from fairlead.strategies.kinds.rules.document import RulesDocument
from fairlead.strategies.model import Setting

BARS_MIN: Final = 100
EARLY_SHARE: Final = 0.2
"""No cut lies in this first share, nor before what a strategy refuses as too short."""
CUT_STREAM, START_STREAM, POISON_STREAM = 1, 2, 100


def prove_callable(
    signals: Callable[[Bars], object],
    bars: Bars,
    seed: int = 0,
    *,
    warm_up: int | None = None,
    progress: Progress = silent,
) -> Proof:
    """Prove a function that takes bars and returns a decision for each of them.

    It is called some two hundred times, each time with bars of its own. What raises on NaN is
    proven with finite poisons only. Raises `InvalidInput` where it fails on the bars themselves.
    """
    subject = CallableSubject(signals, longer_timeframes(bars.timeframe_ms), warm_up)
    return _Trial(subject, bars, seed, 0).prove(progress)


def prove_version(
    document: RulesDocument,
    bars: Bars,
    seed: int = 0,
    *,
    parameters: Mapping[str, Setting] | None = None,
    instrument: Instrument | None = None,
    progress: Progress = silent,
) -> Proof:
    """Prove a version under `parameters`, defaults without, as `instrument` trades it.

    Raises `InvalidInput` for parameters that do not fit or bars that are too few.
    """
    make = SUBJECTS[document.kind]
    subject = make(document, bars.timeframe_ms, parameters or {}, instrument)
    offset_ms = 0 if instrument is None else instrument.day_offset_ms
    return _Trial(subject, bars, seed, offset_ms).prove(progress)


def warm_up_of_version(
    document: RulesDocument, timeframe_ms: int, parameters: Mapping[str, Setting]
) -> int | None:
    """Return the warm-up that a version declares for bars of this length."""
    return SUBJECTS[document.kind](document, timeframe_ms, parameters, None).warm_up


@dataclass(slots=True)
class _Trial:
    """One proof under way: what is tried, on what, and what was found so far."""

    subject: Subject
    bars: Bars
    seed: int
    day_offset_ms: int
    runs: int = 0
    notes: list[str] = field(default_factory=list)
    leaks: list[Leak] = field(default_factory=list)

    def prove(self, progress: Progress) -> Proof:
        """Run the whole proof."""
        if len(self.bars) < BARS_MIN:
            raise InvalidInput(
                f"{len(self.bars)} bars are too few for a proof.",
                expected=f"at least {BARS_MIN} bars",
                found=str(len(self.bars)),
                action="Choose a longer series.",
                path="bars",
            )
        whole = self._first_run()
        if whole is None:
            return self._proof({}, [], (), None)
        decided = _decided(whole)
        cuts = self._cuts(decided)
        kinds = self._kinds(cuts)
        for done, (cut, kind) in enumerate((cut, kind) for cut in cuts for kind in kinds):
            progress(0.9 * done / (len(cuts) * len(kinds)))
            if not self._is_known(kind):
                self._try(whole, cut, kind)
        self._repeat(whole, "in the end, after other bars had been decided on")
        warm_up = self._warm_up(whole)
        progress(1.0)
        return self._proof(whole, cuts, kinds, warm_up)

    def _first_run(self) -> Decisions | None:
        """Return the decisions on the bars as they are; None where they cannot be relied on."""
        try:
            self.runs += 1
            whole = self.subject.decide(self.bars)
        except Changed as error:
            self._found_mutation(str(error))
            return None
        except InvalidInput:
            raise
        except Exception as error:
            raise InvalidInput(
                f"signals(bars) failed: {_said(error)}.",
                expected="decisions for the bars it was given",
                found=_said(error),
                action="Run it on these bars alone first.",
                path="signals",
            ) from error
        return whole if self._repeat(whole, "when it was asked twice") else None

    def _repeat(self, whole: Decisions, when: str) -> bool:
        self.runs += 1
        try:
            found = _difference(whole, self.subject.decide(self.bars), len(self.bars))
        except Exception as error:  # noqa: BLE001  somebody else's code
            found = _Difference(0, "decisions", "there", f"missing ({_said(error)})")
        if found is not None:
            text = f"Equal bars gave different decisions {when}: {found.words(self.bars)}."
            self._add("unrepeatable", len(self.bars) - 1, found, text)
        return found is None

    def _cuts(self, decided: NDArray[np.bool_]) -> list[int]:
        bars = len(self.bars)
        first = self._first_cut(
            max(int(EARLY_SHARE * bars), min(self.subject.warm_up or 0, bars // 2))
        )
        return choose_cuts(
            self.bars,
            decided,
            self.subject.longer_ms,
            first,
            Noise(self.seed, CUT_STREAM),
            self.day_offset_ms,
        )

    def _first_cut(self, first: int) -> int:
        """Return a first cut that leaves a history which is not refused as too short."""
        latest, at = len(self.bars) // 2, first
        while at < latest and self._refuses(at):
            at = min(at + at // 2 + 1, latest)
        if at > first:
            self.notes.append(f"It refuses short histories, so no cut lies before {at:,} bars.")
        return at

    def _refuses(self, cut: int) -> bool:
        self.runs += 1
        try:
            self.subject.decide(self.bars.slice(0, cut + 1))
        except Exception:  # noqa: BLE001  somebody else's code
            return True
        return False

    def _kinds(self, cuts: list[int]) -> tuple[str, ...]:
        """Return the kinds of poison; NaN only where it raises nothing."""
        middle = cuts[len(cuts) // 2]
        try:
            self.runs += 1
            self.subject.decide(self._poisoned(middle, NAN))
        except Exception as error:  # noqa: BLE001  somebody else's code
            self.notes.append(
                f"It fails on NaN ({_said(error)}), so only finite poisons were used."
            )
            return tuple(kind for kind in POISONS if kind != NAN)
        return tuple(POISONS)

    def _is_known(self, kind: str) -> bool:
        return any(leak.kind == kind for leak in self.leaks)

    def _poisoned(self, cut: int, kind: str) -> Bars:
        stream = POISON_STREAM + cut * len(POISONS) + list(POISONS).index(kind)
        return POISONS[kind].spoil(self.bars, cut, Noise(self.seed, stream))

    def _try(self, whole: Decisions, cut: int, kind: str) -> None:
        at = iso_time(int(self.bars.ts[cut]))
        spoiled = f"With the bars after {at} {POISONS[kind].words}"
        try:
            self.runs += 1
            found = _difference(whole, self.subject.decide(self._poisoned(cut, kind)), cut + 1)
        except Changed as error:
            self._found_mutation(str(error))
            return
        except Exception as error:  # noqa: BLE001  somebody else's code
            found = _Difference(cut, "decisions", "there", "missing")
            self._add(kind, cut, found, f"{spoiled}, it failed: {_said(error)}.")
            return
        if found is not None:
            self._add(kind, cut, found, f"{spoiled}, {found.words(self.bars)}.")

    def _found_mutation(self, column: str) -> None:
        if not self._is_known("mutation"):
            found = _Difference(0, column, "as given", "changed")
            text = f"It wrote into the bars it was given: the column {column} changed."
            self._add("mutation", 0, found, text)

    def _add(self, kind: str, cut: int, found: "_Difference", text: str) -> None:
        ts = self.bars.ts
        leak = Leak(
            kind, int(ts[cut]), int(ts[found.bar]), found.column, found.before, found.after, text
        )
        self.leaks.append(leak)

    def _warm_up(self, whole: Decisions) -> WarmUp | None:
        declared = self.subject.warm_up
        starts = choose_starts(len(self.bars), declared, Noise(self.seed, START_STREAM))
        if not starts:
            self.notes.append(
                f"The warm-up of {declared:,} bars could not be tried on {len(self.bars):,} bars."
            )
            return None
        found = measure_warm_up(self.subject, self.bars, whole, starts)
        self.runs += found.tried
        if found.tried == 0:
            self.notes.append("It refused every shorter history, so no late start was tried.")
        elif found.needed is None:
            self.notes.append("Its decisions never stop depending on where the bars begin.")
        if declared is not None and found.tried and (found.needed or len(self.bars)) > declared:
            self._add_warm_up(found, declared)
        return found

    def _add_warm_up(self, found: WarmUp, declared: int) -> None:
        took = "never settled" if found.needed is None else f"took {found.needed:,} bars to settle"
        text = (
            f"It declares a warm-up of {declared:,} bars, but started {found.start:,} bars late "
            f"its decisions {took}."
        )
        shown = "never" if found.needed is None else str(found.needed)
        difference = _Difference(found.start, "warm_up", str(declared), shown)
        self._add("warm_up", found.start, difference, text)

    def _proof(
        self, whole: Decisions, cuts: list[int], kinds: tuple[str, ...], warm_up: WarmUp | None
    ) -> Proof:
        decisions = int(_decided(whole).sum()) if whole else 0
        return Proof(
            passed=not self.leaks and decisions > 0,
            text=self._sentence(decisions, len(cuts), len(kinds)),
            seed=self.seed,
            timeframe=str(Timeframe(self.bars.timeframe_ms)),
            bars=len(self.bars),
            first_ts=int(self.bars.ts[0]),
            last_ts=int(self.bars.ts[-1]),
            decisions=decisions,
            cuts=len(cuts),
            runs=self.runs,
            poisons=kinds,
            leaks=tuple(self.leaks),
            warm_up_declared=self.subject.warm_up,
            warm_up_needed=None if warm_up is None else warm_up.needed,
            notes=tuple(self.notes),
        )

    def _sentence(self, decisions: int, cuts: int, kinds: int) -> str:
        if self.leaks:
            return self.leaks[0].text
        if decisions == 0:
            return "Nothing was proven: there was no decision on these bars."
        return (
            f"No decision looked ahead: {decisions:,} decisions stayed as they were when the bars "
            f"after {cuts} cuts were spoiled in {kinds} ways."
        )


@dataclass(frozen=True, slots=True)
class _Difference:
    """The first bar whose decision differs, and how."""

    bar: int
    column: str
    before: str
    after: str

    def words(self, bars: Bars) -> str:
        """Return the difference as part of a sentence."""
        at = iso_time(int(bars.ts[self.bar]))
        return f"the {self.column} at {at} changed from {self.before} to {self.after}"


def _difference(whole: Decisions, found: Decisions, stop: int) -> _Difference | None:
    """Return the first difference in bars 0 to `stop - 1`, None where all are equal."""
    return min(_differences(whole, found, stop), key=lambda each: each.bar, default=None)


def _differences(whole: Decisions, found: Decisions, stop: int) -> Iterator[_Difference]:
    for name, column in whole.items():
        if name not in found:
            yield _Difference(0, name, "there", "missing")
            continue
        one, two = column[:stop], found[name][:stop]
        differs = one.view(np.int64) != two.view(np.int64)
        if differs.any():
            bar = int(differs.argmax())
            yield _Difference(bar, name, _shown(name, one[bar]), _shown(name, two[bar]))


def _shown(name: str, value: float) -> str:
    if name == "action" and value in NAMES:
        return NAMES[int(value)]
    return f"{value:.10g}"


def _decided(whole: Decisions) -> NDArray[np.bool_]:
    """Mark the bars that decide anew: the action, or without one any value, is another."""
    columns = [whole["action"]] if "action" in whole else list(whole.values())
    news = np.zeros(len(columns[0]), np.bool_)
    for each in columns:
        news[1:] |= each[1:].view(np.int64) != each[:-1].view(np.int64)
    return news


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")[:200]
