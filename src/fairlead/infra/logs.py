"""Structured logs: JSON lines in production, readable lines on a terminal, always on stderr."""

import logging
import sys

import structlog

from fairlead.infra.settings import Settings

Logger = structlog.stdlib.BoundLogger


def configure_logs(settings: Settings, role: str) -> None:
    """Send our logs and those of libraries to stderr in one form, tagged with `role`."""
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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    for name in ("fairlead", "uvicorn"):
        logging.getLogger(name).setLevel(level)
    structlog.contextvars.bind_contextvars(role=role)


def get_logger(name: str) -> "Logger":
    """Return the logger of a module: `log.info("feed.stalled", venue=venue, silent_s=12)`."""
    logger: Logger = structlog.get_logger(name)
    return logger


def _rendering(settings: Settings) -> list[structlog.typing.Processor]:
    if settings.environment == "production":
        return [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(default=str),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _drop_noise(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    event.pop("color_message", None)
    return event
