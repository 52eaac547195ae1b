"""The report of an import, for people and for machines."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from services.intake.importing.grouping import RefusedRow
from services.intake.importing.report import SHOWN, ImportReport
from services.intake.importing.tests.tables import imported, mapping_with


def report(folder: Path, rows: int = 1) -> ImportReport:
    table = "Ref|Received|Closed\n" + "\n".join(f"{n}|2020-03-05|2020-03-01" for n in range(rows))
    found = ImportReport("test", "table.csv", rows=rows + 1, covers_from=date(2020, 1, 1), covers_to=date(2020, 3, 31), seconds=1.25)
    for complaint in imported(folder, table, mapping_with(case={"closed_at": "Closed"})).complaints:
        found.was_made(complaint)
        found.was_doubtful(complaint)
    found.was_refused(RefusedRow(99, "the row has 2 values, the header names 3", ["1", "2"]))
    return found


def test_a_person_reads_counts_and_then_what_to_look_at(tmp_path: Path):
    assert list(report(tmp_path).sentences()) == [
        "2 rows of table.csv read as test in 1.2 s",
        "1 complaints made",
        "0 already there, 0 already there but changed in the file (not applied)",
        "1 rows refused",
        "1 complaints doubtful, taken in and flagged: closed_before_received 1",
        "Covers 2020-01-01 to 2020-03-31",
        "Refused:",
        "  line 99: the row has 2 values, the header names 3",
        "Doubtful:",
        "  line 2 [0]: closed_before_received: closed 2020-03-01, received 2020-03-05",
    ]


def test_a_long_list_ends_with_how_many_more_there_are(tmp_path: Path):
    last = list(report(tmp_path, rows=SHOWN + 5).sentences())[-1]
    assert last == "  … and 5 more; --json lists them all"


def test_a_machine_gets_every_row(tmp_path: Path):
    found = json.loads(json.dumps(report(tmp_path, rows=25).as_json()))
    assert {name: found[name] for name in ("source", "file", "rows", "complaints", "refused", "doubtful", "covers_to", "rejected_file")} == {
        "source": "test", "file": "table.csv", "rows": 26, "complaints": 25, "refused": 1, "doubtful": 25,
        "covers_to": "2020-03-31", "rejected_file": None,
    }  # fmt: skip
    assert found["flags"] == {"closed_before_received": 25}
    assert len(found["doubtful_rows"]) == 25
    assert found["doubtful_rows"][0] == {
        "line": 2, "external_ref": "0", "flag": "closed_before_received", "what": "closed 2020-03-01, received 2020-03-05",
    }  # fmt: skip
    assert found["refused_rows"] == [{"line": 99, "external_ref": None, "flag": None, "what": "the row has 2 values, the header names 3"}]
