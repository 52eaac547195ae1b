"""Does docs/analysis.md say what is so? Its examples are run as they stand there, and their answers compared with those printed."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from services.reporting.analysis.methods import METHODS
from tests.running import Running, environment

PAGE = Path(__file__).resolve().parents[2] / "docs" / "analysis.md"
EXAMPLE = re.compile(r"^### (?P<method>[a-z-]+)\n.*?^```sh\n(?P<command>.*?)^```\n\n```json\n(?P<answer>.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def examples() -> dict[str, tuple[str, object]]:
    found = EXAMPLE.finditer(PAGE.read_text(encoding="utf-8"))
    return {one["method"]: (one["command"], json.loads(one["answer"])) for one in found}


def numbers(value: object) -> object:
    """The same value with each number as near as the page prints it."""
    match value:
        case bool():
            return value
        case int() | float():
            return pytest.approx(value, rel=1e-4, abs=1e-4)
        case list():
            return [numbers(one) for one in value]
        case dict():
            return {name: numbers(one) for name, one in value.items()}
        case _:
            return value


def test_every_method_has_its_example(examples: dict[str, tuple[str, object]]):
    assert set(examples) == set(METHODS)


async def test_every_example_answers_what_the_page_prints(examples: dict[str, tuple[str, object]], running: Running, tmp_path: Path):
    token = await running.token("Zhou Lan", ["analyst"])
    script = "\necho\n".join(["set -euo pipefail", *(command for command, _ in examples.values())])
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=tmp_path, env={**environment(tmp_path), "URL": running.url, "TOKEN": token},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, wrong = await process.communicate()
    assert process.returncode == 0, wrong.decode()
    answers = [json.loads(line) for line in said.decode().splitlines() if line]
    assert answers == [numbers(answer) for _, answer in examples.values()]
