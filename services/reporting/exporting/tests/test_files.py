"""Rows leave as they come, page by page; a workbook is whole before the first byte of it leaves, or there is none."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, cast
from zoneinfo import ZoneInfo

import asyncpg
import openpyxl
import pytest
from sqlalchemy import select

from services.reporting.exporting import files
from services.reporting.exporting.sheet import Sheet

UTC = ZoneInfo("UTC")
POOL = cast(asyncpg.Pool, None)


@pytest.fixture(autouse=True)
def three_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stream(pool: object, query: object, zone: ZoneInfo) -> AsyncIterator[list[tuple[Any, ...]]]:
        for page in range(3):
            yield [(f'{page}, "{n}"', n, None) for n in range(100)]

    monkeypatch.setattr(files, "stream", stream)


async def test_a_csv_has_a_header_and_every_row():
    content = b"".join([chunk async for chunk in files.as_csv(POOL, select(), ("text", "number", "none"), UTC)])
    table = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert (table[0], table[1], len(table)) == (["text", "number", "none"], ['0, "0"', "0", ""], 301)


async def test_a_workbook_has_every_row_and_what_it_is_about():
    sheet = Sheet("投诉", ("text", "number", "none"), ("text", "number", "text"), "说明", (("时区", "UTC"),))
    content = b"".join([chunk async for chunk in await files.as_workbook(POOL, select(), sheet, UTC)])
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert (book.sheetnames, book["投诉"].max_row) == (["投诉", "说明"], 301)


async def test_a_workbook_that_cannot_be_written_is_not_handed_on_in_part():
    with pytest.raises(files.NotWritten, match="Invalid Excel character"):
        await files.as_workbook(POOL, select(), Sheet("a/b", ("x",), ("text",), "about", ()), UTC)
