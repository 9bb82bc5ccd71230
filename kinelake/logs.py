"""Log lines: structured, to stderr, as JSON or for people."""

import logging
import sys
from typing import Literal

import structlog


def configure_logs(level: str, form: Literal["auto", "json", "console"], role: str) -> None:
    """Every line carries the role; the standard library's loggers come through at warning and above."""
    for_people = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer = structlog.dev.ConsoleRenderer() if for_people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _naming(role),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")


def _naming(role: str) -> structlog.types.Processor:
    def name(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        return {"role": role, **event}

    return name
