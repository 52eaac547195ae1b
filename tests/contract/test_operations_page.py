"""Does docs/operations.md name everything an operator can set, measure, or read in a log, and nothing that is not there?"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from services.cli import app
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
FOR_DOCKER = re.compile(r"^```sh docker\n(.*?)^```", re.MULTILINE | re.DOTALL)
METRIC = re.compile(r"\"(redress_[a-z_]+)\"")
LINE = re.compile(r"\blog\.(error|warning|info)\(\s*\"([^\"]+)\"")
LINKED = re.compile(r"\]\((#[^)]+)\)")


def rows(heading: str) -> list[list[str]]:
    """The cells of the tables below this heading."""
    _, found, rest = PAGE.partition(f"\n## {heading}\n")
    assert found, heading
    lines = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def sources() -> Iterator[str]:
    for folder in ("services", "shared"):
        for file in (ROOT / folder).rglob("*.py"):
            if "tests" not in file.parts:
                yield file.read_text(encoding="utf-8")


def test_every_setting_is_explained_with_its_default():
    told = {row[0].strip("`"): row[1].strip("`") for row in rows("Settings") if row[0].startswith("`REDRESS_")}
    fields = {f"REDRESS_{name.upper()}": field.default for name, field in Settings.model_fields.items() if name != "manual_clock"}
    assert told == {name: "–" if default is None else str(default) for name, default in fields.items()}


def test_every_setting_stands_in_the_file_to_copy():
    given = re.findall(r"^#(REDRESS_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(given) == sorted(f"REDRESS_{name.upper()}" for name in Settings.model_fields if name != "manual_clock")


def test_every_metric_is_explained():
    told = {name for row in rows("What each alarm means") for name in named(row[0]) if name.startswith("redress_")}
    assert told == {name for source in sources() for name in METRIC.findall(source)}


def test_every_line_of_the_log_is_explained_with_its_level():
    told = {
        (row[1], name)
        for row in rows("What each alarm means")
        if len(row) == 3 and row[1] in ("error", "warning", "info")
        for name in named(row[0])
    }
    assert told == {line for source in sources() for line in LINE.findall(source)}


@pytest.mark.parametrize("says", [row[0] for row in rows("What each alarm means") if len(row) == 3 and not row[0].startswith("`")])
def test_what_readyz_says_is_in_the_code(says: str):
    if says == "---" or "`readyz`" in says:
        return
    words = [part for part in re.split(r"\d+|…|views|reactions|intake/|redress\.intake/|[:;,()]", says) if part.strip(" s.")]
    code = "\n".join(sources())
    for part in words:
        assert part.strip() in code, part


def test_commands_for_docker_name_what_there_is():
    """Services of the compose file, commands of `redress`, files of the repository."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    commands = typer.main.get_command(app).commands
    typed = [shlex.split(line) for block in FOR_DOCKER.findall(PAGE) for line in block.splitlines()]
    assert {words[1] for words in typed if words[0] == "docker"} <= {"compose", "build"}
    for words in typed:
        for option, value in itertools.pairwise(words):
            if option == "-f":
                assert (ROOT / value).is_file()
        if "tools" in words:
            assert words[words.index("tools") + 1] in commands
        for word in words:
            named_service = re.fullmatch(r"(?:--scale=)?(\w+)(?:=\d+|:/var/lib/redress/admin\.token)", word)
            assert named_service is None or named_service[1] in services
        if words[:3] in (["docker", "compose", "exec"], ["docker", "compose", "logs"]):
            assert any(word in services for word in words[3:])


def test_every_link_within_the_page_leads_somewhere():
    headings = {
        "#" + re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-") for line in PAGE.splitlines() if line.startswith("#")
    }
    assert set(LINKED.findall(PAGE)) <= headings
