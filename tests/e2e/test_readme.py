"""Does README say what is so? Its commands are run as they stand there, on the demo data it promises."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.running import Running, environment, follow

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(name: str) -> list[str]:
    return BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
async def made_up(tmp_path_factory):
    """`make up`, in this checkout, on a folder of its own."""
    data = tmp_path_factory.mktemp("readme") / "data"
    process = await asyncio.create_subprocess_exec(
        "make", "--silent", "up", f"ARGS=--data {data} --port 0", cwd=ROOT, env=environment(data),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    running = await follow(data, process)
    try:
        yield running
    finally:
        await running.stop_group()


async def demo_is_in(running: Running) -> str:
    async with asyncio.timeout(180):
        while not (said := [line for line in running.said if line.startswith("Demo data")]):
            await running.heard()
    return said[0]


async def test_make_up_fills_the_demo_with_what_readme_promises(made_up: Running):
    assert blocks("README.md")[0].strip() == "make up"
    assert "59,119" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert await demo_is_in(made_up) == "Demo data: 59119 rows read, 59097 complaints new, 0 there before.\n"


async def test_every_command_of_readme_works(made_up: Running, tmp_path: Path):
    await demo_is_in(made_up)
    _, _, *rest = blocks("README.md")
    script = "\necho\n".join(["set -euo pipefail", *rest])
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=tmp_path, env={**environment(tmp_path), "URL": made_up.url, "ADMIN": made_up.admin},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    said = out.decode()
    assert process.returncode == 0, err.decode() + said
    for expected in ('"task":"assess"', "routing.case-assessed.v1", "routing.remedy-offered.v1", '"name":"worst"', '"period":"2014-05"'):
        assert expected in said


async def test_the_demos_figures_are_those_of_its_file(made_up: Running):
    """59,119 rows are 59,097 complaints over 72 full months; 22 were received again and show as reopened."""
    await demo_is_in(made_up)
    token = await made_up.token("Zhou Lan", ["analyst"])
    async with made_up.client(token) as analyst:
        years = [(await analyst.get(f"/api/v1/reports/annual/{year}")).json() for year in range(2010, 2016)]
    months = [month for year in years for month in year["months"]]
    assert len([month for month in months if month["complete"]]) == 72
    assert sum(year["totals"]["received"] for year in years) == 59_097
    assert sum(year["totals"]["reopened"] for year in years) == 22


def test_both_languages_name_the_same_commands():
    assert blocks("README.zh-CN.md") == blocks("README.md")[:2]
    assert blocks("README.md")[1].strip() == "make test"
