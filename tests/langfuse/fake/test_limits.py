"""Does the fake refuse requests as Langfuse Cloud did when it was recorded?"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from mooring.testing.langfuse import Langfuse
from mooring.testing.langfuse.limits import HOBBY, PRO, Limit, Limits, Resource, Share, refusal
from mooring.testing.langfuse.wire import Answer, Request

RECORDED = Path(__file__).parents[1] / "recordings" / "19-ratelimit-cloudmode.jsonl"
EXCHANGES = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").strip().split("\n")]
REFUSED = [each for each in EXCHANGES if each["status"] == 429]
START = datetime(2026, 11, 21, 11, 51, 17, 706_000, UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def ask(method: str) -> Request:
    path = "/api/public/v2/prompts/rl/versions/1" if method == "PATCH" else "/api/public/v2/prompts?limit=1"
    return Request(method, path)


def headers(answer: Answer) -> dict[str, str]:
    return dict(answer.headers)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.parametrize("recorded", REFUSED, ids=lambda each: each["note"])
def test_every_recorded_refusal_is_written_again_to_the_byte(recorded: dict[str, Any]) -> None:
    details = recorded["response_body"]["details"]
    end = datetime.fromisoformat(details["resetAt"])
    answer = refusal(details["limit"], end, end - timedelta(seconds=details["retryAfterSeconds"]))
    assert answer.status == 429
    assert answer.body.decode() == recorded["response_raw"]
    said = {name: value for name, value in recorded["headers"].items() if name not in ("vary", "etag")}
    assert list(headers(answer).items()) == list(said.items())


def test_the_recorded_run_is_let_through_and_refused_alike(clock: Clock) -> None:
    limits = Limits(HOBBY, clock)
    limits.set("rl", Resource.PROMPTS, Limit(4, 20))
    run = [each for each in EXCHANGES if each["note"].startswith(("GET ", "PATCH "))]
    assert len(run) == 40
    statuses = [429 if limits.check("rl", ask(each["method"])) else 200 for each in run]
    assert statuses == [each["status"] for each in run]
    assert limits.share("rl", Resource.PROMPTS) == Share(passed=3, refused=3)
    assert limits.share("rl", Resource.PUBLIC_API) == Share(passed=29, refused=5)


def test_a_self_hosted_server_counts_and_refuses_nothing() -> None:
    limits = Limits()
    assert all(
        limits.check("o", ask(method)) is None for method in ("GET", "PATCH", "POST", "DELETE") for _ in "x" * 99
    )
    assert limits.share("o", Resource.PUBLIC_API) == Share(passed=99)
    assert limits.share("o", Resource.PROMPTS) == Share(passed=297)
    assert limits.share("p", Resource.PROMPTS) == Share()


def test_the_cloud_limits_only_patch() -> None:
    limits = Limits(PRO, lambda: START)
    assert all(limits.check("o", ask("POST")) is None for _ in range(2000))
    assert [limits.check("o", ask("PATCH")) is None for _ in range(1000)] == [True] * 999 + [False]


def test_a_window_is_fixed_and_begins_with_the_first_request(clock: Clock) -> None:
    limits = Limits({Resource.PROMPTS: Limit(3, 20)}, clock)
    clock.advance(7)
    assert limits.check("o", ask("GET")) is None
    clock.advance(19)
    assert limits.check("o", ask("GET")) is None
    clock.advance(0.4)
    refused = limits.check("o", ask("GET"))
    assert refused is not None
    assert headers(refused)["retry-after"] == "1"
    assert json.loads(refused.body)["details"]["resetAt"] == "2026-11-21T11:51:44.706Z"
    clock.advance(0.6)
    assert [limits.check("o", ask("GET")) is None for _ in range(4)] == [True, True, False, False]


def test_asking_for_the_project_of_a_key_counts_for_nothing() -> None:
    limits = Limits({Resource.PROMPTS: Limit(1, 60), Resource.PUBLIC_API: Limit(1, 60)}, lambda: START)
    assert limits.check("o", Request("GET", "/api/public/projects")) is None
    assert limits.share("o", Resource.PROMPTS) == limits.share("o", Resource.PUBLIC_API) == Share()


def test_organisations_and_resources_do_not_share() -> None:
    limits = Limits({Resource.PROMPTS: Limit(2, 60), Resource.PUBLIC_API: Limit(2, 60)}, lambda: START)
    for organization in ("a", "b"):
        for method in ("GET", "PATCH"):
            assert limits.check(organization, ask(method)) is None
            assert limits.check(organization, ask(method)) is not None


def test_a_limit_can_be_set_and_lifted_at_any_time() -> None:
    limits = Limits(now=lambda: START)
    limits.set("o", Resource.PROMPTS, Limit(1, 60))
    assert limits.check("o", ask("GET")) is not None
    assert limits.check("other", ask("GET")) is None
    limits.lift("o", Resource.PROMPTS)
    assert limits.check("o", ask("GET")) is None
    assert limits.share("o", Resource.PROMPTS) == Share(passed=1, refused=1)


def test_the_server_refuses_and_counts(langfuse: Langfuse, url: str) -> None:
    eu, us = langfuse.project("eu", organization="one"), langfuse.project("us", organization="two")
    langfuse.hooks.limits = Limits({Resource.PROMPTS: Limit(3, 20)}, lambda: START)
    found = [requests.get(f"{url}/api/public/v2/prompts", auth=(eu.public, eu.secret), timeout=9) for _ in range(4)]
    assert [each.status_code for each in found] == [200, 200, 429, 429]
    assert found[2].headers["x-ratelimit-reset"] == "Sat Nov 21 2026 11:51:37 GMT+0000 (Coordinated Universal Time)"
    assert found[2].json()["details"]["retryAfterSeconds"] == int(found[2].headers["retry-after"]) == 20
    assert requests.get(f"{url}/api/public/projects", auth=(eu.public, eu.secret), timeout=9).status_code == 200
    assert requests.get(f"{url}/api/public/v2/prompts", auth=(us.public, us.secret), timeout=9).status_code == 200
    assert requests.get(f"{url}/api/public/v2/prompts", timeout=9).status_code == 401
    assert langfuse.hooks.limits.share("one", Resource.PROMPTS) == Share(passed=2, refused=2)
    assert langfuse.hooks.limits.share("two", Resource.PROMPTS) == Share(passed=1)
