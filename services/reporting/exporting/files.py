"""How do rows leave as a file? CSV as they come from the database; a workbook when all of it is written."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

import asyncpg
import orjson
from sqlalchemy import Select

from services.reporting.exporting.sheet import Sheet
from services.reporting.select import stream

LIMIT = 300.0  # seconds for a workbook
_CHUNK = 256 * 1024


class NotWritten(Exception):
    """The workbook was not written; the text says why."""


async def as_csv(pool: asyncpg.Pool, query: Select[Any], header: Sequence[str], zone: ZoneInfo) -> AsyncIterator[bytes]:
    """RFC 4180 in UTF-8, a page of rows at a time."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    async for page in stream(pool, query, zone):
        writer.writerows(page)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    if text.tell():
        yield text.getvalue().encode()


async def as_workbook(pool: asyncpg.Pool, query: Select[Any], sheet: Sheet, zone: ZoneInfo) -> AsyncIterator[bytes]:
    """The finished workbook's bytes. Written to a file without a name, so that nothing is left behind whatever happens to its reader."""
    file = cast(BinaryIO, await asyncio.to_thread(tempfile.TemporaryFile))
    try:
        async with asyncio.timeout(LIMIT):
            await _written(pool, query, sheet, zone, file)
    except BaseException:
        file.close()
        raise
    return _read(file)


async def _written(pool: asyncpg.Pool, query: Select[Any], sheet: Sheet, zone: ZoneInfo, file: BinaryIO) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "services.reporting.exporting.workbook",
        stdin=PIPE, stdout=file, stderr=PIPE, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )  # fmt: skip
    assert writer.stdin is not None
    try:
        with suppress(ConnectionError):  # it ended early, and says why
            writer.stdin.write(orjson.dumps(asdict(sheet)) + b"\n")
            async for page in stream(pool, query, zone):
                writer.stdin.write(b"".join(orjson.dumps(tuple(row), default=str, option=orjson.OPT_APPEND_NEWLINE) for row in page))
                await writer.stdin.drain()
        writer.stdin.close()
        _, said = await writer.communicate()
    finally:
        if writer.returncode is None:
            writer.kill()
            await writer.wait()
    if writer.returncode:
        raise NotWritten(said.decode(errors="replace")[-2000:])


async def _read(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
