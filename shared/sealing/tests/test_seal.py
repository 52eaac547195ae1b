"""Does the seal keep text from those who have no key, and from being moved about?"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from shared.contracts.event import Ciphertext
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import Complainant, ComplaintId
from shared.sealing import Tampered, seal, unseal
from shared.testing import NOON

KEY = bytes(range(32))
EVENT = UUID("018f0000-0000-7000-8000-000000000001")


def received(**more: object) -> ComplaintReceived:
    fields = {
        "complaint_id": ComplaintId(uuid4()),
        "number": "C-2026-000001",
        "channel": "phone",
        "content_class": "product_quality",
        "received_at": NOON,
        "description": "水泵漏水 — leaks",
        "complainant": Complainant(name="Li Wei", phone="+8613800000000"),
    }
    return ComplaintReceived.model_validate(fields | more)


def sealed(event: ComplaintReceived, field: str) -> str:
    value = getattr(event, field)
    assert isinstance(value, Ciphertext)
    return value.sealed


def test_sealed_fields_leave_as_ciphertext_and_open_with_the_key():
    event = received()
    closed = seal(event, EVENT, event.complaint_id, KEY)
    assert "Li Wei" not in closed.model_dump_json()
    assert "leaks" not in closed.model_dump_json()
    assert unseal(sealed(closed, "description"), EVENT, "description", KEY) == "水泵漏水 — leaks"
    assert unseal(sealed(closed, "complainant"), EVENT, "complainant", KEY)["phone"] == "+8613800000000"


def test_fields_in_clear_stay_in_clear():
    event = received()
    assert seal(event, EVENT, event.complaint_id, KEY).number == "C-2026-000001"


def test_what_is_unknown_stays_unknown():
    event = received(description=None)
    assert seal(event, EVENT, event.complaint_id, KEY).description is None


def test_the_same_text_never_looks_the_same_twice():
    event = received()
    once, again = (seal(event, EVENT, event.complaint_id, KEY) for _ in range(2))
    assert sealed(once, "description") != sealed(again, "description")


@pytest.mark.parametrize(
    ("event_id", "field", "key"),
    [
        (uuid4(), "description", KEY),
        (EVENT, "remedy_sought", KEY),
        (EVENT, "description", bytes(32)),
    ],
    ids=["another event", "another field", "another key"],
)
def test_sealed_text_opens_only_in_its_event_its_field_and_with_its_key(event_id: UUID, field: str, key: bytes):
    event = received()
    closed = sealed(seal(event, EVENT, event.complaint_id, KEY), "description")
    with pytest.raises(Tampered):
        unseal(closed, event_id, field, key)


def test_a_flipped_bit_is_noticed():
    event = received()
    closed = sealed(seal(event, EVENT, event.complaint_id, KEY), "description")
    other = ("B" if closed[30] == "A" else "A").join((closed[:30], closed[31:]))
    with pytest.raises(Tampered):
        unseal(other, EVENT, "description", KEY)
