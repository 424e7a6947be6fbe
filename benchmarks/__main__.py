"""Run one benchmark or all of them: python -m benchmarks [kernel|sweep|...] [--json] [--full]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

from benchmarks import agreement
from benchmarks.figures import Figure, as_json, show

# name -> module and function; imported when wanted, so that one part's absence hurts no other
BENCHMARKS = {
    "kernel": ("benchmarks.kernel", "kernel_figures"),
    "sweep": ("benchmarks.sweep", "sweep_figures"),
    "storage": ("benchmarks.storage", "storage_figures"),
    "fanout": ("benchmarks.fanout", "fanout_figures"),
    "startup": ("benchmarks.startup", "startup_figures"),
    "autobuild": ("benchmarks.autobuild", "autobuild_figures"),
    "evidence": ("benchmarks.evidence", "evidence_figures"),
}


CROWDS = (10_000, 100_000)
SAMPLED = ("autobuild", "evidence")


def main() -> int:
    """Measure what was asked for and print it; everything when nothing was named."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", *BENCHMARKS], default="all")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--subscribers", type=int, help="for fanout")
    parser.add_argument("--full", action="store_true", help="for autobuild and evidence: no sample")
    arguments = parser.parse_args()
    every = arguments.what == "all"
    for name in BENCHMARKS if every else [arguments.what]:
        crowds = (arguments.subscribers,) if arguments.subscribers else CROWDS
        for figures in _measure(name, crowds if every else crowds[:1], arguments.full):
            if arguments.json:
                print(as_json(name, figures))
            else:
                show(f"fairlead bench {name}", figures)
    return agreement.report(list(agreement.series([]))) if every and not arguments.json else 0


def _measure(name: str, crowds: tuple[int, ...], full: bool) -> Iterator[list[Figure]]:
    module, function = BENCHMARKS[name]
    measure: Callable[..., list[Figure]] = getattr(import_module(module), function)
    if name in SAMPLED:
        yield measure(full)
        return
    if name != "fanout":
        yield measure()
        return
    for subscribers in crowds:
        yield measure(subscribers)


if __name__ == "__main__":
    sys.exit(main())
