"""Who vouches for a partition's hash chain? The service, with its own key, every so often.

A signed checkpoint says: at this position the chain had this hash. Whoever changes an event below it must break the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain's hash at a position, and the service's signature under it."""

    position: int
    hash: bytes
    signed_at: datetime
    signature: bytes


def sign(key: Ed25519PrivateKey, service: str, partition: int, position: int, hash: bytes, signed_at: datetime) -> Checkpoint:
    return Checkpoint(position, hash, signed_at, key.sign(canonical(service, partition, position, hash, signed_at)))


def holds(key: Ed25519PublicKey, service: str, partition: int, checkpoint: Checkpoint) -> bool:
    """True when the service signed exactly this."""
    said = canonical(service, partition, checkpoint.position, checkpoint.hash, checkpoint.signed_at)
    try:
        key.verify(checkpoint.signature, said)
    except InvalidSignature:
        return False
    return True


def canonical(service: str, partition: int, position: int, hash: bytes, signed_at: datetime) -> bytes:
    """The text that is signed; anyone can write it down again from the stored columns."""
    moment = signed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"redress chain checkpoint\n{service}/{partition}/{position}\n{hash.hex()}\n{moment}\n".encode()
