"""The demo does the main job for real, and fails where the main job would."""

import os
import re
import tempfile
from pathlib import Path

import pytest

from mooring.cli import run
from mooring.demo import people, story


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_main_job_on_memory(capsys: pytest.CaptureFixture[str], scratch: Path) -> None:
    code = run(["demo"])
    out = capsys.readouterr().out
    assert code == 0, out
    for step in ("plan", "sync", "drift", "diff", "resolve", "status"):
        assert f"$ mooring {step}" in out
    for state in ("platform_ahead", "relabelled", "git_ahead"):
        assert state in out
    assert "0 writes to the platform" in out
    assert re.search(r"✓ \d+ expectations held", out)
    assert list(scratch.iterdir()) == []


def test_the_main_job_on_langfuse(
    capsys: pytest.CaptureFixture[str], scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-lf-of-somebody")
    monkeypatch.delenv("LANGFUSE_PUBLIC_KEY", raising=False)
    code = run(["demo", "--on", "langfuse"])
    out = capsys.readouterr().out
    assert code == 0, out
    assert ">>> langfuse.update_prompt(" in out
    assert "platform_ahead" in out
    assert list(scratch.iterdir()) == []
    assert os.environ["LANGFUSE_SECRET_KEY"] == "sk-lf-of-somebody", "what was set is put back"
    assert "LANGFUSE_PUBLIC_KEY" not in os.environ


def test_an_expectation_that_fails_fails_the_demo(
    capsys: pytest.CaptureFixture[str], scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "EDIT", "Something that nobody typed.")
    monkeypatch.setitem(people.PEOPLE, "memory", _idle())
    code = run(["demo"])
    out = capsys.readouterr().out
    assert code == 1
    assert "✗ Expected an app to be served the edit" in out
    (kept,) = scratch.iterdir()
    assert f"The folder is {kept}" in out


def test_a_person_who_stumbles_fails_the_demo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(people.PEOPLE, "memory", _idle("raise SystemError('no such client')"))
    assert run(["demo"]) == 1
    assert "no such client" in capsys.readouterr().out


def _idle(begin: str = "") -> people.Lines:
    real = people.PEOPLE["memory"]
    return people.Lines("an idle client", begin or real.begin, "pass", real.rollback, real.look)
