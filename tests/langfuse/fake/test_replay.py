"""Does the fake answer as the real server did, exchange by exchange?"""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from mooring.testing.langfuse.api import answer
from mooring.testing.langfuse.recordings import FILES, authorization, load, request_body
from mooring.testing.langfuse.replay import Replayed, Verdict, main, replay, report
from mooring.testing.langfuse.stage import Stage
from mooring.testing.langfuse.webhooks import PromptEvent, Webhooks
from mooring.testing.langfuse.wire import Request

pytestmark = pytest.mark.xdist_group("replay")  # all files are replayed once, for all tests of this module

RECORDINGS = Path(__file__).parents[1] / "recordings"

EXCUSED = {
    "14": 61,  # an excerpt of requests at the same time; tests of races are in test_fake.py
    "17": 4,  # a login, a bulk export, the web interface's own API with an API key, a feature of another edition
    "22": 1,  # Redis down: no answer at all
    "23": 5,  # Postgres or Redis down
}


@pytest.fixture(scope="module")
def replayed() -> Sequence[Replayed]:
    return replay(RECORDINGS)


@pytest.mark.parametrize("file", FILES)
def test_every_exchange_of_a_file_replays_true_or_is_excused(file: str, replayed: Sequence[Replayed]) -> None:
    mine = [each for each in replayed if each.exchange.file == file]
    lines = (RECORDINGS / f"{file}.jsonl").read_bytes().count(b"\n")

    assert len(mine) == lines
    assert [each for each in mine if each.verdict is Verdict.DIFFERENT] == [], report(mine)
    assert sum(each.verdict is Verdict.EXCUSED for each in mine) == EXCUSED.get(file.partition("-")[0], 0)


def test_every_excuse_has_a_reason(replayed: Sequence[Replayed]) -> None:
    excused = [each for each in replayed if each.verdict is Verdict.EXCUSED]

    assert all(each.why for each in excused)
    assert len(excused) == sum(EXCUSED.values())


def test_the_report_counts_by_file(replayed: Sequence[Replayed]) -> None:
    lines = report(replayed).splitlines()

    assert lines[1].split() == ["01-create", "49", "49", "0", "0"]
    assert lines[len(FILES) + 1].split() == ["all", "881", "810", "71", "0"]


@pytest.mark.parametrize(
    ("recorded", "altered"),
    [
        ('"tags": ["a", "b"], "labels"', '"tags": ["b", "a"], "labels"'),
        ('"status": 400', '"status": 422'),
        ("expected string, received number", "expected string, got number"),
        ('"vary": "Origin, Accept-Encoding"', '"vary": "Origin"'),
    ],
)
def test_a_recording_that_says_otherwise_is_found_out(
    recorded: str, altered: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.loads(line) for line in (RECORDINGS / "06-tags.jsonl").read_text(encoding="utf-8").splitlines()]
    for line in lines:
        del line["response_raw"]
    text = "\n".join(json.dumps(line) for line in lines)
    assert recorded in text
    (tmp_path / "06-tags.jsonl").write_text(text.replace(recorded, altered), encoding="utf-8")

    assert main([str(tmp_path), "06-tags"]) == 1
    assert "different 06#" in capsys.readouterr().out


def test_the_command_prints_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(RECORDINGS), "06-tags"]) == 0
    assert "06-tags" in capsys.readouterr().out


class Collected(Webhooks):
    """Webhooks that keep what is fired."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[PromptEvent] = []

    def fire(self, event: PromptEvent) -> None:
        self.events.append(event)


def test_the_events_of_the_recorded_requests_are_the_recorded_deliveries() -> None:
    stage, collected = Stage(), Collected()
    stage.langfuse.hooks.webhooks = collected
    for exchange in load(RECORDINGS, "16b-webhook-requests"):
        headers = (("authorization", authorization(exchange, stage.keys) or ""), ("content-type", "application/json"))
        request = Request(exchange.method, exchange.path, headers, request_body(exchange) or b"")
        assert answer(stage.langfuse, request).status == exchange.status

    told = {_seen(event.change.value, dict(event.row)) for event in collected.events}
    lines = (RECORDINGS / "16-webhook-deliveries.jsonl").read_text(encoding="utf-8").splitlines()
    recorded = [json.loads(line) for line in lines]
    bodies = [json.loads(line["body"]) for line in recorded if line["path"] == "/hook"]
    delivered = {_seen(body["action"], body["prompt"]) for body in bodies if body["prompt"]["name"].startswith("wh/")}
    assert {event for event in told if event[1] != "wh/cfg"} == delivered  # a config that is no object is never sent
    assert not any(event.user for event in collected.events)


def _seen(action: str, row: dict[str, object]) -> tuple[object, ...]:
    return (action, row["name"], row["version"], str(row["labels"]), str(row["tags"]), row["prompt"])
