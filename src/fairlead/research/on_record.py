"""What the tests of a version say about it, for those who decide what may trade."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from fairlead.infra.errors import Conflict, NotFound
from fairlead.market.instruments import default_instrument
from fairlead.research.autobuild.outcome import InstrumentOutcome, outcome_of
from fairlead.research.autobuild.store_parts import find_checkpoint
from fairlead.research.daily import daily_returns, sample_daily
from fairlead.research.jsonable import Json
from fairlead.research.overfitting.ledger import count_trials
from fairlead.research.overfitting.sharpe import deflated_sharpe
from fairlead.research.overfitting.trials import TrialCount
from fairlead.research.proof.latest import latest_proof
from fairlead.research.runs import Kind, Run
from fairlead.research.store import find_run, get_result, latest_done, request_of
from fairlead.research.times import short_date
from fairlead.strategies.model import Setting


@dataclass(frozen=True, slots=True)
class SeriesAsked:
    """Name what is asked about: a definition with parameters on one series."""

    version_hash: str
    strategy_id: UUID
    instrument: str
    timeframe: str
    parameters: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What is known; None where there is no figure.

    `source` says in words where figures come from, or why what was tested does not count; empty
    where nothing was. `accepted` is the verdict of the AutoBuild they come from.
    """

    source: str
    proven: bool | None
    trades: float | None
    out_of_sample: float | None
    deflated_sharpe: float | None
    pbo: float | None
    accepted: bool | None
    trials: TrialCount


@dataclass(frozen=True, slots=True)
class _Figures:
    source: str
    trades: float | None
    out_of_sample: float | None
    deflated_sharpe: float | None
    pbo: float | None
    accepted: bool | None


NOTHING = _Figures("", None, None, None, None, None)


def on_record(
    connection: Connection,
    tenant_id: UUID,
    series: SeriesAsked,
    *,
    autobuild_id: UUID | None = None,
    run_id: UUID | None = None,
) -> OnRecord:
    """Gather the evidence on one series, in the tenant's transaction.

    Figures come from the AutoBuild that made the leg; else from the walk-forward `run_id`; else
    from the newest walk-forward of exactly this definition on this series. Raises `NotFound` for
    a run that is not there, `Conflict` for one that is about something else.
    """
    trials = count_trials(connection, tenant_id, str(series.strategy_id), series.instrument)
    proof = latest_proof(connection, series.version_hash)
    figures = NOTHING
    if autobuild_id is not None:
        figures = _of_search(connection, tenant_id, autobuild_id, series)
    if not figures.source:
        run = _walkforward(connection, tenant_id, series, run_id)
        if run is not None:
            figures = _of_walkforward(connection, tenant_id, run, series, trials)
    return OnRecord(
        source=figures.source,
        proven=None if proof is None else proof.proven,
        trades=figures.trades,
        out_of_sample=figures.out_of_sample,
        deflated_sharpe=figures.deflated_sharpe,
        pbo=figures.pbo,
        accepted=figures.accepted,
        trials=trials,
    )


def run_on_series(connection: Connection, tenant_id: UUID, run_id: UUID) -> Run:
    """Return the walk-forward or backtest that names a series; raise `NotFound` without one."""
    kinds: tuple[Kind, ...] = ("walkforward", "backtest")
    for kind in kinds:
        run = find_run(connection, tenant_id, run_id, kind)
        if run is not None:
            return run
    raise NotFound("There is no such run.", found=str(run_id), path="run_id")


def chosen_parameters(connection: Connection, tenant_id: UUID, run: Run) -> dict[str, Setting]:
    """Return the parameters that a finished run speaks for.

    A walk-forward speaks for what it chose on its last window beside what was fixed, any other
    run for what it was asked with; a walk-forward that chose nothing for nothing.
    """
    request = request_of(connection, tenant_id, run.run_id) or {}
    fixed = cast("dict[str, Setting]", request.get("parameters") or {})
    if run.kind != "walkforward":
        return fixed
    result = _result(connection, tenant_id, run)
    windows = cast("Sequence[Mapping[str, dict[str, Setting]]]", result.get("windows") or [])
    return {**fixed, **windows[-1]["parameters"]} if windows else fixed


