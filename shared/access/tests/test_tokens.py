"""Is a token what we signed, and nothing else?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.access import BadToken, Claims, sign, verify
from shared.access.tokens import KIND, end_of

KEY = Ed25519PrivateKey.generate()
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
CLAIMS = Claims(uuid4(), "李娜", "li.na", ("desk", "quality"), ("desk",), ("quality_assurance",), NOW, NOW + timedelta(days=30))


def test_a_token_says_who_stands_behind_it():
    who = verify(sign(CLAIMS, KEY), KEY.public_key())
    assert (who.token_id, who.name, who.person, who.roles) == (CLAIMS.token_id, "李娜", "li.na", ("desk", "quality"))
    assert (who.departments, who.head_of, who.expires_at) == ({"desk"}, {"quality_assurance"}, CLAIMS.expires_at)


def test_the_same_claims_give_the_same_token():
    assert sign(CLAIMS, KEY) == sign(replace(CLAIMS), KEY)


def test_a_token_is_good_to_the_end_of_its_day_where_the_organisation_is():
    assert end_of(date(2026, 11, 20), ZoneInfo("Asia/Shanghai")) == datetime(2026, 11, 20, 16, tzinfo=UTC)


def forged() -> dict[str, str]:
    content = jwt.decode(sign(CLAIMS, KEY), options={"verify_signature": False})
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    head, body, signature = sign(CLAIMS, KEY).split(".")
    without = {name: value for name, value in content.items() if name != "exp"}
    return {
        "another's key": sign(CLAIMS, Ed25519PrivateKey.generate()),
        "no signature": jwt.encode(content, None, algorithm="none", headers={"typ": KIND}),
        "the public key as a password": jwt.encode(content, public, algorithm="HS256", headers={"typ": KIND}),
        "another audience": jwt.encode(content | {"aud": "elsewhere"}, KEY, algorithm="EdDSA", headers={"typ": KIND}),
        "another kind": jwt.encode(content, KEY, algorithm="EdDSA"),
        "no end": jwt.encode(without, KEY, algorithm="EdDSA", headers={"typ": KIND}),
        "a changed body": f"{head}.{body[:-2]}AA.{signature}",
        "a cut signature": f"{head}.{body}.{signature[:-4]}",
        "nothing": "",
        "dots": "..",
        "not ASCII": "ä.ö.ü",
        "a null byte": "a\0.b.c",
    }


@pytest.mark.parametrize("name", forged())
def test_no_other_token_is_taken_for_ours(name: str):
    with pytest.raises(BadToken):
        verify(forged()[name], KEY.public_key())
