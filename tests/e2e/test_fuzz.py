"""Can any request, however odd, make the product fail? Schemathesis makes them from the product's own OpenAPI."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.generation import GenerationMode

from tests.running import READY, environment

ROLES = ["channel", "desk", "department", "quality", "approver", "analyst", "auditor", "admin"]
EXAMPLES = 4  # of each kind, for each call
PROMISED = frozenset((503, 504))


@dataclass(frozen=True)
class Target:
    url: str
    token: str


@pytest.fixture(scope="module")
def target(tmp_path_factory) -> Iterator[Target]:
    """A product of its own; what it logs goes to a file, since nobody listens while requests are made."""
    folder = tmp_path_factory.mktemp("fuzz")
    data = folder / "data"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.cli", "up", "--port", "0"], stdout=subprocess.PIPE, stderr=log, env=environment(data)
        )
        try:
            url = _url(process)
            admin = (data / "admin.token").read_text().strip()
            body = {"name": "Everyone", "roles": ROLES, "departments": ["desk", "technical"], "expires_on": "2099-12-31"}
            yield Target(url, _token(url, admin, body))
        finally:
            process.terminate()
            process.wait()


def _url(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if match := READY.search(line.decode().strip()):
            return match[1]
    raise AssertionError("the product ended")


def _token(url: str, admin: str, body: dict[str, object]) -> str:
    headers = {"Authorization": f"Bearer {admin}", "Content-Type": "application/json"}
    request = Request(f"{url}/api/v1/access/tokens", json.dumps(body).encode(), headers)
    with urlopen(request) as answer:
        return str(json.load(answer)["token"])


@pytest.fixture(scope="module")
def api(target: Target) -> schemathesis.BaseSchema:
    request = Request(f"{target.url}/api/v1/openapi.json", headers={"Authorization": f"Bearer {target.token}"})
    with urlopen(request) as answer:
        document = json.load(answer)
    for path in document["paths"].values():
        for call in path.values():
            # Every invented position would be waited for: five seconds each, and the promised 504.
            call["parameters"] = [p for p in call.get("parameters", ()) if p.get("name") != "min_position"]
    return schemathesis.openapi.from_dict(document).exclude(path_regex=r"/stream$")  # an answer that never ends


def test_no_request_makes_it_fail(api, target: Target):
    """Every call, with what its schema allows and, by mutation, with what it forbids."""
    operations = [found.ok() for found in api.get_all_operations()]
    assert len(operations) > 40
    asked: Counter[int] = Counter()
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                cases = operation.as_strategy(generation_mode=mode)
                _fuzzed(cases, target, asked)
            except Unsatisfiable:
                continue  # a call without parameters cannot be asked wrongly
    assert asked[200]
    assert asked[422]
    assert asked[404]


def _fuzzed(cases: SearchStrategy[Any], target: Target, asked: Counter[int]) -> None:
    @given(case=cases)
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        answer = case.call(base_url=target.url, headers={"Authorization": f"Bearer {target.token}"}, timeout=20)
        asked[answer.status_code] += 1
        told = f"{case.method} {case.path} -> {answer.status_code}: {answer.text}"
        assert answer.status_code < 500 or answer.status_code in PROMISED, told
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == ["application/problem+json"], told
            assert answer.json()["type"].startswith("/problems/"), told

    ask()
