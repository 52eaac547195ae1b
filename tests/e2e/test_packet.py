"""Does the auditor's packet prove itself to a stranger who has nothing but the zip, and only while nobody changed it? (§9, IN-9)"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.e2e.conftest import Town
from tests.e2e.test_straight_road import ASSESSMENT, OFFER, good

Files = dict[str, bytes]


@dataclass
class Case:
    """One that was read by somebody, and its packet."""

    id: str
    number: str
    content: bytes
    auditor: httpx.AsyncClient

    @property
    def files(self) -> Files:
        with zipfile.ZipFile(io.BytesIO(self.content)) as packet:
            return {name: packet.read(name) for name in packet.namelist()}

    def told(self, name: str) -> Any:
        return json.loads(self.files[name])


@pytest.fixture(scope="module")
async def case(town: Town) -> Case:
    desk = await town.person("Li Na", "desk", departments=("desk",))
    quality = await town.person("Zhao Min", "quality", departments=("quality_assurance",))
    auditor = await town.person("Qian Bo", "auditor")
    said = {"channel": "phone", "content_class": "product_quality", "description": "It leaks.", "complainant": {"name": "Ding Yi"}}
    receipt = good(await desk.post("/api/v1/complaints", json=said))
    path = f"/api/v1/cases/{receipt['id']}"
    good(await desk.post(f"{path}/assessment", json=ASSESSMENT, params={"min_position": receipt["position"]}))
    good(await desk.post(f"{path}/remedies", json=OFFER))
    good(await desk.post(f"{path}/remedies/1/answer", json={"accepted": True, "medium": "phone"}))
    done = {"on": "2026-11-20", "evidence": "note 7"}
    good(await desk.post(f"{path}/remedies/1/carried-out", json=done))
    verified = good(await desk.post(f"{path}/remedies/1/verification", json=done))
    wrote = good(await desk.post(f"/api/v1/complaints/{receipt['id']}/messages", json={"text": "It is on its way.", "visible": True}))
    review = {
        "method": "five_why", "causes": [{"level": "occurrence", "text": "a bad seal"}], "needed": True, "reason": "again",
        "extend_to_others": False,
    }  # fmt: skip
    decided = good(await quality.post(f"/api/v1/cause-reviews/{receipt['id']}", json=review, params={"min_position": verified["position"]}))
    read = await desk.get(f"/api/v1/complaints/{receipt['id']}", params={"min_position": wrote["position"]})
    assert read.json()["complainant"]["name"] == "Ding Yi"
    await seen_by_routing(town, receipt["id"])
    answer = await auditor.get(f"{path}/packet", params={"min_position": [wrote["position"], decided["position"]]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{receipt["number"]}.zip"'
    return Case(receipt["id"], receipt["number"], answer.content, auditor)


async def seen_by_routing(town: Town, complaint: str) -> None:
    """The reading above has a stream of its own; returns when routing has heard of it."""
    connection = await town.running.connect("routing")
    async with asyncio.timeout(20):
        while not await connection.fetchval("select count(*) from readings where complaint_id = $1", complaint):
            pass
    await connection.close()


async def check(folder: Path, content: bytes) -> tuple[int, str]:
    """Runs the script as a stranger does: the zip, a Python, an empty environment."""
    (folder / "packet.zip").write_bytes(content)
    with zipfile.ZipFile(folder / "packet.zip") as packet:
        (folder / "check.py").write_bytes(packet.read("check.py"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(folder / "check.py"), str(folder / "packet.zip"), cwd=folder, env={"PATH": os.defpath},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


def zipped(files: Files) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return made.getvalue()


def sealed_again(files: Files, key: Ed25519PrivateKey | None = None) -> Files:
    """Who tampers makes the manifest fit again, and signs it with whatever key they have."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {name: sha256(files[name]).hexdigest() for name in manifest["files"]}
    if key is not None:
        manifest["keys"]["routing"] = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    raw = json.dumps(manifest).encode()
    return {**files, "manifest.json": raw, "manifest.sig": key.sign(raw).hex().encode() if key is not None else files["manifest.sig"]}


async def test_a_stranger_finds_that_everything_fits(case: Case, tmp_path: Path):
    status, said = await check(tmp_path, case.content)
    assert status == 0, said
    assert case.number in said
    assert "made" in said
    keys = {bytes.fromhex(key) for key in case.told("manifest.json")["keys"].values()}
    assert all(sha256(key).hexdigest() in said for key in keys), "fingerprints to compare with what was published"
    signed = [piece for piece in case.told("chain.json")["segments"] if piece["checkpoint"] is not None]
    assert all(piece["checkpoint"]["position"] == piece["first"] + len(piece["digests"]) - 1 for piece in signed)


def changed_event(files: Files) -> Files:
    return {**files, "events.jsonl": files["events.jsonl"].replace(b"ordinary", b"critical", 1)}


