"""Are keys made once, kept to their owner, and asked for by name where they are missing?"""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from shared.keys import Keys, KeyUnusable, checkpoint_verifier, load_or_make
from shared.settings import Settings


def given(**settings: object) -> Settings:
    return Settings(_env_file=None, **settings)


def test_the_first_start_makes_them_and_later_ones_find_them(tmp_path: Path):
    first, second = load_or_make(given(data=tmp_path)), load_or_make(given(data=tmp_path))
    assert first.master == second.master
    assert first.signing is not None
    second.verify.verify(first.signing.sign(b"token"), b"token")
    assert first.checkpoint.public_key() == second.checkpoint.public_key()


def test_nobody_else_may_read_them(tmp_path: Path):
    load_or_make(given(data=tmp_path))
    files = list((tmp_path / "keys").iterdir())
    assert sorted(file.name for file in files) == ["checkpoint.key", "master.key", "signing.key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_two_that_start_at_once_get_the_same(tmp_path: Path):
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: load_or_make(given(data=tmp_path)).master, range(8)))
    assert len(set(made)) == 1


def test_a_purpose_has_its_own_secret():
    keys = Keys.generate()
    assert keys.derive("role:intake") == keys.derive("role:intake") != keys.derive("role:routing")
    assert len(keys.derive("tracking")) == 32


def test_keys_are_not_shown():
    keys = Keys.generate()
    assert keys.master.hex() not in repr(keys)
    assert repr(keys.master) not in repr(keys)


def test_a_lost_master_key_is_not_made_anew_over_data(tmp_path: Path):
    (tmp_path / "postgres").mkdir()
    with pytest.raises(KeyUnusable, match="put the file back from a backup"):
        load_or_make(given(data=tmp_path))


def test_an_external_database_needs_every_key(tmp_path: Path):
    with pytest.raises(KeyUnusable, match="REDRESS_MASTER_KEY_FILE is not set"):
        load_or_make(given(data=tmp_path, database_url="postgresql://db/redress"))
    assert not (tmp_path / "keys").exists()


def test_a_service_that_only_verifies_needs_no_signing_key(tmp_path: Path):
    signing, checkpoint = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    (tmp_path / "master").write_text("ab" * 32)
    (tmp_path / "verify").write_bytes(signing.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "checkpoint").write_bytes(checkpoint.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files = {f"{name}_key_file": tmp_path / name for name in ("master", "verify", "checkpoint")}
    keys = load_or_make(given(data=tmp_path, database_url="postgresql://db/redress", **files))
    assert keys.signing is None
    assert (keys.master, keys.verify) == (b"\xab" * 32, signing.public_key())


@pytest.mark.parametrize(("name", "content", "sentence"), [
    ("master", b"too short", "must hold 64 hexadecimal digits"),
    ("master", b"\xff\xfe", "must hold 64 hexadecimal digits"),
    ("signing", b"nonsense", "must hold an Ed25519 key in PEM"),
    ("verify", b"nonsense", "must hold an Ed25519 public key in PEM"),
    ("checkpoint", b"", "must hold an Ed25519 key in PEM"),
])  # fmt: skip
def test_a_file_that_holds_something_else_is_named(name: str, content: bytes, sentence: str, tmp_path: Path):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(KeyUnusable, match=sentence) as refused:
        load_or_make(given(data=tmp_path, **{f"{name}_key_file": file}))
    assert str(file) in refused.value.sentence


def test_a_folder_that_cannot_hold_keys_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(KeyUnusable, match="cannot be written"):
        load_or_make(given(data=tmp_path / "file"))
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_services_checkpoints_are_held_against_its_own_public_key(tmp_path: Path):
    keys, of_capa = Keys.generate(), Ed25519PrivateKey.generate().public_key()
    (tmp_path / "capa.pub").write_bytes(of_capa.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert checkpoint_verifier(given(checkpoint_public_keys=tmp_path), keys, "capa") == of_capa
    assert checkpoint_verifier(given(), keys, "capa") == keys.checkpoint.public_key(), "one key signs for all where no other is named"
    with pytest.raises(KeyUnusable, match=r"survey\.pub cannot be read"):
        checkpoint_verifier(given(checkpoint_public_keys=tmp_path), keys, "survey")
