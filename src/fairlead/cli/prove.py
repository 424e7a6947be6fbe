"""`fairlead prove`: show that a strategy does not look ahead, on this machine, no server."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fairlead.research.proof.model import Proof

EXIT_LEAKS = 1


def prove(
    definition: Annotated[
        str,
        typer.Argument(
            metavar="NAME|FILE",
            help="A template's name, a definition in JSON, or a Python file with `signals(bars)`.",
        ),
    ],
    bars: Annotated[
        Path | None,
        typer.Option("--bars", metavar="FILE", help="Candles in a CSV, Parquet or Feather file."),
    ] = None,
    instrument: Annotated[
        str | None,
        typer.Option(
            "--instrument", metavar="KEY", help="An imported series, as binance:BTC-USDT."
        ),
    ] = None,
    timeframe: Annotated[
        str | None, typer.Option("--timeframe", help="Length of a bar: 5m, 1h, 1d.")
    ] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Fix a parameter; may be repeated."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", help="Where to cut and what to spoil; the same gives the same.")
    ] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the whole proof as JSON.")] = False,
) -> None:
    """Prove that a strategy does not look ahead.

    The bars after many cuts are spoiled in nine ways; no decision up to a cut may change. Without
    --bars or --instrument the bars are made up, with gaps and sessions. A Python file runs in
    this process and nowhere else. The exit code is 1 when the proof does not pass.
    """
    from fairlead.cli.prove_inputs import ProofInputs, prove_inputs

    proof = prove_inputs(
        ProofInputs(definition, bars, instrument, timeframe, tuple(parameters or ()), seed)
    )
    if json:
        typer.echo(json_format.dumps(proof.to_json(), allow_nan=False))
    else:
        _show(proof)
    if not proof.passed:
        raise typer.Exit(EXIT_LEAKS)


def _show(proof: Proof) -> None:
    verdict = "Proven." if proof.passed else "Leaks." if proof.leaks else "Not proven."
    typer.echo(f"{verdict} {proof.text}")
    for leak in proof.leaks[1:]:
        typer.echo(f"  also: {leak.text}")
    typer.echo(f"\nbars      {proof.bars:,} of {proof.timeframe}, {proof.decisions:,} decisions")
    typer.echo(f"tried     {proof.cuts} cuts, {proof.runs} runs, seed {proof.seed}")
    typer.echo(f"poisons   {', '.join(proof.poisons)}")
    typer.echo(f"warm-up   {_warm_up(proof)}")
    for note in proof.notes:
        typer.echo(f"note      {note}")


def _warm_up(proof: Proof) -> str:
    declared = "none" if proof.warm_up_declared is None else f"{proof.warm_up_declared:,} bars"
    if proof.warm_up_needed is None:
        return f"{declared} declared, no need measured"
    return f"{declared} declared, {proof.warm_up_needed:,} needed in the late starts tried"
