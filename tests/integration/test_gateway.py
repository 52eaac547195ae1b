"""Does the gateway hand on what it gets, unchanged, and say who is missing? Between real sockets; the services behind it are small."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from services.gateway.app import gateway_app
from services.gateway.upstream import Upstreams
from services.prefixes import PREFIXES
from shared.contracts.vocabulary import SERVICES
from tests.upstream import Behind, breaks_off, hanging_up, nobody, says, served

PATIENCE = 10.0


@dataclass
class Town:
    """A gateway, the services behind it, and a caller."""

    behind: dict[str, Behind]
    upstreams: Upstreams
    http: httpx.AsyncClient

    def answer(self, path: str, **bodies: object) -> None:
        """What services say at this address."""
        for name, service in self.behind.items():
            service.answers[path] = says(bodies.get(name, bodies.get("others")))


@asynccontextmanager
async def a_town(**urls: list[str]) -> AsyncIterator[Town]:
    """Services without URLs of their own get one good instance."""
    async with AsyncExitStack() as stack:
        behind = {name: Behind(name) for name in SERVICES}
        good = {name: [await stack.enter_async_context(served(app))] for name, app in behind.items()}
        upstreams = Upstreams({**good, **{name: [url or good[name][0] for url in found] for name, found in urls.items()}})
        stack.push_async_callback(upstreams.close)
        url = await stack.enter_async_context(served(gateway_app(upstreams)))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=PATIENCE))
        yield Town(behind, upstreams, http)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with a_town() as made:
        yield made


@pytest.mark.parametrize(("prefix", "service"), PREFIXES.items())
async def test_a_call_reaches_the_service_of_its_prefix(town: Town, prefix: str, service: str):
    assert (await town.http.get(f"/api/v1/{prefix}/something")).json() == {"service": service}
    assert [len(behind.seen) for name, behind in town.behind.items() if name != service] == [0, 0, 0, 0]


@pytest.mark.parametrize("path", ["/", "/reference", "/static/redress.css"])
async def test_a_page_is_reportings(town: Town, path: str):
    assert (await town.http.get(path)).json() == {"service": "reporting"}


@pytest.mark.parametrize("path", ["/api/v1/nonsense", "/api/v1/", "/api/v1/parked/nobody/1/retry"])
async def test_an_address_of_nobody_is_a_problem(town: Town, path: str):
    answer = await town.http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_path_query_headers_and_body_arrive_as_they_were_sent(town: Town):
    headers = {"Authorization": "Bearer x", "Idempotency-Key": "k", "Host": "complaints.example.com", "Accept-Language": "zh-CN"}
    target = "/api/v1/cases/a%2Fb?state=%E4%B8%AD&min_position=intake/1/2&min_position=intake/2/3"
    await town.http.post(target, content=b'{"a": 1}', headers={**headers, "Content-Type": "application/json"})
    [seen] = town.behind["routing"].seen
    assert (seen.method, seen.target, seen.body) == ("POST", target, b'{"a": 1}')
    assert [seen.header(name.lower()) for name in headers] == [[value] for value in headers.values()]


async def test_what_belongs_to_a_connection_stays_with_it(town: Town):
    town.behind["routing"].answers["/api/v1/cases"] = says(
        {}, 200, (b"x-own", b"1"), (b"x-other", b"2"), (b"connection", b"x-other"), (b"keep-alive", b"timeout=5")
    )
    answer = await town.http.get("/api/v1/cases", headers={"TE": "trailers", "Connection": "X-Secret", "X-Secret": "1", "X-Kept": "2"})
    [seen] = town.behind["routing"].seen
    assert (seen.header("te"), seen.header("x-secret"), seen.header("x-kept")) == ([], [], ["2"])
    assert ("x-other" in answer.headers, "keep-alive" in answer.headers, answer.headers["x-own"]) == (False, False, "1")
    assert len(answer.headers.get_list("date")) == 1


async def test_only_the_gateway_says_where_a_caller_is(town: Town):
    await town.http.get("/api/v1/cases", headers={"X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4"})
    [seen] = town.behind["routing"].seen
    assert (seen.header("x-forwarded-for"), seen.header("x-forwarded-proto")) == (["127.0.0.1"], ["http"])
    assert (seen.header("forwarded"), seen.header("x-real-ip")) == ([], [])


async def test_what_a_service_answers_arrives_as_it_is(town: Town):
    problem = {"type": "/problems/meeting-first", "title": "…", "status": 409, "detail": "…"}
    town.behind["routing"].answers["/api/v1/cases"] = says(problem, 409, (b"etag", b'"3"'), (b"retry-after", b"1"), (b"set-cookie", b"a=1"))
    answer = await town.http.get("/api/v1/cases")
    assert (answer.status_code, answer.json()) == (409, problem)
    assert (answer.headers["etag"], answer.headers["retry-after"], answer.headers["set-cookie"]) == ('"3"', "1", "a=1")
    town.http.cookies.clear()
    await town.http.get("/api/v1/cases")
    assert [seen.header("cookie") for seen in town.behind["routing"].seen] == [[], []]


async def test_one_trace_goes_through(town: Town):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await town.http.get("/api/v1/cases", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    [sent] = town.behind["routing"].seen[0].header("traceparent")
    assert sent.split("-")[1] == trace
    assert [value.split("-")[1] for value in answer.headers.get_list("traceparent")] == [trace]


async def test_a_stream_flows_and_ends_with_its_caller(town: Town):
    told, left = asyncio.Event(), asyncio.Event()

    async def stream(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
        await told.wait()
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    town.behind["routing"].answers["/api/v1/queues/desk/stream"] = stream
    async with asyncio.timeout(PATIENCE), town.http.stream("GET", "/api/v1/queues/desk/stream") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == ": open"  # before there is anything more
        told.set()
        assert [await anext(lines), await anext(lines)] == ["", "data: 1"]
    async with asyncio.timeout(PATIENCE):
        await left.wait()


async def test_a_stream_ends_when_the_gateway_stops(town: Town):
    async def stream(scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
        await receive()

    town.behind["routing"].answers["/api/v1/queues/desk/stream"] = stream

    async def listen() -> None:
        async with asyncio.timeout(PATIENCE), town.http.stream("GET", "/api/v1/queues/desk/stream") as answer:
            async for line in answer.aiter_lines():
                if line == ": open":
                    town.upstreams.end_streams()

    with pytest.raises(httpx.RemoteProtocolError):
        await listen()


async def test_a_body_too_large_is_refused_at_the_door(town: Town):
    answer = await town.http.post("/api/v1/complaints", json={"description": "x" * 2**20})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert town.behind["intake"].seen == []
    assert (await town.http.post("/api/v1/complaints/batch", json={"items": ["x" * 2**20]})).status_code == 200


async def test_a_service_that_cannot_be_reached_is_named():
    async with a_town(capa=[nobody()]) as town:
        answer = await town.http.get("/api/v1/capas", headers={"Accept-Language": "en"})
        assert (answer.status_code, answer.headers["content-type"], answer.headers["retry-after"]) == (503, "application/problem+json", "1")
        assert "capa" in answer.json()["detail"]
        assert (await town.http.get("/api/v1/cases")).status_code == 200


async def test_instances_take_turns():
    async with served(other := Behind("other")) as second, a_town(intake=["", second]) as town:
        for _ in range(6):
            await town.http.post("/api/v1/complaints", json={})
        assert (len(other.seen), len(town.behind["intake"].seen)) == (3, 3)


async def test_what_an_instance_never_got_another_one_gets():
    async with a_town(intake=[nobody(), ""]) as town:
        for _ in range(4):
            assert (await town.http.post("/api/v1/complaints", json={})).status_code == 200
        assert len(town.behind["intake"].seen) == 4


async def test_a_command_that_was_sent_is_not_sent_again():
    calls: list[bytes] = []
    async with hanging_up(calls) as gone, a_town(intake=[gone, ""]) as town:
        answers = [await town.http.post("/api/v1/complaints", json={}) for _ in range(2)]
        assert sorted(answer.status_code for answer in answers) == [200, 503]
        [refused] = [answer for answer in answers if answer.status_code == 503]
        assert "Idempotency-Key" in refused.json()["detail"]
        assert (len(calls), len(town.behind["intake"].seen)) == (1, 1)


async def test_a_question_is_asked_of_another_instance():
    calls: list[bytes] = []
    async with hanging_up(calls) as gone, a_town(intake=[gone, ""]) as town:
        assert [(await town.http.get("/api/v1/complaints/1")).status_code for _ in range(4)] == [200] * 4
        assert (len(calls), len(town.behind["intake"].seen)) == (2, 4)


async def test_whoever_says_it_is_not_ready_is_asked_last():
    async with served(starting := Behind("starting", ready=False)) as second, a_town(intake=["", second]) as town:
        await town.upstreams.look()
        for _ in range(4):
            await town.http.get("/api/v1/complaints/1")
        assert (len(starting.seen), len(town.behind["intake"].seen)) == (0, 4)


async def test_half_an_answer_does_not_look_whole(town: Town):
    town.behind["routing"].answers["/api/v1/cases"] = breaks_off
    with pytest.raises(httpx.RemoteProtocolError):
        await town.http.get("/api/v1/cases")


async def test_lists_of_all_are_joined_and_who_is_missing_is_named():
    async with a_town(capa=[nobody()]) as town:
        for name, behind in town.behind.items():
            behind.answers["/api/v1/consumers"] = says({"items": [{"service": name}]})
        found = (await town.http.get("/api/v1/consumers", headers={"Authorization": "Bearer x"})).json()
        assert [item["service"] for item in found["items"]] == ["intake", "routing", "survey", "reporting"]
        [missing] = found["missing"]
        assert missing["service"] == "capa"
        assert "capa" in missing["detail"]
        assert [behind.seen[0].header("authorization") for name, behind in town.behind.items() if name != "capa"] == [["Bearer x"]] * 4


async def test_a_service_that_answers_503_is_missing_too(town: Town):
    town.answer("/api/v1/parked", others={"items": []})
    town.behind["survey"].answers["/api/v1/parked"] = says({"detail": "The database is away."}, 503)
    found = (await town.http.get("/api/v1/parked")).json()
    assert found == {"items": [], "missing": [{"service": "survey", "detail": "The database is away."}]}


async def test_a_list_of_nobody_is_no_list():
    async with a_town(**{name: [nobody()] for name in SERVICES}) as town:
        assert (await town.http.get("/api/v1/parked")).status_code == 503


async def test_a_refusal_of_the_call_itself_is_handed_on(town: Town):
    for behind in town.behind.values():
        behind.answers["/api/v1/parked"] = says({"status": 403}, 403, (b"content-language", b"en"))
    answer = await town.http.get("/api/v1/parked")
    assert (answer.status_code, answer.json(), answer.headers["content-language"]) == (403, {"status": 403}, "en")


async def test_a_parked_event_is_its_services_business(town: Town):
    await town.http.post("/api/v1/parked/survey/1/retry")
    assert [seen.target for seen in town.behind["survey"].seen] == ["/api/v1/parked/survey/1/retry"]


def _document(name: str) -> object:
    return {"openapi": "3.1.0", "info": {"title": name}, "paths": {f"/api/v1/{name}": {}}, "components": {"schemas": {name: {}}}}


async def test_the_description_is_of_all_services(town: Town):
    for name, behind in town.behind.items():
        behind.answers["/api/v1/openapi.json"] = says(_document(name))
    document = (await town.http.get("/api/v1/openapi.json")).json()
    assert set(document["paths"]) == {f"/api/v1/{name}" for name in SERVICES}
    assert set(document["components"]["schemas"]) == set(SERVICES)


async def test_a_description_with_a_hole_is_none():
    async with a_town(capa=[nobody()]) as town:
        for name, behind in town.behind.items():
            behind.answers["/api/v1/openapi.json"] = says(_document(name))
        answer = await town.http.get("/api/v1/openapi.json")
        assert answer.status_code == 503
        assert "capa" in answer.json()["detail"]


async def test_it_is_ready_once_every_service_is():
    async with a_town(capa=[nobody()]) as town:
        assert ((await town.http.get("/healthz")).status_code, (await town.http.get("/readyz")).status_code) == (200, 503)
        await town.upstreams.look()
        answer = await town.http.get("/readyz")
        assert answer.status_code == 503
        assert {name for name, troubles in answer.json()["services"].items() if troubles} == {"capa"}
    async with a_town() as town:
        await town.upstreams.look()
        assert (await town.http.get("/readyz")).json()["ready"] is True


async def test_metrics_are_for_this_machine_and_administrators(town: Town):
    told = (await town.http.get("/metrics")).text
    assert 'redress_gateway_instance_ready{service="capa",url="http://127.0.0.1:' in told
    assert 'service="gateway"' in told
    through_a_proxy = {"X-Forwarded-For": "10.0.0.1", "Authorization": "Bearer x"}
    town.behind["intake"].answers["/api/v1/access/me"] = says({"roles": ["desk"]})
    assert (await town.http.get("/metrics", headers=through_a_proxy)).status_code == 403
    town.behind["intake"].answers["/api/v1/access/me"] = says({"roles": ["admin"]})
    assert (await town.http.get("/metrics", headers=through_a_proxy)).status_code == 200
    town.behind["intake"].answers["/api/v1/access/me"] = says({"detail": "The token has expired."}, 401)
    answer = await town.http.get("/metrics", headers=through_a_proxy)
    assert (answer.status_code, json.loads(answer.content)["detail"]) == (401, "The token has expired.")
