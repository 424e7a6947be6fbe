"""Write the generated parts of docs/reference from the code, so that they cannot grow stale.

Run `python -m tools.reference` after a change of settings, commands, indicators or policy fields.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from fairlead.cli.main import COMMANDS
from fairlead.cli.main import main as fairlead
from fairlead.indicators.catalog import INDICATORS
from fairlead.infra.settings import Settings
from fairlead.strategies.kinds.rules.policy_fields import POLICY_FIELDS

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
COLUMNS = "88"
GROUPS = {"autobuild", "run", "data", "portfolio", "strategy", "bench"}

MEANINGS = {
    "environment": "`production` refuses default secrets and writes logs as JSON lines",
    "data_dir": "folder of embedded servers, candle lake and secrets",
    "ledger_file": "ledger of the trials of runs without a server",
    "web_dir": "folder of the built web page",
    "database_url": "PostgreSQL to use in place of the embedded one",
    "database_pool_size": "connections each process keeps for each database role",
    "redis_url": "Valkey or Redis to use in place of the embedded one",
    "redis_host": "the same by host and port",
    "redis_port": "port beside `REDIS_HOST`",
    "host": "address to listen on",
    "port": "port of the page and the API",
    "public_url": "address people use, when a proxy stands in front",
    "secret_key": "root of all derived secrets; kept in the data folder when not set",
    "jwt_secret": "signs sessions; kept in the data folder when not set",
    "master_keys": "versioned keys that wrap the tenants' data keys, for rotation",
    "log_level": "`debug`, `info`, `warning` or `error`",
    "feeds": "market data feeds the nexus runs, separated by commas",
    "metrics_port": "port on which a role other than the API serves its metrics",
    "log_file": "file for logs in place of the terminal",
    "parent_pid": "set by `fairlead up`: a role ends when this process does",
    "worker_concurrency": "jobs that one worker runs at a time",
    "dask_scheduler": "address of a Dask scheduler for AutoBuilds, in place of a local cluster",
    "research_processes": "processes of that local cluster; 0 computes in the worker itself",
    "research_memory_mb": "memory at which such a process is restarted",
    "server_url": "server that `--server` talks to, as `http://127.0.0.1:8000`",
    "api_key": "API key that `--server` sends; made on the settings page",
    "mlflow_tracking_uri": "MLflow server to which workers log finished runs",
    "auto_fetch": "providers that AutoBuild fetches missing bars from: `bybit=ccxt:bybit,nse=kite`",
    "provider_urls": "addresses that stand for those of data providers: `ccxt:bybit=http://...`",
    "fetch_timeout_s": "seconds after which one call to a data provider is given up",
    "csv_folder": "folder of files that the data provider `csv` reads",
    "csv_timezone": "zone of times without an offset in those files",
    "kite_api_key": "key for Kite's historical candles",
    "kite_access_token": "its token of the day",
}


def settings_table() -> str:
    """Return one row for each setting: its names, its default, its meaning."""
    rows = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names = getattr(alias, "choices", None) or [alias]
        shown = str(field.default).removeprefix(f"{ROOT}/")
        default = "" if field.default in (None, "") else f"`{shown}`"
        rows.append((", ".join(f"`{each}`" for each in names), default, MEANINGS[name]))
    return _table(("environment variable", "default", "meaning"), rows)


def policy_table() -> str:
    """Return one row for each field of a book's policy and limits."""
    rows = [
        (f"`{field.name}`", f"`{'.'.join(field.path)}`", f"`{field.default}`", field.description)
        for field in POLICY_FIELDS.values()
    ]
    return _table(("parameter", "place in the document", "default", "meaning"), rows)


def indicator_table() -> str:
    """Return one row for each indicator of the catalog."""
    rows = []
    for indicator in INDICATORS.values():
        parameters = ", ".join(
            f"`{each.name}` {each.default:g} ({each.low:g} to {each.high:g})"
            for each in indicator.parameters
        )
        outputs = ", ".join(f"`{name}`" for name in indicator.outputs)
        rows.append((f"`{indicator.name}`", indicator.title, parameters, outputs))
    return _table(("kind", "what it is", "parameters (bounds)", "outputs"), rows)


def command_texts() -> str:
    """Return the help of every command, as the terminal prints it."""
    texts = []
    for path in _command_paths():
        lines = "\n".join(line.rstrip() for line in _help(path).strip().splitlines())
        texts.append(f"## fairlead {' '.join(path)}\n\n```\n{lines}\n```\n")
    return "\n".join(texts)


def _help(path: tuple[str, ...]) -> str:
    printed = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = COLUMNS
    try:
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            fairlead([*path, "--help"])
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before
    return printed.getvalue()


def _command_paths() -> list[tuple[str, ...]]:
    paths: list[tuple[str, ...]] = []
    for name in COMMANDS:
        paths.append((name,))
        if name in GROUPS:
            paths += [(name, each) for each in _subcommands(name)]
    return paths


def _subcommands(group: str) -> list[str]:
    from importlib import import_module

    import typer

    entry = COMMANDS[group]
    app = getattr(import_module(f"fairlead.cli.{entry.module}"), entry.attribute)
    return list(typer.main.get_group(app).commands)


BLOCKS: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "policy": policy_table,
    "indicators": indicator_table,
    "commands": command_texts,
}


def rewritten(text: str) -> str:
    """Return a page with its generated blocks as the code would write them now."""

    def fill(match: re.Match[str]) -> str:
        return f"{match[1]}\n{BLOCKS[match[2]]().strip()}\n\n{match[3]}"

    return BLOCK.sub(fill, text)


def stale_pages() -> list[Path]:
    """Return the pages whose generated blocks differ from the code."""
    return [page for page in _pages() if page.read_text() != rewritten(page.read_text())]


def _pages() -> list[Path]:
    return sorted(REFERENCE.glob("*.md"))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def main() -> int:
    """Rewrite every stale page and say which."""
    for page in stale_pages():
        page.write_text(rewritten(page.read_text()))
        print(f"rewrote {page.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
