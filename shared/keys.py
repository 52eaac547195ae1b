"""Which secrets does the product hold, and where do they come from?"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from shared.cannot_start import CannotStart
from shared.settings import Settings


class KeyUnusable(CannotStart):
    """A key file that is missing, unreadable or holds something else."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one installation. Who loses the master key loses every sealed text; who gets it reads them."""

    master: bytes = field(repr=False)
    signing: Ed25519PrivateKey | None = field(repr=False)  # tokens; intake alone has it
    verify: Ed25519PublicKey
    checkpoint: Ed25519PrivateKey = field(repr=False)

    def derive(self, purpose: str) -> bytes:
        """A secret of its own for each purpose: role passwords, tracking secrets, lookup and body hashes."""
        return hmac.digest(self.master, purpose.encode(), hashlib.sha256)

    @classmethod
    def generate(cls) -> Self:
        """New keys, kept nowhere."""
        signing = Ed25519PrivateKey.generate()
        return cls(secrets.token_bytes(32), signing, signing.public_key(), Ed25519PrivateKey.generate())


def load_or_make(settings: Settings) -> Keys:
    """The installation's keys. The embedded product makes what is missing at its first start; otherwise all must be given."""
    folder = settings.data / "keys"
    if settings.embedded:
        files = (
            settings.master_key_file or folder / "master.key",
            settings.signing_key_file or folder / "signing.key",
            settings.checkpoint_key_file or folder / "checkpoint.key",
        )
        _make_missing(settings.data, *files)
        master, signing, checkpoint = _master(files[0]), _private(files[1]), _private(files[2])
        verify = _public(settings.verify_key_file) if settings.verify_key_file else signing.public_key()
        return Keys(master, signing, verify, checkpoint)
    given = _private(settings.signing_key_file) if settings.signing_key_file else None
    return Keys(
        _master(_required(settings.master_key_file, "MASTER")),
        given,
        given.public_key() if given and not settings.verify_key_file else _public(_required(settings.verify_key_file, "VERIFY")),
        _private(_required(settings.checkpoint_key_file, "CHECKPOINT")),
    )


def checkpoint_verifier(settings: Settings, keys: Keys, service: str) -> Ed25519PublicKey:
    """What the service's signed checkpoints are held against."""
    if settings.checkpoint_public_keys is None:
        return keys.checkpoint.public_key()  # one key signs for all, as in the embedded product
    return _public(settings.checkpoint_public_keys / f"{service}.pub")


def _required(file: Path | None, name: str) -> Path:
    if file is None:
        raise KeyUnusable(f"REDRESS_{name}_KEY_FILE is not set; with a database of your own every key file must be given.")
    return file


def _make_missing(data: Path, master: Path, *private: Path) -> None:
    if not master.exists():
        if (data / "postgres").exists():
            raise KeyUnusable(
                f"The master key {master} is gone, but {data} holds data that only it can open; put the file back from a backup."
            )
        _make(master, secrets.token_hex(32).encode() + b"\n")
    for file in private:
        if not file.exists():
            _make(file, Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _make(file: Path, content: bytes) -> None:
    """Complete or not at all, and the first of two that start at once wins: the other then reads the winner's."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, making = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)  # readable by its owner only
        with os.fdopen(number, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(making, file)
        except FileExistsError:
            pass
        finally:
            Path(making).unlink()
    except OSError as error:
        raise KeyUnusable(f"The key {file} cannot be written: {error.strerror}.") from error


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise KeyUnusable(f"The key {file} cannot be read: {error.strerror}.") from error


def _master(file: Path) -> bytes:
    try:
        key = bytes.fromhex(_read(file).decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeyUnusable(f"The master key {file} must hold 64 hexadecimal digits, as `openssl rand -hex 32` prints them.")
    return key


def _private(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(file), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"{file} must hold an Ed25519 key in PEM, as `openssl genpkey -algorithm ed25519` prints it.")
    return key


def _public(file: Path) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(_read(file))
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable(f"{file} must hold an Ed25519 public key in PEM, as `openssl pkey -pubout` prints it.")
    return key
