"""Typed differently, found all the same; and nothing in the table tells who it is."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.intake.contact import lookup_hash, normal_email, normal_phone
from services.intake.tracking import right, secret

KEY = b"k" * 32


@pytest.mark.parametrize("typed", ["13800138000", "+86 138-0013-8000", "0086 138 0013 8000", "１３８００１３８０００", " 138 0013 8000 "])
def test_a_phone_is_found_however_it_is_typed(typed):
    assert normal_phone(typed, "CN") == "+8613800138000"


def test_the_region_says_what_a_national_number_means():
    assert normal_phone("(212) 555-0100", "US") == "+12125550100"


def test_what_is_no_phone_is_still_found_by_the_same_typing():
    assert normal_phone("ask at the gate", "CN") == normal_phone("Ask at the gate", "CN") == "askatthegate"


def test_an_e_mail_is_found_in_any_case():
    assert normal_email(" Li.Wei@Example.COM ") == "li.wei@example.com"


def test_a_hash_fits_its_kind_and_key_only():
    there = lookup_hash(KEY, "phone", "138 0013 8000", "CN")
    assert there == lookup_hash(KEY, "phone", "+8613800138000", "CN")
    assert there != lookup_hash(KEY, "external_ref", "+8613800138000", "CN")
    assert there != lookup_hash(b"x" * 32, "phone", "138 0013 8000", "CN")


def test_a_secret_follows_from_the_complaint_and_the_key():
    one, other = uuid4(), uuid4()
    assert secret(KEY, one) == secret(KEY, one)
    assert len({secret(KEY, one), secret(KEY, other), secret(b"x" * 32, one)}) == 3


def test_a_secret_is_right_however_it_is_read_out():
    complaint = UUID(int=7)
    told = secret(KEY, complaint)
    assert right(KEY, complaint, told)
    assert right(KEY, complaint, told.lower().replace("-", " "))
    assert not right(KEY, complaint, told[:-1])
    assert not right(KEY, complaint, "")
    assert not right(KEY, UUID(int=8), told)
