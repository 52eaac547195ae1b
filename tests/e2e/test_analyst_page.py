"""Does docs/analyst.md say what is so? Its seven questions are asked as they stand there, of the demo data, and the answers compared."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import openpyxl
import pytest

from tests.e2e.pages import answers, numbers
from tests.running import Running, product, redress

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMAND = re.compile(r"^```sh\n(.*?)^```(?:\n\n```json\n(.*?)^```)?", re.MULTILINE | re.DOTALL)
WITHIN = 300.0  # seconds, the months' judging included


def blocks(name: str) -> list[tuple[str, str]]:
    return COMMAND.findall((DOCS / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
async def demo(tmp_path_factory: pytest.TempPathFactory):
    """The product with the demo data in it."""
    async with product(tmp_path_factory.mktemp("analyst") / "data", "--demo") as running:
        async with asyncio.timeout(300):
            while not any(line.startswith("Demo data") for line in running.said):
                await running.heard()
        yield running


async def test_every_question_is_answered_as_the_page_prints(demo: Running, tmp_path: Path):
    make_up, *rest = blocks("analyst.md")
    assert make_up[0].startswith("make up")
    async with asyncio.timeout(WITHIN):
        found = await answers([command for command, _ in rest], tmp_path, URL=demo.url, ADMIN=demo.admin)
    assert found == [numbers(json.loads(answer)) for _, answer in rest if answer]


async def test_the_forms_of_the_demo_are_handed_out_in_both_languages(demo: Running):
    token = await demo.token("Sun Yi", ["analyst"])
    async with demo.client(token) as analyst:
        for lang, title in (("en", "Annual summary of complaints"), ("zh-CN", "顾客投诉/抱怨汇总处理表")):
            page = await analyst.get("/api/v1/reports/annual/2015.html", params={"lang": lang})
            assert title in page.text
            assert page.text.count("<svg") == 4
            assert (await analyst.get("/api/v1/reports/annual/2015.xlsx", params={"lang": lang})).content[:2] == b"PK"


async def test_the_workbook_is_written_from_the_command_line_too(demo: Running, tmp_path: Path):
    file = tmp_path / "summary.xlsx"
    status, said, wrong = await redress(demo.data, "report", "monthly", "2015-05", "--xlsx", str(file), "--lang", "zh-CN")
    assert (status, said) == (0, f"Written to {file}.\n"), wrong
    assert openpyxl.load_workbook(file)["说明"]["A1"].value == "顾客投诉/抱怨汇总处理表（月度）"


def test_both_languages_show_the_same_commands_and_answers():
    assert blocks("analyst.zh-CN.md") == blocks("analyst.md")


def test_there_are_seven_questions_in_both_languages():
    for name in ("analyst.md", "analyst.zh-CN.md"):
        questions = re.findall(r"^## (\d)\. .*[?？]$", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert questions == [str(n) for n in range(1, 8)]
