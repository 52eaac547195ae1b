"""Whom does the gateway take for ready?"""

from __future__ import annotations

import httpx
import pytest

from services.gateway.upstream import Asked, Instance, Upstream, Upstreams
from shared.web.problems import Problem


def upstream(*instances: Instance) -> Upstream:
    return Upstream("routing", instances)


def at(port: int, **more: object) -> Instance:
    return Instance(httpx.URL(f"http://127.0.0.1:{port}"), **more)


def test_who_was_not_looked_at_yet_is_called_but_not_said_to_be_ready():
    new = at(1)
    assert upstream(new).in_turn() == [new]
    assert upstream(new).trouble == "was not looked at yet"


def test_one_that_is_ready_is_enough():
    assert upstream(at(1, ready=False, trouble="cannot be reached"), at(2, trouble=None)).trouble is None


def test_each_trouble_is_named_once():
    gone = {"ready": False, "trouble": "cannot be reached"}
    assert upstream(at(1, **gone), at(2, **gone), at(3)).trouble == "cannot be reached; was not looked at yet"


class ClosedAtOnce(httpx.AsyncBaseTransport):
    """What the library under the gateway does when a process dies while a connection to it is being made."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AttributeError("'NoneType' object has no attribute 'family'")


async def test_a_connection_closed_as_soon_as_it_was_made_is_a_service_that_went_away():
    upstreams = Upstreams({"routing": ["http://127.0.0.1:1"]}, ClosedAtOnce())
    with pytest.raises(Problem) as told:
        await upstreams.send("routing", Asked("POST", b"/api/v1/cases", ()))
    assert (told.value.status, "went away" in told.value.detail) == (503, True)
    await upstreams.look()
    assert upstreams.services["routing"].trouble == "http://127.0.0.1:1 cannot be reached"
