"""Whom does the gateway take for ready?"""

from __future__ import annotations

import httpx

from services.gateway.upstream import Instance, Upstream


def upstream(*instances: Instance) -> Upstream:
    return Upstream("routing", instances)


def at(port: int, **more: object) -> Instance:
    return Instance(httpx.URL(f"http://127.0.0.1:{port}"), **more)  # type: ignore[arg-type]


def test_who_was_not_looked_at_yet_is_called_but_not_said_to_be_ready():
    new = at(1)
    assert upstream(new).in_turn() == [new]
    assert upstream(new).trouble == "was not looked at yet"


def test_one_that_is_ready_is_enough():
    assert upstream(at(1, ready=False, trouble="cannot be reached"), at(2, trouble=None)).trouble is None


def test_each_trouble_is_named_once():
    gone = {"ready": False, "trouble": "cannot be reached"}
    assert upstream(at(1, **gone), at(2, **gone), at(3)).trouble == "cannot be reached; was not looked at yet"
