"""Which role may make which call, and how far? The table of the public contract, as data.

Doors name their roles themselves (`allow("desk", "quality")`); this is what `access/me` tells people, and what tests hold the doors to.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from shared.access.principal import Principal
from shared.contracts.vocabulary import Role

Scope = Literal[
    "all", "own", "held", "facts", "numbers_and_states", "read", "read_own", "if_holder", "own_department", "desk_department",
    "desk_path", "carried_out_if_holder", "plan", "final_inspection", "extension", "exposures_and_annotations", "without_packet",
    "held_without_packet", "adopt", "head_of",
]  # fmt: skip

_STAFF_READ: dict[Role, Scope] = {"desk": "all", "quality": "all", "approver": "all", "analyst": "all", "auditor": "all"}
_DESK_QUALITY: dict[Role, Scope] = {"desk": "all", "quality": "all"}
_INVOLVED: dict[Role, Scope] = {"channel": "own", "desk": "all", "department": "held", "quality": "all"}

MATRIX: Mapping[str, Mapping[Role, Scope]] = MappingProxyType(
    {
        "post": {"channel": "all", "desk": "all"},
        "read_complaint": {**_INVOLVED, "approver": "all", "analyst": "facts", "auditor": "all"},
        "read_complainant": _INVOLVED,
        "read_texts": {**_INVOLVED, "approver": "all", "auditor": "all"},
        "lookup": {"channel": "numbers_and_states", **_DESK_QUALITY},
        "messages": _INVOLVED,
        "withdrawal": {"channel": "own", "desk": "all"},
        "promotion_merging_customers": _DESK_QUALITY,
        "feedback": {
            "channel": "read_own", "desk": "all", "department": "if_holder", "quality": "all", "approver": "read", "auditor": "read",
        },
        "read_customers": _STAFF_READ,
        "queues": {
            "desk": "desk_department", "department": "own", "quality": "all", "approver": "own", "auditor": "read",
        },
        "work_item_moves": {"desk": "own", "department": "own", "quality": "own", "approver": "own"},
        "assign": dict.fromkeys(("channel", "desk", "department", "quality", "approver", "analyst", "auditor", "admin"), "head_of"),
        "remind": {"desk": "all", "department": "head_of", "quality": "all"},
        "assessment": _DESK_QUALITY,
        "case_handling": _DESK_QUALITY,
        "meeting": {"quality": "all"},
        "remedy": {"desk": "desk_path", "department": "carried_out_if_holder", "quality": "all"},
        "approval": {"quality": "plan", "approver": "all"},
        "inspections": {"department": "final_inspection", "quality": "all", "auditor": "read"},
        "read_capa": {"desk": "all", "department": "own", "quality": "all", "approver": "all", "auditor": "all"},
        "capa": {"department": "own", "quality": "all"},
        "capa_extension_effectiveness": {"quality": "all", "approver": "extension"},
        "callbacks": _DESK_QUALITY,
        "figures": {"quality": "all", "approver": "all", "analyst": "all", "auditor": "all"},
        "figures_write": {"quality": "all", "analyst": "exposures_and_annotations"},
        "export": {"quality": "all", "analyst": "all", "auditor": "all"},
        "timeline_clocks_packet": {
            "desk": "without_packet", "department": "held_without_packet", "quality": "all", "approver": "all", "auditor": "all",
        },
        "policy": {
            **dict.fromkeys(("channel", "desk", "department", "quality", "approver", "analyst", "auditor"), "read"), "admin": "adopt",
        },
        "administration": {"auditor": "read", "admin": "all"},
        "access_records": {"auditor": "all", "admin": "all"},
    }
)  # fmt: skip


def may(who: Principal) -> dict[str, list[Scope]]:
    """What this principal may do: call to the scopes its roles give, widest known first; calls it may not make are left out."""
    allowed: dict[str, list[Scope]] = {}
    for call, roles in MATRIX.items():
        scopes = sorted({roles[role] for role in who.roles if role in roles}, key=lambda scope: (scope != "all", scope))
        if "head_of" in scopes and not who.head_of:
            scopes.remove("head_of")
        if scopes:
            allowed[call] = scopes
    return allowed