def event_left_out(files: Files) -> Files:
    lines = files["events.jsonl"].splitlines(keepends=True)
    return {**files, "events.jsonl": b"".join(lines[:2] + lines[3:])}


def other_digest(files: Files) -> Files:
    chain = json.loads(files["chain.json"])
    piece = max(chain["segments"], key=lambda one: len(one["digests"]))
    piece["digests"][0] = "00" * 32
    return {**files, "chain.json": json.dumps(chain).encode()}


def other_checkpoint(files: Files) -> Files:
    """Signed by somebody else over a chain of their own making."""
    chain = json.loads(files["chain.json"])
    forger = Ed25519PrivateKey.generate()
    for piece in chain["segments"]:
        mark = piece["checkpoint"] = {"position": piece["first"] + len(piece["digests"]) - 1, "signed_at": "2026-11-20T00:00:00+00:00"}
        end = bytes.fromhex(piece["before"])
        for digest in piece["digests"]:
            end = sha256(end + bytes.fromhex(digest)).digest()
        mark["hash"] = end.hex()
        at = f"{piece['service']}/{piece['partition']}/{mark['position']}"
        said = f"redress chain checkpoint\n{at}\n{mark['hash']}\n2026-11-20T00:00:00.000000+00:00\n"
        mark["signature"] = forger.sign(said.encode()).hex()
    return {**files, "chain.json": json.dumps(chain).encode()}


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (changed_event, "this event is not what was recorded"),
        (event_left_out, "some are missing"),
        (other_digest, "not what was recorded|its hash does not follow|does not lead to the signed checkpoint"),
        (other_checkpoint, "signature is not by the key of"),
    ],
)
async def test_a_stranger_finds_what_was_tampered_with(case: Case, tmp_path: Path, tamper: Any, found: str):
    """However carefully: the files' hashes are made to fit, and the whole is signed with another key."""
    for files in (sealed_again(tamper(case.files)), sealed_again(tamper(case.files), Ed25519PrivateKey.generate())):
        status, said = await check(tmp_path, zipped(files))
        assert status == 1, said
        assert any(part in said for part in found.split("|")), said


@pytest.mark.parametrize("name", ["texts.json", "readings.json", "clocks.json", "timeline.json", "check.py"])
async def test_every_file_counts(case: Case, tmp_path: Path, name: str):
    status, said = await check(tmp_path, zipped({**case.files, name: case.files[name] + b"\n"}))
    assert (status, f"{name}: it was changed" in said) == (1, True), said
    status, said = await check(tmp_path, zipped(sealed_again({**case.files, name: case.files[name] + b"\n"})))
    assert (status, "the signature under it is not by the key it names" in said) == (1, True), said


async def test_it_holds_the_whole_record(case: Case):
    events = [json.loads(line) for line in case.files["events.jsonl"].splitlines()]
    assert {event["service"] for event in events} >= {"intake", "routing", "capa"}
    assert [item["type"] for item in case.told("timeline.json")] == [event["type"] for event in events]
    assert "Ding Yi" not in case.files["events.jsonl"].decode(), "what is sealed stays sealed"
    texts = {(one["field"], str(one["value"])) for one in case.told("texts.json")}
    assert {("description", "It leaks."), ("text", "It is on its way."), ("evidence", "note 7")} <= texts
    assert not any(field == "complainant" for field, _ in texts), "an auditor does not see who it was"
    assert [message["text"] for message in case.told("messages.json")] == ["It is on its way."]
    clocks = {clock["name"]: clock for clock in case.told("clocks.json")}
    assert clocks["assessment"]["state"] == "met"
    assert clocks["assessment"]["en"] != clocks["assessment"]["zh"]
    [version] = {event["policy"] for event in map(policy_of, events)} - {None}
    assert case.told(f"policies/{version}.json")["policy"]["departments"]
    assert case.told("case.json")["number"] == case.number
    read = case.told("readings.json")
    assert {(one["kind"], one["actor"]["name"]) for one in read} >= {("read", "Li Na")}


def policy_of(event: dict[str, Any]) -> dict[str, Any]:
    return {"policy": json.loads(event["meta"])["policyversion"]}


async def test_who_took_it_along_is_on_record(case: Case):
    async with asyncio.timeout(20):
        while not (found := await records(case, person="Qian Bo")):
            pass
    kinds = {one["kind"]: one for one in found}
    assert (kinds["export"]["call"], kinds["export"]["service"]) == ("GET /api/v1/cases/{id}/packet", "routing")
    assert kinds["export"]["rows"] == len(case.files["events.jsonl"].splitlines())
    assert {"description", "text"} <= set(kinds["read"]["fields"])
    services = {one["service"] for one in await records(case)}
    assert services >= {"intake", "routing"}, "whichever service showed it"


async def records(case: Case, **by: str) -> list[dict[str, Any]]:
    answer = await case.auditor.get("/api/v1/access/records", params={"subject": case.id, **by})
    found = good(answer)["items"]
    return found if {one["kind"] for one in found} == {"read", "export"} else []
