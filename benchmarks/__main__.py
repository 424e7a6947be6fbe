"""Run one benchmark or all of them: python -m benchmarks [kernel|sweep|...] [--json]."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module

from benchmarks.figures import Figure, as_json, show

# name -> module and function; imported when wanted, so that one part's absence hurts no other
BENCHMARKS = {
    "kernel": ("benchmarks.kernel", "kernel_figures"),
    "sweep": ("benchmarks.sweep", "sweep_figures"),
    "storage": ("benchmarks.storage", "storage_figures"),
    "fanout": ("benchmarks.fanout", "fanout_figures"),
    "startup": ("benchmarks.startup", "startup_figures"),
}


def main() -> int:
    """Measure what was asked for and print it; all of it when nothing was named."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["all", *BENCHMARKS], default="all")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--subscribers", type=int, default=10_000, help="for fanout")
    arguments = parser.parse_args()
    for name in BENCHMARKS if arguments.what == "all" else [arguments.what]:
        figures = _measure(name, arguments.subscribers)
        if arguments.json:
            print(as_json(name, figures))
        else:
            show(f"fairlead bench {name}", figures)
    return 0


def _measure(name: str, subscribers: int) -> list[Figure]:
    module, function = BENCHMARKS[name]
    measure: Callable[..., list[Figure]] = getattr(import_module(module), function)
    return measure(subscribers) if name == "fanout" else measure()


if __name__ == "__main__":
    sys.exit(main())
