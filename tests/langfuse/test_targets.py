"""One repository, several targets: one content hash everywhere, and one that is down stops no other."""

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from mooring.core.report import Exit
from mooring.testing.langfuse import Langfuse, serve

if TYPE_CHECKING:
    from tests.langfuse.conftest import Scene

CONFIG = """\
version: 1
id: acme
branch: main
targets:
  eu:
    adapter: langfuse
    url: {eu}
    credentials: {{public_key: env:EU_PUBLIC, secret_key: env:EU_SECRET}}
    mode: upsert
    labels: [production]
  us:
    adapter: langfuse
    url: {us}
    credentials: {{public_key: env:US_PUBLIC, secret_key: env:US_SECRET}}
    mode: upsert
    labels: {{live: production}}
  ml:
    adapter: mlflow
    url: {ml}
    mode: upsert
    labels: [production]
    rename: {{"acme/*": "acme.*"}}
"""


def test_one_repository_in_three_places(scene: "Scene", mlflow_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        us = Langfuse()
        us_url = stack.enter_context(serve(us))
        for where, key in (("EU", scene.key), ("US", us.project("acme"))):
            monkeypatch.setenv(f"{where}_PUBLIC", key.public)
            monkeypatch.setenv(f"{where}_SECRET", key.secret)
        scene.write("mooring.yaml", CONFIG.format(eu=scene.url, us=us_url, ml=mlflow_server))
        scene.write(
            "prompts/acme/agent.yaml",
            "labels: [production]\nmodel: gpt-4o\nparams: {temperature: 0.30, max_tokens: 800.0}\n"
            "tools: [{name: search, parameters: {type: object}}]\n"
            "messages: [{role: system, content: 'Hilf {{name}} — kurz'}, {placeholder: history}]\n",
        )
        scene.commit()

        report = scene.sync()

        assert report.exit is Exit.OK
        rows = scene.drift().rows
        assert len({row.row.seen.live for row in rows if row.row.address.prompt == "acme/agent"}) == 1
        assert {row.row.address.target for row in rows if row.row.address.prompt == "acme/agent"} == {"eu", "us", "ml"}

    scene.write("prompts/acme/agent.yaml", "labels: [production]\nmessages: [{role: user, content: other}]\n")
    scene.prompt("acme/more", "Hi")
    scene.commit()
    report = scene.sync()

    states = {(row.row.address.target, row.row.address.prompt): str(row.row.verdict.state) for row in report.rows}
    assert report.exit is Exit.UNKNOWN
    assert states["us", "acme/agent"] == states["us", "acme/more"] == "unknown"
    applied = {(row.row.address.target, row.row.address.prompt) for row in report.rows if row.outcome == "applied"}
    assert applied == {(where, name) for where in ("eu", "ml") for name in ("acme/agent", "acme/more")}
