"""The log: what structlog writes. Static event names, identifiers, never secrets or comment text."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def configure(*, level: str = "info", style: str = "json", stream: TextIO | None = None) -> None:
    """Set up structlog once for this process.

    Args:
        level: debug, info, warning or error.
        style: json for machines, console for people.
        stream: where to write; standard error where None, so that standard output stays data.
    """
    # Tracebacks are written without local variables: those hold tokens and people's words.
    traceback = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        if style == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if style == "console" else [traceback]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that carries the room's name."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(room=name)
    return logger
