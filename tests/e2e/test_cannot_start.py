"""What does an operator read when something is in the way? One sentence, exit status 1 (2: asked wrongly), nothing lost."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.running import Running, environment, product, redress

ROOT = Path(__file__).resolve().parents[2]


async def refused(data: Path, *arguments: str, expected: int = 1, **more: str) -> str:
    """The sentence; no stack trace stands around it."""
    status, _, err = await redress(data, *arguments, **more)
    assert status == expected, err
    assert "Traceback" not in err
    return err.strip()


async def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        sentence = await refused(tmp_path / "data", "up", "--port", port)
    assert port in sentence
    assert "--port" in sentence
    assert not (tmp_path / "data").exists()


async def test_a_second_owner_is_told_the_first_ones_pid(running: Running):
    assert str(running.pid) in await refused(running.data, "up", "--port", "0")


async def test_other_commands_join_what_runs(running: Running):
    status, out, err = await redress(running.data, "doctor")
    assert status == 0, err + out
    assert "joined" in out


async def test_an_unknown_setting_is_named(tmp_path):
    assert "REDRESS_PROT" in await refused(tmp_path / "data", "up", REDRESS_PROT="8080")


async def test_an_unreachable_server_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    keys = {name: str(tmp_path / name) for name in ("master", "signing", "checkpoint")}
    sentence = await refused(
        tmp_path / "data", "migrate", REDRESS_DATABASE_URL=f"postgresql://owner:secret@127.0.0.1:{port}/redress",
        REDRESS_MASTER_KEY_FILE=keys["master"], REDRESS_SIGNING_KEY_FILE=keys["signing"], REDRESS_CHECKPOINT_KEY_FILE=keys["checkpoint"],
    )  # fmt: skip
    assert "secret" not in sentence


async def test_the_demo_does_not_mix_with_other_data(tmp_path):
    data = tmp_path / "data"
    async with product(data) as running:
        token = await running.token("Li Na", ["desk"], ["desk"])
        async with running.client(token) as http:
            body = {"channel": "phone", "content_class": "service_quality", "description": "mine"}
            assert (await http.post("/api/v1/complaints", json=body)).is_success
    assert "--demo" in await refused(data, "up", "--port", "0", "--demo")


async def test_a_folder_keeps_its_clock(tmp_path):
    real, manual = tmp_path / "real", tmp_path / "manual"
    async with product(real), product(manual, "--manual-clock"):
        pass
    assert "real clock" in await refused(real, "up", "--port", "0", "--manual-clock")
    assert "manual clock" in await refused(manual, "up", "--port", "0")


@pytest.mark.parametrize(
    ("content", "named"),
    [("[source]\nname = 'x'\n[complaint]\nchanel = 'A'\n", "chanel"), ("[source\n", "TOML"), ("[source]\nname = 'x'\n", "channel")],
)
async def test_a_wrong_mapping_is_named_before_anything_is_stored(tmp_path, content, named):
    table, mapping = tmp_path / "table.csv", tmp_path / "mapping.toml"
    table.write_text("A,B\n1,2\n")
    mapping.write_text(content)
    sentence = await refused(tmp_path / "data", "import", str(table), "--mapping", str(mapping), expected=2)
    assert named.lower() in sentence.lower()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("token", "create", "X", "--role", "clerk"), "clerk"),
        (("report", "monthly", "2014-13"), "2014-13"),
        (("report", "monthly", "2014"), "2014"),
        (("report", "annual", "14"), "14"),
    ],
)
async def test_what_cannot_be_is_named_before_anything_starts(tmp_path, arguments, named):
    assert named in await refused(tmp_path / "data", *arguments, expected=2)
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("X", "--role", "department", "--department", "nowhere"), "department"),
        (("X", "--role", "desk", "--head-of", "nowhere"), "head_of"),
    ],
)
async def test_a_token_that_cannot_be_is_one_sentence(running: Running, arguments, named):
    sentence = await refused(running.data, "token", "create", *arguments, expected=2)
    assert named in sentence
    assert "\n" not in sentence


async def test_used_wrongly_is_status_2(tmp_path):
    status, _, _ = await redress(tmp_path / "data", "up", "--no-such-option")
    assert status == 2


def test_every_setting_is_explained():
    explained = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert "REDRESS_DATABASE_URL" in explained
    assert not [name for name in environment(ROOT) if name.startswith("REDRESS_") and name not in explained]
