"""The repository keeps what it has published; and the check finds each way of breaking it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from shared.contracts import CATALOGUE
from shared.contracts.check import kept, problems
from shared.contracts.event import Event, Sealed, event
from shared.contracts.generate import FOLDER, Catalogue, broken, example_file, generated, schema_file, write
from shared.contracts.upcast import Upcaster, current, upcast
from shared.contracts.vocabulary import Value
from shared.envelope import decode


@event("capa.step-done.v1")
class StepDone(Event):
    number: str
    on: str = "today"
    evidence: Sealed[str] | None = None


@event("capa.step-done.v2")
class StepDoneAnew(Event):
    step: str
    on: str = "today"


@event("capa.step-done.v1")
class StepRenamed(Event):
    step: str
    on: str = "today"
    evidence: Sealed[str] | None = None


@event("capa.step-overdue.v1")
class StepOverdue(Event):
    number: str


class Rule(Value):
    name: str
    since: str | None = None


@event("reporting.judged.v1")
class Judged(Event):
    rules: tuple[Rule, ...]


def of(*classes: type[Event]) -> Mapping[str, type[Event]]:
    return {cls.TYPE: cls for cls in classes}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    write(tmp_path, of(StepDone))
    return tmp_path


def test_the_repository_keeps_what_it_has_published():
    assert problems() == []


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_golden_example_is_decoded_by_todays_code(kind):
    golden = (FOLDER / example_file(kind)).read_bytes()
    read = decode(kind, golden).model_dump(mode="json")
    assert kept(json.loads(golden), read)


def test_what_was_just_written_holds(published):
    assert problems(published, of(StepDone)) == []


def test_writing_again_changes_nothing(published):
    assert write(published, of(StepDone)) == []


def test_a_missing_file_is_told(published):
    (published / schema_file(StepDone.TYPE)).unlink()
    assert any("is missing" in problem for problem in problems(published, of(StepDone)))


def test_a_file_changed_by_hand_is_told(published):
    file = published / "asyncapi.json"
    file.write_text(file.read_text().replace("Redress", "Regress"))
    assert problems(published, of(StepDone)) == ["asyncapi.json is out of date; run: python -m shared.contracts.generate"]


def test_an_incompatible_change_is_told(published):
    assert any("/number was removed or renamed" in problem for problem in broken(published, of(StepRenamed)))


def test_a_registry_that_shrank_is_told(published):
    assert any("no class or upcaster reads it" in problem for problem in problems(published, {}))


def test_a_new_type_needs_its_golden_example(published):
    write(published, of(StepDone, StepOverdue))
    (published / example_file(StepOverdue.TYPE)).unlink()
    assert problems(published, of(StepDone, StepOverdue)) == [
        f"{example_file(StepOverdue.TYPE)} is missing; run: python -m shared.contracts.generate"
    ]


def test_a_golden_example_that_cannot_be_read_is_told(published):
    file = published / example_file(StepDone.TYPE)
    file.write_text(file.read_text().replace('"C-2026-000123"', "7"))
    assert any("cannot be read any more" in problem for problem in problems(published, of(StepDone)))


def test_a_golden_example_that_is_read_only_in_part_is_told(published):
    file = published / example_file(StepDone.TYPE)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"forgotten": 1}))
    assert any("read differently than written: forgotten" in problem for problem in problems(published, of(StepDone)))


def test_what_lies_deeper_in_a_golden_example_may_have_got_optional_parts_since_and_lost_none(published):
    write(published, of(StepDone, Judged))
    assert problems(published, of(StepDone, Judged)) == []
    file = published / example_file(Judged.TYPE)
    golden = json.loads(file.read_text())
    del golden["rules"][0]["since"]
    file.write_text(json.dumps(golden))
    assert problems(published, of(StepDone, Judged)) == []
    golden["rules"][0]["forgotten"] = 1
    file.write_text(json.dumps(golden))
    assert any("read differently than written: rules" in problem for problem in problems(published, of(StepDone, Judged)))


def test_a_golden_example_is_never_written_again(published):
    golden = (published / example_file(StepDone.TYPE)).read_text()
    write(published, of(StepRenamed))
    assert (published / example_file(StepDone.TYPE)).read_text() == golden


def test_a_golden_example_changed_after_its_commit_is_told(published):
    git(published, "init", "--quiet")
    commit(published)
    assert problems(published, of(StepDone)) == []
    file = published / example_file(StepDone.TYPE)
    file.write_text(file.read_text().replace("today", "2026-11-20").replace("C-2026-000123", "C-2026-000124"))
    commit(published)
    assert problems(published, of(StepDone)) == [
        f"{example_file(StepDone.TYPE)} was changed or removed after it was committed; golden examples stay for ever"
    ]


def test_an_upcaster_reads_the_old_version(published):
    upcasters = {StepDone.TYPE: Upcaster(StepDoneAnew.TYPE, lambda old: {"step": old["number"], **without(old, "number", "evidence")})}
    catalogue: Catalogue = of(StepDoneAnew)
    write(published, catalogue)
    assert problems(published, catalogue, upcasters) == []
    assert current(StepDone.TYPE, upcasters) == StepDoneAnew.TYPE
    assert upcast(StepDone.TYPE, {"number": "7"}, upcasters) == {"step": "7"}


def test_every_topic_and_message_is_in_the_asyncapi_document():
    document = json.loads(generated()["asyncapi.json"])
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert addresses == {f"redress.{name}" for name in ("intake", "routing", "capa", "survey", "reporting", "watermarks")}
    assert set(CATALOGUE) < set(document["components"]["messages"])


def test_every_reference_in_the_asyncapi_document_leads_somewhere():
    document = json.loads(generated()["asyncapi.json"])
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def references(part: object) -> list[str]:
    if isinstance(part, list):
        return [found for inner in part for found in references(inner)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
    return own + [found for inner in part.values() for found in references(inner)]


def without(body: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in body.items() if name not in names}


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "--message", "published")
