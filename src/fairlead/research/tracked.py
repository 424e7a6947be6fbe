"""What an experiment tracker gets of a finished run: parameters, figures, tags and files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from fairlead.research.jsonable import Json, JsonObject, dump_json
from fairlead.research.runs import Run

# left out of the parameters: large, or said by a tag
NOT_PARAMETERS = frozenset({"definition", "kind", "instrument", "timeframe", "parameters", "axes"})
VALUE_CHARS_MAX = 500
PARAMETERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Tracked:
    """Hold one entry of a tracker; `tracking_id` is the same however often it is sent.

    Times are epoch milliseconds of the run itself, so that a repeated entry equals the first.
    """

    tracking_id: str
    experiment: str
    name: str
    start_ms: int
    end_ms: int
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    files: Mapping[str, bytes]


def tracked_run(
    tenant_id: UUID, run: Run, request: Mapping[str, Json], parts: Mapping[str, bytes]
) -> Tracked:
    """Return what is told about a finished run; a report's figures, or those of the best set."""
    result = _result(parts)
    tags = {
        "version_hash": run.version_hash,
        "kernel_hash": _kernel_hash(result),
        "instrument": run.instrument,
        "timeframe": run.timeframe,
        "strategy": run.strategy_name,
    }
    return Tracked(
        tracking_id=str(run.run_id),
        experiment=f"fairlead/{tenant_id}",
        name=f"{run.strategy_name} {run.instrument} {run.timeframe} {run.kind}",
        start_ms=_milliseconds(run.started_at or run.created_at),
        end_ms=_milliseconds(run.finished_at or run.created_at),
        parameters=_parameters(request),
        metrics={**_numbers(run.summary), **_figures(result)},
        tags=_tags(run.run_id, run.kind, tenant_id, tags),
        files=parts,
    )


def tracked_findings(
    tenant_id: UUID,
    autobuild_id: UUID,
    name: str,
    started_at: datetime,
    finished_at: datetime,
    constraints: Mapping[str, Json],
    findings: bytes,
) -> Tracked:
    """Return what is told about a finished AutoBuild: its constraints, counts and portfolio."""
    found = cast("JsonObject", json.loads(findings))
    portfolio = found.get("portfolio")
    counts = {
        key: float(len(value))
        for key in ("accepted", "rejected", "failures")
        if isinstance(value := found.get(key), list)
    }
    evidence = found.get("evidence")
    figures = portfolio.get("metrics") if isinstance(portfolio, Mapping) else None
    accepted = found.get("accepted")
    hashes = {
        "kernel_hash": _kernel_hash(found),
        "timeframe": str(constraints.get("timeframe") or ""),
        "instrument": ", ".join(
            str(leg.get("instrument"))
            for leg in (accepted if isinstance(accepted, list) else [])
            if isinstance(leg, Mapping)
        ),
    }
    return Tracked(
        tracking_id=str(autobuild_id),
        experiment=f"fairlead/{tenant_id}",
        name=f"{name} autobuild",
        start_ms=_milliseconds(started_at),
        end_ms=_milliseconds(finished_at),
        parameters=_flat("", constraints),
        metrics={**counts, **_numbers(evidence), **_numbers(figures)},
        tags=_tags(autobuild_id, "autobuild", tenant_id, hashes),
        files={"findings.json": findings, "constraints.json": dump_json(constraints).encode()},
    )


def _result(parts: Mapping[str, bytes]) -> JsonObject:
    part = parts.get("report.json") or parts.get("result.json") or b"{}"
    return cast("JsonObject", json.loads(part))


def _kernel_hash(result: Mapping[str, Json]) -> str:
    assumed = result.get("assumptions")
    if isinstance(assumed, Mapping) and "kernel_hash" in assumed:
        return str(assumed["kernel_hash"])
    return str(result.get("kernel_hash") or "")


def _figures(result: Mapping[str, Json]) -> dict[str, float]:
    metrics = result.get("metrics")
    best = result.get("best")
    if isinstance(best, Mapping):
        metrics = best.get("metrics")
    return _numbers(metrics)


def _parameters(request: Mapping[str, Json]) -> dict[str, str]:
    """Return what was asked, the strategy's own parameters and axes under names of their own."""
    asked = {name: value for name, value in request.items() if name not in NOT_PARAMETERS}
    flat = _flat("", asked) | _flat("parameter", request.get("parameters") or {})
    axes = request.get("axes")
    for axis in axes if isinstance(axes, list) else []:
        if isinstance(axis, Mapping):
            flat[f"axis.{axis.get('name')}"] = _text(axis.get("values"))
    return dict(list(flat.items())[:PARAMETERS_MAX])


def _flat(prefix: str, value: Json) -> dict[str, str]:
    """Return nested mappings as dotted names; lists stay one value."""
    if not isinstance(value, Mapping):
        return {} if value is None else {prefix: _text(value)}
    flat: dict[str, str] = {}
    for name, inner in value.items():
        flat |= _flat(f"{prefix}.{name}" if prefix else name, inner)
    return flat


def _text(value: Json) -> str:
    text = value if isinstance(value, str) else dump_json(value)
    return text[:VALUE_CHARS_MAX]


def _numbers(values: Json) -> dict[str, float]:
    if not isinstance(values, Mapping):
        return {}
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}


def _tags(run_id: UUID, kind: str, tenant_id: UUID, more: Mapping[str, str]) -> dict[str, str]:
    known = {"run_id": str(run_id), "kind": kind, "tenant_id": str(tenant_id), **more}
    return {f"fairlead.{name}": text[:VALUE_CHARS_MAX] for name, text in known.items() if text}


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
