"""A run of the importer against a real store: counted, resumable, and without effect when repeated."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.intake.complaint import COMPLAINT, ReceiveComplaint
from services.intake.importing import run
from services.intake.importing.identity import stream_of
from services.intake.importing.mapping_file import parse_mapping
from services.intake.importing.report import ImportReport
from services.intake.importing.run import IMPORTER, AlreadyImporting, run_import
from services.intake.importing.tests.tables import NOW, PLAIN, day, mapping_with
from shared.clock import ManualClock
from shared.commands import Asked
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, ImportFinished, ImportStarted
from shared.contracts.vocabulary import SERVICES, Customer
from shared.envelope import Envelope
from shared.log.memory import MemoryLog
from shared.service import Service, Wiring, open_service

MAPPING = mapping_with(complaint={"customer.ref": "Who", "description": "Text"}, case={"closed_at": "Closed"})
HEADER = "Ref|Received|Who|Text|Closed"


@pytest.fixture
async def intake(database, settings, keys) -> AsyncIterator[Service]:
    log = MemoryLog(SERVICES, settings.partitions)
    service = await open_service(
        "intake", lambda service: Wiring(), settings=settings, keys=keys, dsn=database.owner, log=log, clock=ManualClock(NOW)
    )
    await service.start(())
    yield service
    await service.stop()


@pytest.fixture
def small_batches(monkeypatch) -> None:
    monkeypatch.setattr(run, "BATCH", 2)


def table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join(row.replace("|", ",") for row in (header, *rows)) + "\n", encoding="utf-8")
    return path


def rows(count: int) -> list[str]:
    return [f"{n}|2020-03-{n:02}|C-{n}|It leaks|" for n in range(1, count + 1)]


async def imported(service: Service, path: Path, content: dict[str, Any] = MAPPING, **options: Any) -> ImportReport:
    return await run_import(service, path, parse_mapping(content), **options)


async def everything(service: Service) -> list[Envelope]:
    """All that was recorded, oldest first."""
    recorded = [event for partition in range(8) for event in await service.store.page(partition, 0, 10_000)]
    return sorted((Envelope(event) for event in recorded), key=lambda e: e.order)


async def complaints(service: Service) -> dict[str, ComplaintReceived]:
    """The complaints in the store by their reference."""
    found = [e.data for e in await everything(service)]
    return {e.external_ref or "": e for e in found if isinstance(e, ComplaintReceived)}


def counts(report: ImportReport) -> tuple[int, int, int, int, int, int]:
    return (report.rows, report.complaints, report.already_there, report.changed, report.refused, report.doubtful)


async def test_complaints_are_numbered_in_file_order_between_start_and_finish(intake, tmp_path, small_batches):
    report = await imported(intake, table(tmp_path, *rows(5)))
    assert counts(report) == (5, 5, 0, 0, 0, 0)
    events = [e.data for e in await everything(intake)]
    assert {e.external_ref: e.number for e in events if isinstance(e, ComplaintReceived)} == {str(n): f"C-2026-{n:06}" for n in range(1, 6)}
    assert isinstance(events[0], ImportStarted)
    assert events[0].file_name == "table.csv"
    finished = events[-1]
    assert isinstance(finished, ImportFinished)
    assert (finished.import_id, finished.source, finished.rows, finished.complaints) == (events[0].import_id, "test", 5, 5)
    assert (finished.covers_from, finished.covers_to) == (None, None)  # March 2020 was not over at the last receipt


async def test_running_again_changes_nothing(intake, tmp_path):
    path = table(tmp_path, *rows(3))
    await imported(intake, path)
    before = [event.recorded for event in await everything(intake)]
    report = await imported(intake, path)
    assert counts(report) == (3, 0, 3, 0, 0, 0)
    assert [event.recorded for event in await everything(intake)] == before


async def test_new_rows_of_a_known_source_are_a_second_import(intake, tmp_path):
    await imported(intake, table(tmp_path, *rows(2)))
    assert counts(await imported(intake, table(tmp_path, *rows(3)))) == (3, 1, 2, 0, 0, 0)
    history = [e.data for e in await intake.store.stream(stream_of("test"))]
    assert [type(e) for e in history] == [ImportStarted, ImportFinished, ImportStarted, ImportFinished]
    assert history[0].import_id != history[2].import_id


async def test_an_import_that_was_cut_off_goes_on(intake, tmp_path, small_batches):
    def cut(done: int, total: int) -> None:
        if done >= 4:
            raise ConnectionError("the plug")

    path = table(tmp_path, *rows(9))
    with pytest.raises(ConnectionError, match="the plug"):
        await imported(intake, path, progress=cut)
    there = len(await complaints(intake))
    assert 0 < there < 9

    report = await imported(intake, path)
    assert counts(report) == (9, 9 - there, there, 0, 0, 0)
    history = [e.data for e in await intake.store.stream(stream_of("test"))]
    assert [type(e) for e in history] == [ImportStarted, ImportFinished]
    numbers = sorted(e.number for e in (await complaints(intake)).values())
    assert numbers == [f"C-2026-{n:06}" for n in range(1, 10)]


async def test_what_changed_in_the_file_is_listed_and_not_applied(intake, tmp_path):
    await imported(intake, table(tmp_path, *rows(2)))
    before = [event.recorded for event in await everything(intake)]
    report = await imported(intake, table(tmp_path, "1|2020-03-01|C-1|It leaks|", "2|2020-03-02|C-2|It leaks badly|"))
    assert counts(report) == (2, 0, 1, 1, 0, 0)
    assert [(one.line, one.external_ref) for one in report.changed_rows] == [(3, "2")]
    assert [event.recorded for event in await everything(intake)] == before


async def test_a_reference_told_again_in_the_same_file_is_stored_once(intake, tmp_path):
    told = ["1|2020-03-01|C-1|a|", "1|2020-03-01|C-1|a|", "1|2020-03-01|C-1|b|"]
    assert counts(await imported(intake, table(tmp_path, *told))) == (3, 1, 1, 1, 0, 1)
    assert (await complaints(intake))["1"].data_flags == ("same_row_twice",)


async def test_a_dry_run_stores_nothing_and_tells_what_would_be(intake, tmp_path):
    path = table(tmp_path, *rows(3), "4|soon|C|x|")
    report = await imported(intake, path, dry_run=True)
    assert counts(report) == (4, 3, 0, 0, 1, 0)
    assert report.dry_run
    assert await everything(intake) == []
    await imported(intake, path)
    assert counts(await imported(intake, path, dry_run=True)) == (4, 0, 3, 0, 1, 0)


async def test_refused_rows_go_to_a_file_with_line_and_reason_and_can_be_mended(intake, tmp_path):
    path = table(tmp_path, "1|2020-03-01|C-1|a|", "2|soon|C-2|b|", "3|2020-03-01")
    report = await imported(intake, path)
    assert counts(report) == (3, 1, 0, 0, 2, 0)
    assert report.rejected_file == tmp_path / "table.csv.rejected.csv"
    with report.rejected_file.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["line", "reason", *HEADER.split("|")],
            ["3", "Received (complaint.received_at): 'soon' is not a date of the form YYYY-MM-DD", "2", "soon", "C-2", "b", ""],
            ["4", "the row has 2 values, the header names 5", "3", "2020-03-01"],
        ]
    assert [(one.line, one.what) for one in report.refused_rows][1] == (4, "the row has 2 values, the header names 5")

    mended = await imported(intake, table(tmp_path, "1|2020-03-01|C-1|a|", "2|2020-03-02|C-2|b|", "3|2020-03-01|||"))
    assert counts(mended) == (3, 2, 1, 0, 0, 0)
    assert not (tmp_path / "table.csv.rejected.csv").exists()


async def test_doubtful_complaints_are_taken_in_flagged_and_listed(intake, tmp_path):
    report = await imported(intake, table(tmp_path, "1|2020-03-05|C-1|a|2020-03-01", "2|2020-03-05|C-1|a|2020-03-06"))
    assert counts(report) == (2, 2, 0, 0, 0, 1)
    assert [(one.line, one.external_ref, one.flag) for one in report.doubtful_rows] == [(2, "1", "closed_before_received")]
    found = await complaints(intake)
    assert (found["1"].data_flags, found["2"].data_flags) == (("closed_before_received",), ())


async def test_an_imported_complaint_is_recorded_as_a_posted_one_but_for_its_history(intake, tmp_path):
    await imported(intake, table(tmp_path, "CRM-1|2020-03-01|C-1|It leaks|2020-03-09"))
    (from_file,) = (await complaints(intake)).values()
    posted = ReceiveComplaint(
        channel="other",
        content_class="service_quality",
        received_at=day("2020-03-01"),
        external_ref="CRM-1",
        description="It leaks",
        customer=Customer(ref="C-1"),
    )
    complaint_id = uuid4()
    await intake.commands.handle(COMPLAINT, complaint_id, posted, Asked(IMPORTER), new=True)
    received, acknowledged = [e.data for e in await intake.store.stream(complaint_id)]
    assert isinstance(acknowledged, ComplaintAcknowledged)  # nobody tells an imported complaint's person anything

    own = {"complaint_id", "number", "history", "description"}
    assert from_file.model_dump(exclude=own) == received.model_dump(exclude=own)
    assert type(from_file.description) is type(received.description)  # sealed in both
    (only,) = from_file.history.rounds
    assert (from_file.history.source, only.received_at, only.closed, only.closed_at) == ("test", day("2020-03-01"), True, day("2020-03-09"))


async def test_what_is_sealed_stands_nowhere_in_clear(intake, tmp_path):
    await imported(intake, table(tmp_path, "1|2020-03-01|C-1|MARKED TEXT|"))
    assert all(b"MARKED TEXT" not in event.recorded.data for event in await everything(intake))


async def test_two_imports_of_one_source_do_not_run_at_once(intake, tmp_path):
    path = table(tmp_path, *rows(3))
    results = await asyncio.gather(imported(intake, path), imported(intake, path), return_exceptions=True)
    refused = [result for result in results if isinstance(result, AlreadyImporting)]
    assert [str(error) for error in refused] == ["An import of test is running already; wait until it has finished."]
    assert len(await complaints(intake)) == 3


async def test_progress_counts_rows_to_the_last(intake, tmp_path, small_batches):
    seen: list[tuple[int, int]] = []
    await imported(intake, table(tmp_path, *rows(5), "6|soon|||"), progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 6), (4, 6), (6, 6)]


async def test_coverage_that_is_told_later_is_an_import_of_its_own(intake, tmp_path):
    path = table(tmp_path, *rows(2))
    await imported(intake, path)
    told = {**MAPPING, "source": {**MAPPING["source"], "covers_to": "2020-03-31"}}
    report = await imported(intake, path, told)
    assert (counts(report), report.covers_to) == ((2, 0, 2, 0, 0, 0), date(2020, 3, 31))
    last = (await intake.store.stream(stream_of("test")))[-1].data
    assert (last.covers_from, last.covers_to) == (date(2020, 3, 1), date(2020, 3, 31))


async def test_an_empty_table_is_an_import_of_nothing(intake, tmp_path):
    assert counts(await imported(intake, table(tmp_path, header="Ref|Received"), PLAIN)) == (0, 0, 0, 0, 0, 0)
