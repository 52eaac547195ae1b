"""Do the files that deploy the product fit the product? Checked without an engine: what was run on one is told in docs/operations.md."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from services.cli import app
from shared.contracts.vocabulary import SERVICES
from shared.keys import load_or_make
from shared.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
PROCESSES = {"migrate", "tools", "gateway", *SERVICES}
OWNERS = {"postgres", "migrate", "tools"}


def compose(name: str = "docker-compose.yml", **given: str) -> dict[str, Any]:
    """The file as it is with nothing set, or with this."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return yaml.safe_load(VARIABLE.sub(lambda found: given.get(found[1], found[2] or ""), text))


def secrets_of(service: dict[str, Any]) -> set[str]:
    return {one if isinstance(one, str) else one["source"] for one in service.get("secrets", [])}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """What deploy/secrets makes."""
    folder = tmp_path_factory.mktemp("deploy") / "secrets"
    subprocess.run([ROOT / "deploy/secrets", folder], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_every_command_of_the_compose_file_is_one_of_redress(name: str):
    command, *arguments = compose()["services"][name]["command"]
    group = typer.main.get_command(app)
    context = group.commands[command].make_context(command, list(arguments))
    assert context.params.get("service") == (name if command == "serve" else None)


def test_each_service_runs_once_with_all_its_parts():
    served = [service["command"][1:] for service in compose()["services"].values() if (service.get("command") or [""])[0] == "serve"]
    assert sorted(served) == sorted([name] for name in SERVICES)


def test_the_split_service_has_all_parts_once():
    split = compose("deploy/split.yml")["services"]
    assert sorted(service["command"][-1] for service in split.values()) == ["api", "consumers", "relay"]
    assert {service["command"][1] for service in split.values()} == {"routing"}


def test_only_the_gateway_is_reached_from_outside_and_only_from_this_machine():
    published = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:8080:8080"]}


def test_every_setting_in_the_compose_file_is_a_setting():
    known = {f"REDRESS_{name.upper()}" for name in Settings.model_fields}
    for name in PROCESSES:
        given = {key for key in compose()["services"][name].get("environment", {}) if key.startswith("REDRESS_")}
        assert given
        assert given <= known


def test_every_secret_of_the_compose_file_is_made_by_the_script(made: Path):
    secrets = compose(SECRETS=str(made))["secrets"]
    used = set().union(*(secrets_of(service) for service in compose()["services"].values()))
    assert used == set(secrets)
    for secret in secrets.values():
        assert Path(secret["file"]).is_file()


def test_a_service_has_no_key_that_it_does_not_need():
    services = compose()["services"]
    assert {name for name, service in services.items() if "signing.key" in secrets_of(service)} == {"intake", "tools"}
    assert {name for name, service in services.items() if secrets_of(service) & {"pgpass", "database.password"}} == OWNERS
    assert not secrets_of(services["gateway"])
    for name in SERVICES:
        assert {one for one in secrets_of(services[name]) if one.startswith("checkpoint.")} == {f"checkpoint.{name}.key"}


def test_no_process_of_ours_is_root_or_may_become_it():
    for name in PROCESSES:
        process = compose()["services"][name]
        assert process["user"] == "10001:10001"
        assert process["cap_drop"] == ["ALL"]
        assert process["security_opt"] == ["no-new-privileges:true"]
    users = re.findall(r"^USER (.*)$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert users[-1] == "10001:10001"


def test_the_script_makes_keys_that_fit_readable_by_nobody_else(made: Path):
    for path in (made, *made.rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path
    for service in SERVICES:
        keys = load_or_make(Settings(
            _env_file=None, database_url="postgresql://redress@localhost/redress", master_key_file=made / "master.key",
            signing_key_file=made / "signing.key", verify_key_file=made / "verify.key",
            checkpoint_key_file=made / "checkpoint" / f"{service}.key",
        ))  # fmt: skip
        assert keys.signing is not None
        assert keys.signing.public_key() == keys.verify
        assert keys.checkpoint.public_key().public_bytes_raw() != keys.verify.public_bytes_raw()
    assert (made / "pgpass").read_text() == f"*:*:*:redress:{(made / 'database.password').read_text().strip()}\n"


def test_the_script_writes_over_nothing(made: Path):
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    again = subprocess.run([ROOT / "deploy/secrets", made], check=False, capture_output=True, text=True)
    assert again.returncode == 1
    assert "kept as they are" in again.stderr
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_a_build_sees_no_key_and_no_data():
    """.dockerignore begins with everything and lets in what the image is made of."""
    first, *rest = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    let_in = {line[1:] for line in rest if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert first == "*"
    assert let_in == set(" ".join(copied).split())
