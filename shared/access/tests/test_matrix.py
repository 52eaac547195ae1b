"""Do role and department give exactly what the public contract's table says?"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.access import Principal, Sight, may, sight
from shared.contracts.vocabulary import Role

FULL, TEXTS, FACTS = Sight(True, True), Sight(False, True), Sight(False, False)


def having(*roles: Role, head_of: frozenset[str] = frozenset()) -> Principal:
    return Principal(uuid4(), "Anna", "anna", roles, frozenset({"desk"}), head_of, datetime.now(UTC))


@pytest.mark.parametrize(
    ("role", "neither", "own", "held"),
    [
        ("channel", None, FULL, None),
        ("desk", FULL, FULL, FULL),
        ("department", None, None, FULL),
        ("quality", FULL, FULL, FULL),
        ("approver", TEXTS, TEXTS, TEXTS),
        ("analyst", FACTS, FACTS, FACTS),
        ("auditor", TEXTS, TEXTS, TEXTS),
        ("admin", None, None, None),
    ],
)
def test_each_role_sees_as_much_of_a_complaint_as_the_table_gives(role: Role, neither: Sight, own: Sight, held: Sight):
    who = having(role)
    assert sight(who, own=False, held=False) == neither
    assert sight(who, own=True, held=False) == own
    assert sight(who, own=False, held=True) == held


def test_two_roles_see_what_either_may():
    assert sight(having("analyst", "auditor"), own=False, held=False) == TEXTS
    assert sight(having("analyst", "department"), own=False, held=True) == FULL


def test_an_administrator_administers_and_sees_no_complaint():
    allowed = may(having("admin"))
    assert allowed["administration"] == ["all"]
    assert "read_complaint" not in allowed
    assert "figures" not in allowed


def test_heads_assign_whatever_their_role():
    assert "assign" not in may(having("analyst"))
    assert may(having("analyst", head_of=frozenset({"desk"})))["assign"] == ["head_of"]


def test_the_widest_scope_comes_first():
    assert may(having("channel", "desk"))["messages"] == ["all", "own"]
