"""Structured logs on stderr or in a file: JSON lines in production, else readable lines."""

import contextlib
import logging
import logging.handlers
import sys

import structlog

from fairlead.infra.settings import Settings

LOG_FILE_BYTES = 10 * 2**20
LOG_FILES = 3
Logger = structlog.stdlib.BoundLogger


def configure_logs(settings: Settings, role: str, *, as_json: bool = False) -> None:
    """Send our logs and those of libraries to one place in one form, tagged with `role`."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(allow=("job", "worker", "action")),
        _drop_noise,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = _handler(settings)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings, as_json),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name in ("fairlead", "uvicorn"):
        logging.getLogger(name).setLevel(level)
    structlog.contextvars.bind_contextvars(role=role)


def _handler(settings: Settings) -> logging.Handler:
    if settings.log_file is None:
        return logging.StreamHandler(sys.stderr)
    settings.log_file.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        settings.log_file, maxBytes=LOG_FILE_BYTES, backupCount=LOG_FILES
    )


def get_logger(name: str) -> "Logger":
    """Return the logger of a module: `log.info("feed.stalled", venue=venue, silent_s=12)`."""
    logger: Logger = structlog.get_logger(name)
    return logger


def bound(**values: str) -> contextlib.AbstractContextManager[None]:
    """Add values to every line logged inside the block, such as a request's id."""
    return structlog.contextvars.bound_contextvars(**values)


def _rendering(settings: Settings, as_json: bool) -> list[structlog.typing.Processor]:
    if as_json or settings.environment == "production":
        return [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(default=str),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=settings.log_file is None and sys.stderr.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]


def _drop_noise(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    event.pop("color_message", None)
    return event
