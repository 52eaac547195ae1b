"""How is a case put into one zip that proves itself? Events as recorded, the chains they stand in, and all of it made readable."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.routing.evidence import contents
from services.routing.evidence.chain import Place, Segment, at, proven
from services.routing.views import clocks, readings, timeline
from shared.access import Sight
from shared.contracts import CATALOGUE
from shared.contracts.vocabulary import SERVICES
from shared.envelope import Envelope, Recorded
from shared.keys import checkpoint_verifier
from shared.sealing import unsealed
from shared.service import Service

CHECK = Path(__file__).with_name("check.py")
README = Path(__file__).with_name("README.txt")
_READABLE = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z
_LINE = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that is known of one complaint, with its proof."""

    events: Sequence[Envelope]
    segments: Sequence[Segment]
    readings: Sequence[Recorded]
    fields: Sequence[str]  # of sealed texts, in clear in the packet
    files: Mapping[str, Any]


async def gather(service: Service, complaint: UUID, sight: Sight) -> Gathered:
    """Reads the log for it. Nothing is written yet, so that who asks can be put on record first."""
    places = [Place(*row) for row in await timeline.places(service.pool, complaint)]
    events, segments = await proven(service.log, service.pool, places)
    read = await at(service.log, [Place(*row) for row in await readings.of_complaint(service.pool, complaint)])
    known = [event for event in events if event.type in CATALOGUE]  # what a newer version wrote is in the packet as recorded only
    opened = list(zip(known, await unsealed(service.vault, service.pool, known), strict=True))
    texts = contents.texts(opened, sight)
    reckoned = await clocks.reckoned(service.pool, complaint, service.policies, service.clock.now())
    by_time = sorted(read.values(), key=lambda event: event.recorded_at)
    files: dict[str, Any] = {
        "timeline.json": contents.timeline(events, service.policy()),
        "texts.json": texts,
        "messages.json": contents.messages(opened),
        "notifications.json": contents.notifications(known),
        "clocks.json": contents.clocks(reckoned),
        "readings.json": contents.readings(by_time),
        **{f"policies/{version}.json": told for version, told in contents.policies(events, service.policies)},
    }
    return Gathered(events, segments, by_time, sorted({one["field"] for one in texts if one["value"] is not None}), files)


async def packet(service: Service, complaint: UUID, case: Mapping[str, Any], gathered: Gathered, made_for: str) -> bytes:
    """The zip, signed by routing."""
    heading = {
        "complaint_id": complaint,
        "number": case["number"],
        "made_at": service.clock.now(),
        "made_for": made_for,
        "keys": {name: _raw_key(service, name) for name in SERVICES},
    }
    lines = b"".join(orjson.dumps(contents.recorded(event, complaint), default=str, option=_LINE) for event in gathered.events)
    files = {
        "README.txt": await asyncio.to_thread(README.read_bytes),
        "check.py": await asyncio.to_thread(CHECK.read_bytes),
        "events.jsonl": lines,
        "chain.json": _json({"segments": [segment.told() for segment in gathered.segments]}),
        "case.json": _json(case),
        **{name: _json(content) for name, content in gathered.files.items()},
    }
    return await asyncio.to_thread(_zipped, files, heading, service.keys.checkpoint)


def _zipped(files: Mapping[str, bytes], heading: Mapping[str, Any], key: Ed25519PrivateKey) -> bytes:
    manifest = _json({**heading, "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}})
    made = io.BytesIO()
    moment: datetime = heading["made_at"]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        signature = key.sign(manifest).hex().encode() + b"\n"
        for name, content in {**files, "manifest.json": manifest, "manifest.sig": signature}.items():
            target.writestr(zipfile.ZipInfo(name, moment.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _raw_key(service: Service, name: str) -> str:
    """The public key that a service's checkpoints are held against; routing's own also signs the packet."""
    own = name == service.name
    key = service.keys.checkpoint.public_key() if own else checkpoint_verifier(service.settings, service.keys, name)
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _json(content: Any) -> bytes:
    return orjson.dumps(content, default=str, option=_READABLE)
