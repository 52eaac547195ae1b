"""An import starts, goes on when it was cut off, and finishes once."""

from __future__ import annotations

from datetime import date

from services.intake.importing.identity import stream_of
from services.intake.importing.import_run import IMPORT_RUN, FinishImport, StartImport
from shared.contracts.intake import ImportFinished, ImportStarted
from shared.testing.scenario import happened, scenario

given = scenario(IMPORT_RUN, stream_of("test"))
START = StartImport("test", "table.csv")
FINISH = FinishImport("test", 5, 4, 0, 0, 1, 0, (date(2020, 1, 1), date(2020, 3, 31)))


def test_it_starts_and_finishes():
    given().when(START).then(happened(ImportStarted, source="test", file_name="table.csv")).when(FINISH).then(
        happened(ImportFinished, rows=5, complaints=4, refused=1, covers_to=date(2020, 3, 31))
    )


def test_one_that_was_cut_off_is_still_the_same_import():
    started = given().when(START).events
    given(*started).when(START).nothing()


def test_what_does_not_run_cannot_finish():
    given().when(FINISH).refused("not-running")
    given().when(START).then(happened(ImportStarted)).when(FINISH).then(happened(ImportFinished)).when(FINISH).refused("not-running")


def test_each_import_of_a_source_has_an_id_of_its_own():
    first = given().when(START)
    done = first.then(happened(ImportStarted)).when(FINISH).then(happened(ImportFinished))
    (again,) = done.when(START).events
    assert again.import_id != first.events[0].import_id
