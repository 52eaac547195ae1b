"""Does the document promise what the doors do?"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import pytest
from fastapi import APIRouter

from shared.access import Principal
from shared.web import Body, Do, FreeText, Paging, Receipt, Serving, allow
from shared.web.testing import Small

router = APIRouter()


class Note(Body):
    text: FreeText


@router.post("/api/v1/notes/{note_id}", status_code=201, response_model=Receipt)
async def post(note_id: UUID, body: Note, who: Annotated[Principal, allow("desk")], do: Do, service: Serving) -> Any:
    """Takes a note."""


@router.get("/api/v1/notes")
async def listing(page: Paging, who: Annotated[Principal, allow("desk")]) -> Any:
    """Lists them."""


@router.post("/api/v1/tracking")
async def track(body: Note) -> Any:
    """No token."""


@pytest.fixture
def document() -> dict[str, Any]:
    return Small(router).app.openapi()


def names(document: dict[str, Any], call: dict[str, Any]) -> set[str]:
    shared = document["components"]["parameters"]
    return {(shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p)["name"] for p in call["parameters"]}


def test_each_call_says_whether_it_needs_a_token(document: dict[str, Any]):
    assert document["paths"]["/api/v1/notes"]["get"]["security"] == [{"bearer": []}]
    assert "security" not in document["paths"]["/api/v1/tracking"]["post"]
    assert "401" not in document["paths"]["/api/v1/tracking"]["post"]["responses"]


def test_what_holds_for_every_call_stands_at_every_call(document: dict[str, Any]):
    assert names(document, document["paths"]["/api/v1/notes"]["get"]) == {"limit", "cursor", "min_position", "Accept-Language"}
    post = document["paths"]["/api/v1/notes/{note_id}"]["post"]
    assert names(document, post) == {"note_id", "min_position", "Accept-Language", "Idempotency-Key", "If-Match"}


def test_every_problem_is_promised_as_a_problem(document: dict[str, Any]):
    answers = document["paths"]["/api/v1/notes/{note_id}"]["post"]["responses"]
    assert set(answers) == {"201", "400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "503", "504"}
    for status in set(answers) - {"201"}:
        shared = document["components"]["responses"][answers[status]["$ref"].rpartition("/")[2]]
        assert list(shared["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_our_own_parameters_are_nobody_elses_business(document: dict[str, Any]):
    post = document["paths"]["/api/v1/notes/{note_id}"]["post"]
    assert not names(document, post) & {"who", "do", "service", "request"}
    assert post["description"] == "Takes a note."
    assert post["responses"]["201"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Receipt"}
