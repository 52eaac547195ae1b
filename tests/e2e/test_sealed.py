"""Does what people say of themselves ever leave the process in clear? A marker in every sealed field, then a search everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.contracts import CATALOGUE
from shared.contracts.event import sealed_fields
from shared.keys import load_or_make
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.settings import load
from tests.markers import MARK, mark, tell_everything
from tests.running import Running, product

# Not told here: nothing appends them through the API without something having failed first, or without years of figures.
ELSEWHERE = {kind for kind in CATALOGUE if ".parked-event-" in kind or kind == "reporting.trend-signal-dismissed.v1"}


@pytest.fixture(scope="module")
async def marked(tmp_path_factory) -> tuple[Running, set[tuple[str, str]]]:
    """A product that has been told a marker in every sealed field, and is stopped again; which fields were sealed in its stores."""
    data = tmp_path_factory.mktemp("sealed") / "data"
    async with product(data) as running:
        await tell_everything(running)
        stored = await sealed_in_stores(running)
    return running, stored


async def sealed_in_stores(running: Running) -> set[tuple[str, str]]:
    keys = load_or_make(load(data=running.data))
    server = await EmbeddedPostgres.join(running.data, keys)
    assert server is not None
    found = set()
    for service in ("intake", "routing", "capa", "survey", "reporting"):
        connection = await connect(server.owner, service)
        for kind, data in await connection.fetch("select type, data from events"):
            found |= {(kind, name) for name in sealed_fields(CATALOGUE[kind]) if f'"{name}":{{"subject"'.encode() in data}
        await connection.close()
    return found


async def test_every_sealed_field_was_told_and_stands_sealed_in_a_store(marked):
    _, stored = marked
    wanted = {(kind, name) for kind, cls in CATALOGUE.items() if kind not in ELSEWHERE for name in sealed_fields(cls)}
    assert wanted - stored == set()


async def test_no_marker_stands_anywhere_in_the_data_folder(marked):
    """Tables, indexes, write-ahead log, the log's topics, views, key files, the server's own log."""
    running, _ = marked
    assert [str(file.relative_to(running.data)) for file in files(running.data) if MARK.encode() in file.read_bytes()] == []


async def test_the_program_says_no_marker(marked):
    running, _ = marked
    assert running.said
    assert [line for line in running.said if MARK in line] == []


def test_the_search_finds_what_is_there(tmp_path: Path):
    (tmp_path / "there").write_text(mark("found"))
    assert [file.name for file in files(tmp_path) if MARK.encode() in file.read_bytes()] == ["there"]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
