"""Rules of giving access and taking it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.intake.token import TOKEN, IssueToken, RevokeToken
from shared.contracts.intake import TokenIssued, TokenRevoked
from shared.testing import NOON, happened, scenario

ID = UUID("0193a4a0-0000-7000-8000-000000000a11")
given = scenario(TOKEN, ID)
TODAY = date(2026, 11, 20)
issue = IssueToken("Li Na", ("desk", "quality", "desk"), TODAY, TODAY, departments=("desk",), head_of=("desk",))
issued = TokenIssued(token_id=ID, name="Li Na", person="li.na", roles=("desk",), issued_at=NOON, expires_on=TODAY)


def test_a_token_carries_who_it_is_for():
    given().when(issue).then(
        happened(
            TokenIssued, token_id=ID, name="Li Na", person="Li Na", roles=("desk", "quality"), departments=("desk",), head_of=("desk",),
            issued_at=NOON, expires_on=TODAY,
        )
    )  # fmt: skip


def test_the_person_may_be_another_than_the_name():
    given().when(replace(issue, person="li.na")).then(happened(TokenIssued, name="Li Na", person="li.na"))


def test_no_token_is_issued_that_has_expired_already():
    given().when(replace(issue, expires_on=date(2026, 11, 19))).invalid("/expires_on")


def test_a_department_must_be_one_of_the_policys():
    given().when(replace(issue, departments=("desk", "kitchen"))).invalid("/departments/1")
    given().when(replace(issue, head_of=("kitchen",))).invalid("/head_of/0")


def test_a_token_is_issued_once():
    given(issued).when(issue).refused("already-issued")


def test_a_token_is_revoked_for_a_reason():
    given(issued).when(RevokeToken("Left the company.")).then(happened(TokenRevoked, token_id=ID, reason="Left the company."))


def test_to_revoke_twice_is_to_revoke_once():
    given(issued, TokenRevoked(token_id=ID, reason="Lost.")).when(RevokeToken("Lost.")).nothing()


def test_what_was_never_issued_is_not_found():
    given().when(RevokeToken("?")).not_found()
