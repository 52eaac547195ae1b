"""Is a line of the log one JSON object, and silent about people?"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from shared.observability import configure_logging


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """The log, and afterwards logging as it was."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    structlog.configure(**before)
    root.handlers, root.level = handlers, level


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_an_object_with_time_and_level(written: io.StringIO):
    structlog.get_logger("redress.test").warning("relay restarts", service="intake", failures=3)
    [line] = lines(written)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "relay restarts", "level": "warning", "service": "intake", "failures": 3}


def test_what_is_only_of_use_to_programmers_is_not_written(written: io.StringIO):
    structlog.get_logger("redress.test").debug("looked")
    logging.getLogger("some.library").info("hello")
    assert lines(written) == []


def test_a_librarys_exception_is_named_not_quoted(written: io.StringIO):
    try:
        raise ValueError("the phone of Li Wei")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    [line] = lines(written)
    assert (line["event"], line["error"], line["source"]) == ("Exception in ASGI application", "ValueError", "uvicorn.error")
    assert "Li Wei" not in written.getvalue()


def test_addresses_are_not_written(written: io.StringIO):
    logging.getLogger("uvicorn.access").warning("GET /api/v1/complaints?number=C-2026-000001")
    assert lines(written) == []
