"""Can a newcomer run the distributed product from docs/operations.md? Its commands are typed into one shell, section by section."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.kafka.broker import free_port, obtainable
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import SERVICES
from shared.envelope import Meta
from shared.keys import load_or_make
from shared.postgres.connect import Dsn, connect
from shared.settings import Settings
from shared.store.append import Item, NewEvent, append
from shared.store.partition import partition_of
from tests.broker import without
from tests.running import environment

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PORTS = ("5432", "8080", "8081", "8082", "8083", "8084", "8085", "9092")
ENDS_WITHIN = 600.0  # a bound, for a machine that many share

CALL = {
    "channel": "phone", "content_class": "product_quality", "description": "The pump leaks at the seal.",
    "complainant": {"name": "Wang Wei"}, "customer": {"ref": "C-1007", "name": "Harbour Foods"},
}  # fmt: skip


def blocks(heading: str) -> list[str]:
    """What stands in boxes below this heading, up to the next of its rank."""
    _, found, rest = PAGE.partition(f"\n## {heading}\n")
    assert found, heading
    return BLOCK.findall(rest.partition("\n## ")[0])


class Shell:
    """One shell in a folder that looks like the checkout; ports are free ones, nothing else is changed in what is typed."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.folder = folder
        self.ports = {port: str(free_port()) for port in PORTS}
        self._process = process
        self._typed = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['8080']}"

    async def type(self, commands: str) -> str:
        """What they print; they must succeed, to the last."""
        self._typed += 1
        script, output = self.folder / f"typed-{self._typed}.sh", self.folder / f"typed-{self._typed}.out"
        script.write_text(re.sub(r"\b(\d{4})\b", lambda found: self.ports.get(found[1], found[1]), commands))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f". ./{script.name} > {output.name} 2>&1 < /dev/null; echo $?\n".encode())
        async with asyncio.timeout(ENDS_WITHIN):
            status = await self._process.stdout.readline()
        assert status == b"0\n", f"{commands}\n{output.read_text()}\n{self._said()}"
        return output.read_text()

    async def follow(self, heading: str) -> str:
        """Types all commands of a section."""
        return "".join([await self.type(block) for block in blocks(heading)])

    def _said(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text()[-2000:]}" for log in sorted(self.folder.glob("run/*.log")))

    async def end(self) -> None:
        """Everything that was started and not stopped, and the shell."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(b"trap '' TERM; kill 0; wait; exit\n")
            async with asyncio.timeout(60):
                await self._process.wait()
        except (TimeoutError, OSError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def client(self, token: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=30, headers={"Authorization": f"Bearer {token}"})

    def admin(self) -> httpx.AsyncClient:
        return self.client((self.folder / ".redress/admin.token").read_text().strip())

    async def token(self, name: str, roles: Sequence[str], departments: Sequence[str] = ()) -> str:
        body = {"name": name, "roles": roles, "departments": departments, "expires_on": "2099-12-31"}
        async with self.admin() as admin:
            answer = await admin.post("/api/v1/access/tokens", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


@pytest.fixture(scope="module")
async def shell(tmp_path_factory):
    if lack := obtainable():
        without(lack)
    folder = tmp_path_factory.mktemp("operations") / "redress"
    folder.mkdir()
    for name in (".venv", "deploy", "services", "shared", "policy"):
        (folder / name).symlink_to(ROOT / name)
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
        os.utime(folder / name, (0, 0))  # older than the environment, which is therefore not made again
    process = await asyncio.create_subprocess_exec(
        "bash", "--norc", "-euo", "pipefail", cwd=folder, env=environment(folder / ".redress"), start_new_session=True,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    shell = Shell(folder, process)
    try:
        yield shell
    finally:
        await shell.end()


async def call(shell: Shell, token: str) -> dict[str, Any]:
    """A complaint by telephone; answers when routing has a case of it."""
    async with shell.client(token) as desk:
        answer = await desk.post("/api/v1/complaints", json=CALL)
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        case = await desk.get(f"/api/v1/cases/{receipt['id']}", params={"min_position": receipt["position"]})
        assert case.status_code == 200, case.text
    return receipt


async def parked(shell: Shell) -> list[dict[str, Any]]:
    async with shell.admin() as admin:
        return list((await admin.get("/api/v1/parked")).json()["items"])


async def poison(shell: Shell) -> None:
    """An event nobody can read, written past all that guards the store; returns when routing and reporting have parked it."""
    folder = shell.folder / "secrets"
    keys = load_or_make(Settings(
        _env_file=None, database_url="postgresql://localhost/redress", master_key_file=folder / "master.key",
        verify_key_file=folder / "verify.key", checkpoint_key_file=folder / "checkpoint/intake.key",
    ))  # fmt: skip
    owner = Dsn.parse(f"postgresql://redress@127.0.0.1:{shell.ports['5432']}/redress", keys)
    stream, now = uuid4(), datetime.now(UTC)
    event = NewEvent(uuid4(), ComplaintReceived.TYPE, 1, b'{"complaint_id": "not an id"}', Meta(str(stream)).to_bytes(), now)
    connection = await connect(owner.for_role("intake"), "intake")
    await append(connection, [Item(stream, partition_of(str(stream), 8), 0, (event,))], None)
    await connection.close()
    await shell.type(
        'until curl -sf $URL/api/v1/parked -H "Authorization: Bearer $ADMIN" | grep routing | grep reporting; do sleep 0.2; done'
    )


async def test_from_nothing_to_a_running_product(shell: Shell):
    first, *rest = blocks("Distributed, without Docker")
    assert first.strip() == "make setup"  # done already, by whoever runs the tests
    said = "".join([await shell.type(block) for block in rest])
    assert '"name":"Administrator"' in said
    receipt = await call(shell, await shell.token("Li Na", ["desk"], ["desk"]))
    assert receipt["number"].endswith("-000001")


async def test_what_an_operator_looks_at(shell: Shell):
    said = await shell.follow("Looking after it")
    assert '"ready":true' in said
    assert said.count("redress_consumer_lag_events{") >= len(SERVICES)
    assert said.endswith("All is well.\n")


async def test_a_revoked_token_opens_nothing(shell: Shell):
    await shell.follow("Tokens")
    token = re.search(r'"token":\s*"([^"]+)"', (shell.folder / "run/token.json").read_text())
    assert token is not None
    await shell.type(
        f"until [ $(curl -s -o run/me -w '%{{http_code}}' $URL/api/v1/access/me -H 'Authorization: Bearer {token[1]}') = 401 ]; do sleep 0.2; done"
    )


async def test_a_parked_event_is_tried_again_and_discarded(shell: Shell):
    await poison(shell)
    before = await parked(shell)
    said = await shell.follow("Parked events")
    assert "fails-again" in said
    left = await parked(shell)
    assert len(left) == len(before) - 1
    async with shell.admin() as admin:
        for item in left:
            answer = await admin.post(f"/api/v1/parked/{item['service']}/{item['id']}/discard", json={"reason": "the same"})
            assert answer.is_success, answer.text


async def test_views_are_made_again_and_everything_fits(shell: Shell):
    said = await shell.follow("Rebuild and verify")
    assert "equal to the running view" in said
    assert said.endswith("Everything fits.\n")


async def test_what_was_dumped_comes_back_on_a_new_server_with_a_new_log(shell: Shell):
    desk = await shell.token("Zhao Min", ["desk"], ["desk"])
    kept = await call(shell, desk)
    await shell.follow("Backup")
    lost = await call(shell, desk)
    said = await shell.follow("Restore")
    assert said.endswith("Everything fits.\n")
    async with shell.client(desk) as http:
        complaint = (await http.get(f"/api/v1/complaints/{kept['id']}")).json()
        assert complaint["description"] == CALL["description"], "the vault came back, and fits the master key"
        assert (await http.get(f"/api/v1/complaints/{lost['id']}")).status_code == 404
    again = await call(shell, desk)
    assert again["number"] == lost["number"], "the numbers go on where the dump ended"


async def test_a_lost_topic_is_made_again_while_the_services_run(shell: Shell):
    await shell.follow("A lost topic")
    await call(shell, await shell.token("Qian Bo", ["desk"], ["desk"]))


async def test_one_process_after_the_other_is_replaced(shell: Shell):
    assert '"ready":true' in await shell.follow("Upgrading")


async def test_everything_stops_in_order(shell: Shell):
    await shell.follow("Stopping")
    assert await shell.type("jobs -r") == ""
