"""Which pull request is a job about, and where is a file shown?"""

import json
from pathlib import Path
from typing import Any

import pytest

from mooring.review.host import file_url, pull_number

COMMIT = "c" * 40


@pytest.mark.parametrize(
    ("payload", "ref", "number"),
    [
        ({"pull_request": {"number": 7}, "number": 7}, "refs/pull/7/merge", 7),
        ({"pull_request": {"number": 7}}, "refs/heads/main", 7),
        ({"number": 8}, "", 8),
        ({"number": "8"}, "refs/pull/9/merge", 9),
        ({"number": -1}, "", None),
        ({"merge_group": {}}, "refs/heads/gh-readonly-queue/main/pr-4", None),
        ({"issue": {"number": 3}}, "refs/heads/main", None),
        ([], "refs/pull/12/head", 12),
        (None, "refs/pull/0/merge", None),
        (None, "refs/pull/1/merge/../..", None),
    ],
)
def test_the_payload_outranks_the_ref(tmp_path: Path, payload: Any, ref: str, number: int | None) -> None:
    event = tmp_path / "event.json"
    event.write_text("{ no json" if payload is None else json.dumps(payload))
    assert pull_number({"GITHUB_EVENT_PATH": str(event), "GITHUB_REF": ref}) == number


def test_a_payload_that_is_not_there_is_none() -> None:
    assert pull_number({"GITHUB_EVENT_PATH": "/nowhere/event.json"}) is None
    assert pull_number({}) is None


@pytest.mark.parametrize(
    ("server", "repository", "path", "url"),
    [
        ("https://github.com", "acme/prompts", "prompts/a.yaml", f"https://github.com/acme/prompts/blob/{COMMIT}/prompts/a.yaml"),
        ("https://git.acme.example/", "a/b", "x y/ü)>.yaml", f"https://git.acme.example/a/b/blob/{COMMIT}/x%20y/%C3%BC%29%3E.yaml"),
        ("javascript:alert(1)", "acme/prompts", "a", ""),
        ("https://github.com", "acme/prompts/..", "a", ""),
        ("https://x.example/ )[y](z", "acme/prompts", "a", ""),
        ("", "acme/prompts", "a", ""),
    ],
)  # fmt: skip
def test_a_files_place(server: str, repository: str, path: str, url: str) -> None:
    environment = {"GITHUB_SERVER_URL": server, "GITHUB_REPOSITORY": repository}
    assert file_url(environment, COMMIT, path) == url
    assert not file_url(environment, None, path)
