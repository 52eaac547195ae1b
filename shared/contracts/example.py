"""What does one event of a type look like? A plausible instance of its schema with every field filled in.

Made once when a type is new and kept as a golden file, so the values need to be stable only until then.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.contracts.schema import Schema, alternatives

TEXTS = {
    "number": "C-2026-000123", "person": "li.wei", "name": "Northern Star", "role": "desk", "on_behalf_of": "dealer North-East",
    "currency": "CNY", "amount": "12.50", "external_ref": "CRM-8841", "ref": "C-1007", "customer_ref": "C-1007",
    "product_code": "P-20", "code": "P-20", "batch": "B2291", "serial": "S-77", "damaged_parts": "seal", "purchased_at": "dealer North-East",
    "issue_code": "leakage", "issue_codes": "leakage", "perceived_seriousness": "serious", "commitment": "within three days",
    "departments": "technical", "department": "technical", "responsible_department": "technical", "owner_department": "technical",
    "holder": "li.wei", "holder_name": "Li Wei", "handlers": "li.wei", "attendees": "li.wei", "medium": "phone", "month": "2026-10",
    "clock": "desk_remedy", "source": "tsa", "file_name": "claims.csv", "version": "default.1", "title": "C-2026-000123 leakage P-20",
    "data_flags": "closed_before_received", "call": "GET /api/v1/complaints/{id}", "fields": "description", "head_of": "technical",
}  # fmt: skip
NUMBERS = {"quantity_affected": 12, "quantity_returned": 3, "closing_round": 1, "round": 1, "attempt": 1}
FORMATS = {"date-time": "2026-11-20T01:12:00Z", "date": "2026-11-20"}


def example(schema: Schema) -> dict[str, Any]:
    """One instance of an event's wire schema."""
    made: dict[str, Any] = _value("", schema, schema)
    return made


def _value(name: str, schema: Schema, whole: Schema) -> Any:
    if "$ref" in schema:
        definition = schema["$ref"].rpartition("/")[2]
        return _ciphertext(name) if definition == "Ciphertext" else _value(name, whole["$defs"][definition], whole)
    chosen = next((choice for choice in alternatives(schema) if choice.get("type") != "null"), schema)
    if chosen is not schema:
        return _value(name, chosen, whole)
    if "enum" in schema:
        return TEXTS[name] if TEXTS.get(name) in schema["enum"] else schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {field: _value(field, inner, whole) for field, inner in schema.get("properties", {}).items()}
        case "array":
            return [_value(name, schema["items"], whole)]
        case "boolean":
            return True
        case "integer" | "number":
            return NUMBERS.get(name, 1)
        case _:
            return _text(name, schema)


def _text(name: str, schema: Schema) -> str:
    if schema.get("format") == "uuid":
        return str(uuid5(NAMESPACE_URL, f"redress/{name}"))
    return FORMATS.get(schema.get("format", "")) or TEXTS.get(name, name)


def _ciphertext(name: str) -> dict[str, str]:
    return {"subject": str(uuid5(NAMESPACE_URL, "redress/complaint_id")), "sealed": b64encode(f"sealed {name}".encode()).decode()}
