"""What does an operator read when a service cannot start as a process of its own, or a command finds nothing that runs?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from conftest import Database
from shared.keys import Keys
from shared.postgres.connect import Dsn, connect
from tests.running import redress


@pytest.fixture
def key_files(keys: Keys, tmp_path: Path) -> Mapping[str, str]:
    """The settings that name the files of the tests' own keys."""
    assert keys.signing is not None
    pem = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files = {
        "master": keys.master.hex().encode(),
        "signing": keys.signing.private_bytes(*pem),
        "checkpoint": keys.checkpoint.private_bytes(*pem),
        "verify": keys.verify.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return {f"REDRESS_{name.upper()}_KEY_FILE": str(tmp_path / name) for name in files}


def url(dsn: Dsn) -> str:
    return f"postgresql://{dsn.user}:{dsn.password}@/{dsn.database}?host={dsn.host}"


async def refused(data: Path, *arguments: str, expected: int = 1, **more: str) -> str:
    """The sentence; no stack trace stands around it."""
    status, out, err = await redress(data, *arguments, **more)
    assert status == expected, err + out
    assert "Traceback" not in err
    return err.strip()


async def test_serve_needs_a_database_that_others_can_share(tmp_path):
    assert "REDRESS_DATABASE_URL" in await refused(tmp_path / "data", "serve", "intake", "--port", "0")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "named"), [(("serve", "billing"), "billing"), (("serve", "intake", "--only", "views"), "views"), (("serve",), "SERVICE")]
)
async def test_what_is_no_service_and_no_part_is_named(tmp_path, arguments, named):
    assert named in await refused(tmp_path / "data", *arguments, expected=2)


async def test_serve_before_migrate(database: Database, key_files, tmp_path):
    owner = replace(database.owner, database=f"{database.owner.database}_new")
    at = await connect(replace(database.owner, database="postgres"), "public")
    await at.execute(f"create database {owner.database}")
    try:
        sentence = await refused(tmp_path / "data", "serve", "intake", "--port", "0", REDRESS_DATABASE_URL=url(owner), **key_files)
        assert sentence.endswith("run redress migrate.")
    finally:
        await at.execute(f"drop database {owner.database} with (force)")
        await at.close()


async def test_serve_needs_its_key_files(database: Database, key_files, tmp_path):
    some = {name: file for name, file in key_files.items() if "CHECKPOINT" not in name}
    sentence = await refused(tmp_path / "data", "serve", "intake", "--port", "0", REDRESS_DATABASE_URL=url(database.owner), **some)
    assert "REDRESS_CHECKPOINT_KEY_FILE" in sentence


async def test_only_intake_needs_to_sign_tokens(database: Database, key_files, tmp_path):
    some = {name: file for name, file in key_files.items() if "SIGNING" not in name}
    sentence = await refused(tmp_path / "data", "serve", "intake", "--port", "0", REDRESS_DATABASE_URL=url(database.owner), **some)
    assert "REDRESS_SIGNING_KEY_FILE" in sentence


async def test_the_gateway_names_the_service_it_cannot_find(tmp_path):
    instances = {f"REDRESS_GATEWAY_{name}": "http://127.0.0.1:1" for name in ("INTAKE", "ROUTING", "SURVEY", "REPORTING")}
    assert "REDRESS_GATEWAY_CAPA" in await refused(tmp_path / "data", "gateway", "--port", "0", **instances)


async def test_a_command_that_waits_for_processes_says_when_there_are_none(database: Database, key_files, tmp_path):
    where = {"REDRESS_DATABASE_URL": url(database.owner), **key_files}
    said = await asyncio.gather(
        refused(tmp_path / "data", "report", "monthly", "2026-10", **where),
        refused(tmp_path / "data", "import", str(Path(__file__)), "--mapping", str(_mapping(tmp_path)), **where),
    )
    for sentence in said:
        assert "intake" in sentence
        assert "redress serve" in sentence


async def test_others_need_nothing_that_runs(database: Database, key_files, tmp_path):
    where = {"REDRESS_DATABASE_URL": url(database.owner), **key_files}
    for arguments in (("token", "create", "Li Na", "--role", "auditor"), ("verify",), ("rebuild",), ("migrate", "--json")):
        status, out, err = await redress(tmp_path / "data", *arguments, **where)
        assert status == 0, err + out
    status, out, _ = await redress(tmp_path / "data", "doctor", **where)
    assert status == 1
    assert "intake: no relay of it was heard of; is it running?" in out


def _mapping(folder: Path) -> Path:
    """One that fits some table."""
    mapping = folder / "mapping.toml"
    mapping.write_text(
        '[source]\nname = "x"\n[complaint]\nexternal_ref = "A"\nreceived_at = "B"\nchannel = { value = "other" }\ncontent_class = { value = "service_quality" }\n'
    )
    return mapping
