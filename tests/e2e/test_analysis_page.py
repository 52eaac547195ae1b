"""Does docs/analysis.md say what is so? Its examples are run as they stand there, and their answers compared with those printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from services.reporting.analysis.methods import METHODS
from tests.e2e.pages import answers, numbers
from tests.running import Running

PAGE = Path(__file__).resolve().parents[2] / "docs" / "analysis.md"
EXAMPLE = re.compile(r"^### (?P<method>[a-z-]+)\n.*?^```sh\n(?P<command>.*?)^```\n\n```json\n(?P<answer>.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def examples() -> dict[str, tuple[str, object]]:
    found = EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))
    return {one["method"]: (one["command"], json.loads(one["answer"])) for one in found}


def test_every_method_has_its_example(examples: dict[str, tuple[str, object]]):
    assert set(examples) == set(METHODS)


async def test_every_example_answers_what_the_page_prints(examples: dict[str, tuple[str, object]], running: Running, tmp_path: Path):
    token = await running.token("Zhou Lan", ["analyst"])
    found = await answers([command for command, _ in examples.values()], tmp_path, URL=running.url, TOKEN=token)
    assert found == [numbers(answer) for _, answer in examples.values()]
