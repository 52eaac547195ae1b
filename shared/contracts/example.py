"""What does one event of a type look like? A plausible instance of its schema with every field filled in.

Made once when a type is new and kept as a golden file, so the values need to be stable only until then.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.contracts.schema import Schema, alternatives

TEXTS = {
    "number": "C-2026-000123", "capa.capa-opened.v1.number": "CA-2026-0007", "capa.capa-closed.v1.number": "CA-2026-0007",
    "person": "li.wei", "Actor.name": "Li Wei", "role": "desk",
    "Customer.name": "Northern Star", "Product.name": "Pump", "name": "Li Wei", "on_behalf_of": "dealer North-East", "currency": "CNY",
    "amount": "12.50", "external_ref": "CRM-8841", "ref": "C-1007", "customer_ref": "C-1007", "product_code": "P-20", "code": "P-20",
    "batch": "B2291", "serial": "S-77", "damaged_parts": "seal", "purchased_at": "dealer North-East", "issue_code": "leakage",
    "issue_codes": "leakage", "perceived_seriousness": "serious", "commitment": "within three days", "departments": "technical",
    "department": "technical", "responsible_department": "technical", "owner_department": "technical", "holder": "li.wei",
    "holder_name": "Li Wei", "handlers": "li.wei", "posted_by": "li.wei", "attendees": "li.wei", "medium": "phone", "month": "2026-10",
    "clock": "desk_remedy", "source": "intake/3", "History.source": "crm",
    "intake.import-started.v1.source": "crm", "intake.import-finished.v1.source": "crm", "file_name": "claims.csv", "version": "2026.1", "title": "C-2026-000123 leakage P-20",
    "trigger_ref": "b005139e-ceb2-5b61-8e9d-f2ca32b01ebd", "data_flags": "closed_before_received", "call": "GET /api/v1/complaints/{id}", "fields": "description",
    "head_of": "technical", "consumer": "views", "type": "routing.case-closed.v1", "fingerprint": "0f9c", "address_hash": "5d41",
    "instance": "1", "to_department": "quality_management", "from_department": "technical", "to_person": "li.wei", "reason_code": "overdue",
    "policy_version": "2026.1", "persons": "li.wei", "refused": "li.wei", "body": "consumer association",
    "figure": "received", "Difference.dimension": "issue_code", "Difference.key": "leakage", "SignalSeries.key": "leakage", "SignalBaseline.first": "2023-10",
    "left_out": "2024-02", "reporting.month-judged.v1.method": "trend-signal.v1", "SignalRule.version": "trend-signal.v1", "data_hash": "7c1e",
}  # fmt: skip
NUMBERS = {"quantity_affected": 12, "quantity_returned": 3, "closing_round": 1, "round": 1, "attempt": 1, "reply": 451}
FORMATS = {"date-time": "2026-11-20T01:12:00Z", "date": "2026-11-20"}


def example(schema: Schema) -> dict[str, Any]:
    """One instance of an event's wire schema."""
    made: dict[str, Any] = value_of("", schema, schema, schema["$id"])
    return made


def value_of(name: str, schema: Schema, whole: Schema, within: str = "") -> Any:
    """One value a schema allows; `whole` holds the definitions it refers to, `within` names the object it stands in."""
    if "$ref" in schema:
        definition = schema["$ref"].rpartition("/")[2]
        return _ciphertext(name) if definition == "Ciphertext" else value_of(name, whole["$defs"][definition], whole, definition)
    chosen = next((choice for choice in alternatives(schema) if choice.get("type") != "null"), schema)
    if chosen is not schema:
        return value_of(name, chosen, whole, within)
    known = TEXTS.get(f"{within}.{name}", TEXTS.get(name))
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return known if known in schema["enum"] else schema["enum"][0]
    match schema.get("type"):
        case "object":
            return {field: value_of(field, inner, whole, within) for field, inner in schema.get("properties", {}).items()}
        case "array":
            return [value_of(name, schema["items"], whole, within)]
        case "boolean":
            return True
        case "integer" | "number":
            return NUMBERS.get(name, 1)
        case _ if schema.get("format") == "uuid":
            return _id(name.rstrip("s"))
        case _:
            return FORMATS.get(schema.get("format", "")) or known or name


def _id(name: str) -> str:
    """The same wherever the same thing is meant."""
    return str(uuid5(NAMESPACE_URL, f"redress/{name.removesuffix('_id')}"))


def _ciphertext(name: str) -> dict[str, str]:
    return {"subject": _id("complaint_id"), "sealed": b64encode(f"sealed {name}".encode()).decode()}
