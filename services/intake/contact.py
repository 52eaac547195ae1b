"""Under which form is a person found again? Phones as E.164, e-mail in lower case, and only as keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import Literal

import phonenumbers

LookupKind = Literal["phone", "email", "external_ref", "number"]


def normal_phone(phone: str, region: str) -> str:
    """E.164; what is no phone number is kept as its digits, so that the same typing finds it again."""
    given = unicodedata.normalize("NFKC", phone).strip()
    try:
        parsed = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        return "".join(c for c in given if c.isalnum()).lower()
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normal_email(email: str) -> str:
    return unicodedata.normalize("NFKC", email).strip().lower()


def normal(kind: LookupKind, value: str, region: str) -> str:
    match kind:
        case "phone":
            return normal_phone(value, region)
        case "email":
            return normal_email(value)
        case "external_ref" | "number":
            return value.strip()


def lookup_hash(key: bytes, kind: LookupKind, value: str, region: str) -> bytes:
    """What stands in the lookup table: without the key it tells nothing, and it fits no other kind."""
    return hmac.digest(key, f"{kind}:{normal(kind, value, region)}".encode(), hashlib.sha256)
