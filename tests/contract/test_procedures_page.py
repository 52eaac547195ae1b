"""Does docs/procedures.md say of every requirement where it is met, and is all that it names there?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/procedures.md").read_text(encoding="utf-8")
REQUIRED = [
    *(f"IN-{n}" for n in range(1, 12)), *(f"RT-{n}" for n in (*range(1, 11), *range(13, 17))), *(f"CA-{n}" for n in range(1, 9)), "SV-8",
    *(f"RP-{n}" for n in (1, 2, 3, 8)),
]  # fmt: skip
PRINCIPLES = [
    "commitment", "capacity", "transparency", "accessibility", "responsiveness", "objectivity", "no charge", "information integrity",
    "confidentiality", "customer focus", "accountability", "improvement", "competence", "timeliness",
]  # fmt: skip
PLACE = re.compile(r"`((?:services|shared|tests|policy|docs)/[\w/.-]+)(?:::(\w+))?`")
CALL = re.compile(r"`(?:GET|POST|PUT|PATCH|DELETE)(?:/[A-Z]+)* (/[^`\s?]+)")
ROWS = {row.split(" | ")[0].strip("| "): row for row in PAGE.splitlines() if row.startswith("| ")}


@pytest.mark.parametrize("name", [*REQUIRED, *PRINCIPLES])
def test_each_requirement_and_principle_names_code_and_a_test(name: str):
    places = PLACE.findall(ROWS[name])
    assert [path for path, test in places if not path.startswith("tests/") and not test], "no code"
    assert [path for path, test in places if test or Path(path).name.startswith("test_")], "no test"


def test_no_requirement_is_named_twice():
    first = [row.split(" | ")[0].strip("| ") for row in PAGE.splitlines() if row.startswith("| ")]
    assert sorted(one for one in first if one in {*REQUIRED, *PRINCIPLES}) == sorted([*REQUIRED, *PRINCIPLES])


@pytest.mark.parametrize(("path", "test"), sorted(set(PLACE.findall(PAGE))))
def test_what_the_page_names_is_there(path: str, test: str):
    assert (ROOT / path).is_file()
    if test:
        assert re.search(rf"^(async )?def {test}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE), f"{path} has no {test}"


def test_the_calls_it_names_are_built():
    doors = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "services").glob("*/*_api.py"))
    doors += "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "services").glob("*/api.py"))
    for path in sorted(set(CALL.findall(PAGE))):
        last = next(part for part in reversed(path.split("/")) if part and not part.startswith("{"))
        assert re.search(rf'"[^"]*/{re.escape(last)}[/"]', doors), path