def return_on_one_account(
    connection: Connection, tenant_id: UUID, content_hash: str
) -> float | None:
    """Return what the newest backtest of exactly this portfolio earned, None without one."""
    run = latest_done(connection, tenant_id, "portfolio", content_hash)
    value = None if run is None or run.summary is None else run.summary.get("return")
    return float(value) if isinstance(value, int | float) else None


def _of_search(
    connection: Connection, tenant_id: UUID, autobuild_id: UUID, series: SeriesAsked
) -> _Figures:
    stored = find_checkpoint(connection, tenant_id, autobuild_id, series.instrument)
    if stored is None:
        return NOTHING
    outcome = outcome_of(cast("Mapping[str, Json]", json.loads(stored)))
    if outcome.timeframe != series.timeframe or dict(outcome.parameters) != dict(series.parameters):
        return replace(NOTHING, source=f"AutoBuild chose {_words(outcome.parameters)}")
    return _search_figures(outcome)


def _search_figures(outcome: InstrumentOutcome) -> _Figures:
    return _Figures(
        source=f"AutoBuild, {outcome.instrument} until {short_date(outcome.last_ms)}",
        trades=float(outcome.trades),
        out_of_sample=outcome.sharpe_out,
        deflated_sharpe=outcome.deflated_sharpe,
        pbo=outcome.pbo,
        accepted=outcome.accepted,
    )


def _walkforward(
    connection: Connection, tenant_id: UUID, series: SeriesAsked, run_id: UUID | None
) -> Run | None:
    place = (series.instrument, series.timeframe)
    if run_id is None:
        return latest_done(connection, tenant_id, "walkforward", series.version_hash, place)
    run = run_on_series(connection, tenant_id, run_id)
    if run.version_hash != series.version_hash or (run.instrument, run.timeframe) != place:
        raise Conflict(
            "The run is about something else.",
            expected=f"{series.instrument} {series.timeframe}, definition "
            f"{series.version_hash[:12]}",
            found=f"{run.instrument} {run.timeframe}, definition {run.version_hash[:12]}",
            action="Choose a run of this version on this series.",
            path="run_id",
        )
    return run if run.kind == "walkforward" and run.status == "done" else None


def _of_walkforward(
    connection: Connection, tenant_id: UUID, run: Run, series: SeriesAsked, trials: TrialCount
) -> _Figures:
    """Return what a walk-forward found, where these are the parameters that it chose."""
    source = f"walk-forward of {run.created_at:%Y-%m-%d}"
    chosen = chosen_parameters(connection, tenant_id, run)
    if not chosen or dict(series.parameters) != chosen:
        return replace(NOTHING, source=f"the {source} chose {_words(chosen)}")
    result = _result(connection, tenant_id, run)
    metrics = cast("Mapping[str, float | None]", result["metrics"])
    overfitting = cast("Mapping[str, float | None]", result.get("overfitting") or {})
    curve = cast("Sequence[Sequence[float]]", result["stitched_equity"])
    return _Figures(
        source=source,
        trades=metrics["trades"],
        out_of_sample=metrics["sharpe"],
        deflated_sharpe=_deflated(curve, run.instrument, trials),
        pbo=overfitting.get("probability"),
        accepted=None,
    )


def _result(connection: Connection, tenant_id: UUID, run: Run) -> Mapping[str, Json]:
    content = get_result(connection, tenant_id, run.run_id, "result.json")
    return {} if content is None else cast("Mapping[str, Json]", json.loads(content))


def _words(parameters: Mapping[str, Setting]) -> str:
    return ", ".join(f"{name} {value}" for name, value in parameters.items()) or "nothing"


def _deflated(
    curve: Sequence[Sequence[float]], instrument: str, trials: TrialCount
) -> float | None:
    """Deflate the stitched account by every trial on record; as AutoBuild does, under no edge.

    The variance is that of an estimate when no trial has an edge, 1 / (days - 1).
    """
    if len(curve) < 2 or not trials.known:
        return None
    ts = np.array([point[0] for point in curve], np.int64)
    equity = np.array([point[1] for point in curve], np.float64)
    daily = sample_daily(ts, equity, float(equity[0]), default_instrument(instrument).day_offset_ms)
    returns = daily_returns(daily)
    if len(returns) < 3:
        return None
    return deflated_sharpe(returns, max(trials.effective, 1.0), 1.0 / (len(returns) - 1))
