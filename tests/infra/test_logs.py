"""Logs: one form for ours and the libraries', JSON in production, in a file when asked."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from fairlead.infra.logs import configure_logs, get_logger
from fairlead.infra.settings import Settings


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_json_lines_carry_role_level_time_and_fields(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "logs" / "api.log"
    configure_logs(settings.with_changes(log_file=file), "api", as_json=True)
    get_logger("fairlead.test").info("feed.stalled", venue="binance", silent_s=12)
    logging.getLogger("uvicorn.error").warning("from a %s", "library")
    ours, theirs = _lines(file)
    assert (ours["event"], ours["venue"], ours["silent_s"]) == ("feed.stalled", "binance", 12)
    assert (ours["role"], ours["level"]) == ("api", "info")
    assert (theirs["event"], theirs["level"]) == ("from a library", "warning")
    assert {"timestamp", "logger"} <= ours.keys() & theirs.keys()


def test_traceback_is_in_the_same_json_line(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "worker.log"
    configure_logs(settings.with_changes(log_file=file), "worker", as_json=True)
    try:
        raise ZeroDivisionError("on purpose")
    except ZeroDivisionError:
        get_logger("fairlead.test").exception("job.defect")
    (line,) = _lines(file)
    assert "ZeroDivisionError" in json.dumps(line["exception"])


def test_level_is_respected_and_noisy_libraries_are_quiet(
    settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "nexus.log"
    configure_logs(settings.with_changes(log_file=file, log_level="warning"), "nexus", as_json=True)
    get_logger("fairlead.test").info("not.this")
    logging.getLogger("uvicorn.error").info("nor this")
    get_logger("fairlead.test").warning("this")
    assert [line["event"] for line in _lines(file)] == ["this"]
