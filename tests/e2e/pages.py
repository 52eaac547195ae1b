"""How is what a page of the documentation prints held to what the product answers? Its commands are run as they stand, in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.running import environment


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


async def answers(commands: Sequence[str], folder: Path, **given: str) -> list[Any]:
    """What they print, one JSON value a line; all of them must succeed."""
    script = "\necho\n".join(["set -euo pipefail", *commands])
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=folder, env={**environment(folder), **given},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, wrong = await process.communicate()
    assert process.returncode == 0, wrong.decode() + said.decode()
    return [json.loads(line) for line in said.decode().splitlines() if line]
