"""How is a line of the log written? One JSON object to stderr: when, how bad, what, and ids. On a terminal the same for eyes."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import orjson
import structlog

_QUIET = ("uvicorn.access", "asyncio", "aiokafka")  # addresses with queries; debugging hints; each of many tries while a broker is away


def configure_logging(stream: TextIO = sys.stderr, *, level: int = logging.INFO) -> None:
    """Called once by whoever starts a process. Libraries that use `logging` write the same lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(exception_formatter=_kind_only) if stream.isatty() else _as_json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = _Bridge(level=logging.WARNING)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _as_json(logger: Any, method: str, line: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def _kind_only(stream: TextIO, exc_info: Any) -> None:
    stream.write(exc_info[0].__name__)


class _Bridge(logging.Handler):
    """A library's line as one of ours. Of an exception only its kind: its message may hold what somebody wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        more = {} if kind is None else {"error": kind.__name__}
        told = record.getMessage() if kind is None else record.msg
        structlog.get_logger(record.name).log(record.levelno, str(told).strip(), source=record.name, **more)
