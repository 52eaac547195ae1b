"""Two like complaints are likely one only when they came in near each other, as the policy says (IN-3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.intake.duplicates import Described
from shared.testing import NOON

NEW = Described(at=NOON, near=timedelta(days=30), keys={"C-1": "customer"}, product_code="P-20", issue_codes=frozenset(("leakage",)))


def earlier(days: int, **changed: Any) -> Any:
    return {"received_at": NOON - timedelta(days=days), "product_code": "P-20", "issue_codes": ["noise"]} | changed


@pytest.mark.parametrize(("days", "shared"), [(0, "product"), (30, "product"), (31, None), (-30, "product"), (-31, None)])
def test_the_policys_days_lie_between_them_at_most(days, shared):
    assert NEW.shared_with(earlier(days)) == shared


def test_what_they_share_is_the_product_else_an_issue():
    assert NEW.shared_with(earlier(1, product_code="P-21", issue_codes=["leakage"])) == "issue"
    assert NEW.shared_with(earlier(1, product_code=None)) is None
