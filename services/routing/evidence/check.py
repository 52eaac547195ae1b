"""Checks a packet of Redress. Needs Python 3.11 and nothing else: no network, no other file, no knowledge of the product.

    python3 check.py                        in the unpacked folder
    python3 check.py C-2026-000123.zip      on the zip itself

What it proves: every event stands in its service's chain exactly as it was recorded (one changed byte changes its digest, and with it
every hash up to the signed checkpoint), and nothing in the packet was changed after it was made. Whose keys signed is yours to
compare: the organisation publishes their fingerprints, which are printed at the end.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

Files = Mapping[str, bytes]
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def read(place: Path) -> Files:
    if place.is_dir():
        return {one.relative_to(place).as_posix(): one.read_bytes() for one in place.rglob("*") if one.is_file()}
    with zipfile.ZipFile(place) as packet:
        return {name: packet.read(name) for name in packet.namelist()}


def findings(files: Files) -> Iterator[str]:
    """What does not fit; nothing where all does."""
    yield from unlike_the_manifest(files)
    manifest = json.loads(files["manifest.json"])
    keys = {name: bytes.fromhex(key) for name, key in manifest["keys"].items()}
    if not signed(keys["routing"], files["manifest.json"], bytes.fromhex(files["manifest.sig"].decode().strip())):
        yield "manifest.json: the signature under it is not by the key it names"
    events = [json.loads(line) for line in files["events.jsonl"].decode().splitlines()]
    yield from broken_chains(events, json.loads(files["chain.json"])["segments"], keys)
    yield from holes(events)


def unlike_the_manifest(files: Files) -> Iterator[str]:
    told = json.loads(files["manifest.json"])["files"]
    for name in sorted(told.keys() | files.keys() - {"manifest.json", "manifest.sig"}):
        if name not in files:
            yield f"{name}: it is missing"
        elif name not in told:
            yield f"{name}: it does not belong to the packet"
        elif hashlib.sha256(files[name]).hexdigest() != told[name]:
            yield f"{name}: it was changed after the packet was made"


def broken_chains(events: Sequence[Any], segments: Sequence[Any], keys: Mapping[str, bytes]) -> Iterator[str]:
    """Walks each piece of a chain: hash = sha256(hash before it, digest), up to what the service signed."""
    waiting = {(e["service"], e["partition"], e["position"]): e for e in events}
    for piece in segments:
        service, partition = piece["service"], piece["partition"]
        hash = bytes.fromhex(piece["before"])
        position = piece["first"] - 1
        for digest in map(bytes.fromhex, piece["digests"]):
            position += 1
            hash = hashlib.sha256(hash + digest).digest()
            event = waiting.pop((service, partition, position), None)
            if event is not None and digest_of(event) != digest:
                yield f"{service}/{partition}/{position}: this event is not what was recorded"
            elif event is not None and event["hash"] != hash.hex():
                yield f"{service}/{partition}/{position}: its hash does not follow from the chain"
        yield from unsigned(piece, position, hash, keys[service])
    for service, partition, position in waiting:
        yield f"{service}/{partition}/{position}: no piece of a chain proves this event"


def unsigned(piece: Any, position: int, hash: bytes, key: bytes) -> Iterator[str]:
    """Where the service had signed so far, the walk must end at exactly that."""
    mark = piece["checkpoint"]
    if mark is None:
        return
    at = f"{piece['service']}/{piece['partition']}/{mark['position']}"
    moment = datetime.fromisoformat(mark["signed_at"]).astimezone(UTC).isoformat(timespec="microseconds")
    said = f"redress chain checkpoint\n{at}\n{mark['hash']}\n{moment}\n".encode()
    if (position, hash.hex()) != (mark["position"], mark["hash"]):
        yield f"{at}: the chain does not lead to the signed checkpoint"
    elif not signed(key, said, bytes.fromhex(mark["signature"])):
        yield f"{at}: the checkpoint's signature is not by the key of {piece['service']}"


def holes(events: Sequence[Any]) -> Iterator[str]:
    """A stream that belongs to this complaint alone has all its versions."""
    streams: dict[tuple[str, str], list[int]] = {}
    for event in events:
        if event["of_this_complaint"]:
            streams.setdefault((event["service"], event["stream_id"]), []).append(event["version"])
    for (service, stream), versions in streams.items():
        if sorted(versions) != list(range(1, len(versions) + 1)):
            yield f"{service}, stream {stream}: it has versions {sorted(versions)}; some are missing"


def digest_of(event: Any) -> bytes:
    """sha256 over all that is recorded of an event, in one fixed form."""
    kind, data, meta = (event[name].encode() for name in ("type", "data", "meta"))
    times = (microseconds(event["occurred_at"]), microseconds(event["recorded_at"]), event["schema_version"])
    return hashlib.sha256(
        struct.pack(">hqi", event["partition"], event["position"], event["version"])
        + UUID(event["stream_id"]).bytes
        + UUID(event["event_id"]).bytes
        + struct.pack(">qqh", *times)
        + struct.pack(">iii", len(kind), len(data), len(meta))
        + kind + data + meta
    ).digest()  # fmt: skip


def microseconds(moment: str) -> int:
    return (datetime.fromisoformat(moment) - EPOCH) // timedelta(microseconds=1)


# Ed25519 (RFC 8032), which the standard library has not. Slow, and only for checking.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of this key signed this message."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = unpacked(key), unpacked(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = times(s, BASE), add(r, times(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def unpacked(raw: bytes) -> Point | None:
    """The point that 32 bytes stand for: its y, and which of two x."""
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n: int, p: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while n:
        if n & 1:
            found = add(found, p)
        p, n = add(p, p), n >> 1
    return found


_BASE = unpacked((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
assert _BASE is not None
BASE: Point = _BASE


def main(arguments: Sequence[str]) -> int:
    files = read(Path(arguments[0]) if arguments else Path(__file__).parent)
    try:
        wrong = list(findings(files))
    except (KeyError, ValueError, TypeError) as error:
        wrong = [f"the packet cannot be read as one: {type(error).__name__} {error}"]
    for finding in wrong:
        print(finding)
    if wrong:
        print("This packet does NOT hold. 此卷宗未通过核验。")
        return 1
    manifest, pieces = json.loads(files["manifest.json"]), json.loads(files["chain.json"])["segments"]
    open_ends = sum(1 for piece in pieces if piece["checkpoint"] is None)
    print(f"{manifest['number']}, made at {manifest['made_at']} for {manifest['made_for']}: everything fits. 核验通过。")
    print(f"{len(pieces)} pieces of chains, {len(pieces) - open_ends} of them up to a checkpoint that their service signed.")
    if open_ends:
        print(f"{open_ends} end before the next checkpoint; for them the packet's own signature stands. Ask for it again tomorrow.")
    print("Signed with these keys; compare their fingerprints with those the organisation has published:")
    for name, key in manifest["keys"].items():
        print(f"  {name}: {hashlib.sha256(bytes.fromhex(key)).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
