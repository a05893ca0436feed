"""Does asking for changes see what a full survey sees, whatever people and programs did in between?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.ports import Options, Survey
from mooring.testing.langfuse import Key, Langfuse
from mooring_langfuse import connect

if TYPE_CHECKING:
    from tests.langfuse.conftest import ServerTime

LABELS = ["production", "staging"]
NAMES = ["a", "a/b", "c d", "ü", "e", "f", "g"]
_names = st.sampled_from(NAMES)
_labels = st.sampled_from([*LABELS, "theirs"])


@dataclass(frozen=True)
class Move:
    """One thing that somebody does; what is not possible just then does not happen."""

    what: str
    prompt: str
    label: str
    number: int
    pause: float


_moves = st.builds(
    Move,
    st.sampled_from(
        [
            *("create", "create", "point", "point", "point", "point and back", "unlabel", "split", "heal", "draft"),
            *("delete version", "delete prompt", "replace newest", "retag", "delete and make another"),
        ]
    ),
    _names,
    _labels,
    st.integers(0, 3),
    st.sampled_from([0.0, 0.0, 1.0, 100.0, 1000.0]),
)


def perform(  # noqa: C901, PLR0912  # one case for each thing that people do
    person: Any, rows: "Callable[[str], list[Ref]]", holders: "Callable[[str, str], list[Ref]]", move: Move
) -> None:
    refs = rows(move.prompt)
    ref = refs[move.number % len(refs)] if refs else None
    text = Artifact(f"text {move.number}")
    match move.what:
        case "create":
            person.save(move.prompt, text, [move.label])
        case "draft":
            person.save(move.prompt, text, [])
        case "point" if ref:
            person.point(move.prompt, move.label, ref)
        case "point and back" if ref and len(holders(move.prompt, move.label)) == 1:
            before = holders(move.prompt, move.label)[0]
            person.point(move.prompt, move.label, ref)
            person.point(move.prompt, move.label, before)
        case "unlabel" if holders(move.prompt, move.label):
            person.unlabel(move.prompt, move.label)
        case "split" if len(refs) > 1:
            person.split(move.prompt, move.label, (refs[0], refs[-1]))
        case "heal" if len(holders(move.prompt, move.label)) > 1:
            person.set_labels(move.prompt, holders(move.prompt, move.label)[0], [])
        case "delete version" if ref:
            person.delete_version(move.prompt, ref)
        case "delete prompt" if refs:
            person.delete_prompt(move.prompt)
        case "replace newest" if refs:
            person.delete_version(move.prompt, refs[-1])
            person.save(move.prompt, Artifact("of the same number"), [move.label])
        case "retag" if refs:
            person.retag(move.prompt, [f"tag {move.number}"])
        case "delete and make another" if refs:
            person.delete_prompt(move.prompt)
            person.save(f"{move.prompt} new", text, [move.label])
        case _:
            pass


def seen(survey: Survey) -> Mapping[str, object]:
    """What a sync acts on: who holds the managed labels, and since when."""
    found = {}
    for name, one in survey.items():
        held = {label: (refs, one.stamps.get(label)) for label, refs in one.labels.items() if label in LABELS}
        if held:
            found[name] = (held, one.kind, one.tags)
    return found


History: TypeAlias = tuple[list[Move], list[tuple[list[Move], float]], str]
"""What happened before the first survey; then, survey after survey, what happened and the pause after it; page size."""

_histories: st.SearchStrategy[History] = st.tuples(
    st.lists(_moves, max_size=8),
    st.lists(st.tuples(st.lists(_moves, max_size=4), st.sampled_from([0.0, 400.0, 4000.0])), min_size=1, max_size=4),
    st.sampled_from(["1", "2", "100"]),
)
_shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@settings(_shared, max_examples=12)
@given(_histories)
def test_asking_for_changes_agrees_with_a_full_survey(
    langfuse: Langfuse, url: str, server_time: "ServerTime", history: History
) -> None:
    tell(langfuse, url, server_time, history)


@pytest.mark.soak
@settings(_shared, max_examples=5000)
@given(_histories)
def test_it_agrees_over_thousands_of_histories(
    langfuse: Langfuse, url: str, server_time: "ServerTime", history: History
) -> None:
    tell(langfuse, url, server_time, history)


def tell(langfuse: Langfuse, url: str, server_time: "ServerTime", history: History) -> None:
    """Let a history happen, and compare what asking for changes sees with a full survey after each part of it."""
    before, rounds, page_size = history
    key = langfuse.project(f"p{len(langfuse.requests)}-{server_time.at.timestamp()}")
    adapter = connect(_options(url, key, page_size))
    person = langfuse.person(key.project)

    def refs(prompt: str) -> list[Ref]:
        return [one.ref for one in adapter.versions(prompt, None)]

    def holders(prompt: str, label: str) -> list[Ref]:
        found = adapter.look(prompt, [label])
        return list(getattr(found, "labels", {}).get(label, ()))

    def happen(moves: list[Move]) -> None:
        for move in moves:
            server_time.pass_by(move.pause)
            perform(person, refs, holders, move)

    for name in NAMES:
        person.save(name, Artifact("first"), LABELS)
    happen(before)
    server_time.pass_by(4000)
    since = adapter.survey(LABELS, [])
    for moves, pause in rounds:
        happen(moves)
        server_time.pass_by(pause)
        asked = len(langfuse.requests)
        told = adapter.delta(LABELS, [], since)
        paths = [one.path for one in langfuse.requests[asked:]]
        whole = adapter.survey(LABELS, [])
        way = "changes" if any("fromUpdatedAt" in path for path in paths) else "whole lists"
        event(f"{way}: {'no proof' if told is None else 'proven'}")
        if told is not None:
            assert seen(told) == seen(whole)
        since = whole if told is None else told


def _options(url: str, key: Key, page_size: str) -> Options:
    credentials = {"public_key": key.public, "secret_key": key.secret}
    return Options("test", url, credentials, "/", extra={"page_size": page_size})
