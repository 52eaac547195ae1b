"""The demo's data, and the real files of the mappings under docs/examples where they lie beside the checkout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.intake import demo
from services.intake.importing.grouping import RefusedRow, read_rows, survey
from services.intake.importing.imported import Assembler, ImportedComplaint
from services.intake.importing.mapping_file import load_mapping
from services.intake.importing.reading import open_table
from services.intake.importing.tests.tables import NOW, ZONE

ROOT = Path(__file__).parents[4]
SHARED = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Expected:
    """What a published table must come to."""

    table: Path
    mapping: Path
    rows: int
    complaints: int
    flags: dict[str, int]
    reopened: int = 0
    closed: int = 0
    months: dict[str, int] = field(default_factory=dict)
    satisfied: dict[str | None, int] = field(default_factory=dict)


TSA = Expected(
    demo.TABLE,
    demo.MAPPING,
    rows=59_119,
    complaints=59_097,
    flags={"occurred_after_received": 169},
    reopened=22,
    closed=46_367,
    months={"2010-03": 1_056, "2015-12": 672},
)
WA = Expected(
    SHARED / "wa-ago-complaints-by-practice-2013-2020.csv.gz",
    ROOT / "docs" / "examples" / "wa-ago.toml",
    rows=232_568,
    complaints=128_351,
    flags={"several_values": 2_112},
    closed=126_377,
    months={"2013-01": 1_847, "2020-03": 2_037, "2020-04": 3_104},
)
NYC = Expected(
    SHARED / "nyc-dca-mediated-complaints-2015-2016.csv.gz",
    ROOT / "docs" / "examples" / "nyc-dca.toml",
    rows=4_495,
    complaints=4_495,
    flags={"same_row_twice": 7, "closed_before_received": 4},
    closed=4_495,
    satisfied={"satisfied": 2_430, "not": 1_402, None: 663},
)
PRESENT = [pytest.param(source, id=source.mapping.stem) for source in (TSA, WA, NYC) if source.table.exists()]


def everything(source: Expected) -> Iterator[ImportedComplaint | RefusedRow]:
    mapping = load_mapping(source.mapping)
    table = open_table(source.table, mapping.source)
    found = survey(table, mapping)
    assert found.rows == source.rows
    assembler = Assembler(mapping, ZONE, NOW, b"a key")
    for group in read_rows(table, mapping, ZONE, found.repeats):
        yield from [group] if isinstance(group, RefusedRow) else assembler.complaints(group)


@pytest.mark.parametrize("source", PRESENT)
def test_a_published_table_comes_to_what_is_known_of_it(source: Expected):
    ids, rows, closed = set(), 0, 0
    rounds, flags, months, satisfied = Counter(), Counter(), Counter(), Counter()
    for one in everything(source):
        assert isinstance(one, ImportedComplaint), one
        ids.add(one.id)
        rows += len(one.lines)
        flags.update(one.data_flags)
        rounds[len(one.history.rounds)] += 1
        closed += one.history.rounds[-1].closed
        months[one.received_at.astimezone(ZONE).strftime("%Y-%m")] += 1
        satisfied[one.history.satisfied_with_handling] += 1
    assert (rows, len(ids), rounds.total()) == (source.rows, source.complaints, source.complaints)
    assert flags == source.flags
    assert rounds.total() - rounds[1] == source.reopened
    assert closed == source.closed
    assert {month: months[month] for month in source.months} == source.months
    assert {mark: satisfied[mark] for mark in source.satisfied} == source.satisfied
