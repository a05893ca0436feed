"""One prompt file says what it says, or exactly what is wrong with it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.core.canonical import content_hash
from mooring.core.desired import PromptFacts
from mooring.formats import ParsedFile, Role, UnreadableFile, parse_blob, read_artifact
from mooring.formats.parsed import Entry, Stated


def problems(role: Role, text: str | bytes) -> list[str]:
    parsed = parse_blob(role, text.encode() if isinstance(text, str) else text)
    assert parsed.hash is None or not parsed.flaws
    return [f"{flaw.line}: {flaw.message}" for flaw in parsed.flaws]


@pytest.mark.parametrize(
    ("text", "artifact"),
    [
        ("prompt: Hello\n", Artifact("Hello")),
        ("prompt: |\n  Hello\n", Artifact("Hello\n")),
        ("prompt: no\n", Artifact("no")),
        ("system_prompt: Hi\n", Artifact((Message("system", "Hi"),))),
        (
            "messages:\n- {role: system, content: ''}\n- placeholder: history\n- {type: placeholder, name: more}\n",
            Artifact((Message("system", ""), Placeholder("history"), Placeholder("more"))),
        ),
        ("prompt: x\nconfig: [1]\n", Artifact("x", [1])),
        ("prompt: x\ntemplate_format: mustache\n", Artifact("x")),
        (
            "prompt: x\nmodel: m\nseed: 1\nparams: {own: {a: 1}}\n",
            Artifact("x", {"model": "m", "seed": 1, "own": {"a": 1}}),
        ),
    ],
)
def test_a_version_file_is_an_artifact(text: str, artifact: Artifact) -> None:
    assert read_artifact(Role.VERSION_YAML, text.encode()) == artifact
    assert read_artifact(Role.ONE_FILE, text.encode()) == artifact
    assert parse_blob(Role.VERSION_YAML, text.encode()).hash == content_hash(artifact)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "None: the file is empty"),
        ("# nothing\n", "None: the file is empty"),
        ("[]\n", "1: the file is a list, not a mapping"),
        ("just text\n", "1: the file is a text, not a mapping"),
        ("model: m\n", "1: the file lacks `prompt` or `messages` or `system_prompt`"),
        ("prompt: x\n\nmessages: [{role: user, content: x}]\n", "3: the file has `prompt` and `messages`"),
        ("prompt: x\nname: a\nid: a\n", "3: the file has `name` and `id`"),
        ("prompt: ''\n", "1: `prompt` is empty"),
        ("prompt: 12\n", "1: `prompt` is the number 12, not a text"),
        ("messages: []\n", "1: `messages` is empty"),
        ("messages: [{role: user}]\n", "1: item 1 of `messages` lacks `content`"),
        ("messages: [{role: user, content: [x]}]\n", "1: `content` of item 1 of `messages` is a list, not a text"),
        ("messages: [hello]\n", "1: item 1 of `messages` is a text, not a message with `role` and `content`"),
        ("prompt: x\ntemprature: 1\n", "2: the file has an unknown field `temprature`"),
        ("prompt: x\ntemplate: y\n", "2: the file has an unknown field `template`"),
        ("prompt: x\ntags: [a]\n", "2: the file has an unknown field `tags`"),
        ("prompt: x\nlabels: {production: v2}\n", "2: the file has an unknown field `labels`"),
        ("prompt: x\nversion: 2\n", "2: `version` is the number 2, not a text"),
        (
            "prompt: x\ntemperature: 1\nparams: {temperature: 1}\n",
            "2: `temperature` is given twice: by `temperature`, and by `params` on line 3",
        ),
        ("prompt: x\nmodel: m\nconfig: [1]\n", "3: `config` is no mapping, so it cannot stand beside `model`"),
        ("name: ' a'\nprompt: x\n", "1: `name` starts with a space, holds control characters or is longer than 250"),
    ],
)
def test_a_wrong_version_file_says_why(text: str, problem: str) -> None:
    assert problems(Role.VERSION_YAML, text) == [problem]
    with pytest.raises(UnreadableFile) as refused:
        read_artifact(Role.VERSION_YAML, text.encode())
    assert [f"{flaw.line}: {flaw.message}" for flaw in refused.value.flaws] == [problem]


def test_mistakes_of_yaml_and_of_fields_are_told_together() -> None:
    text = "prompt: x\nprompt: y\nmodle: m\nseed: .nan\nmessages: 3\n"
    assert [line.partition(":")[0] for line in problems(Role.VERSION_YAML, text)] == ["2", "3", "4", "5", "5"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Hello", "Hello"),
        (b"Hello\n\n", "Hello\n\n"),
        (b"\xef\xbb\xbfHi\r\nthere\r", "Hi\nthere\n"),
        (b"name: x\n", "name: x\n"),
        (b"a\x07b", "a\x07b"),
    ],
)
def test_a_text_file_is_its_text(data: bytes, text: str) -> None:
    assert read_artifact(Role.VERSION_TEXT, data) == Artifact(text)
    assert parse_blob(Role.VERSION_TEXT, data).hash == content_hash(Artifact(text))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "None: the file is empty"),
        (b"\xef\xbb\xbf", "None: the file is empty"),
        (b"a\nb\xff", "2: the byte 0xff is not UTF-8"),
        (b"a\n\nb\0", "3: the text holds a NUL character, which platforms refuse or cut"),
        (
            b"version https://git-lfs.github.com/spec/v1\n",
            "1: Git LFS keeps this file elsewhere, and only its pointer is in Git",
        ),
    ],
)
def test_a_wrong_text_file_says_why(data: bytes, problem: str) -> None:
    assert problems(Role.VERSION_TEXT, data) == [problem]
    assert parse_blob(Role.VERSION_TEXT, data).name_known


@pytest.mark.parametrize("role", [Role.PROMPT_YAML, Role.REGISTRY, Role.STRAY])
def test_other_files_hold_no_prompt(role: Role) -> None:
    with pytest.raises(UnreadableFile, match="holds no prompt's text"):
        read_artifact(role, b"a: {}\n")


def test_a_one_file_prompt_has_labels_and_facts() -> None:
    parsed = parse_blob(
        Role.ONE_FILE,
        b"id: sum\nprompt: x\nlabels: [production, staging]\n"
        b"description: d\ntags: []\nowners: ['@a']\nvariables: [x]\n",
    )
    assert parsed.flaws == ()
    assert parsed.name == Stated("sum", 1)
    assert parsed.labels == {"production": Stated("head", 3), "staging": Stated("head", 3)}
    assert parsed.facts == PromptFacts("d", (), ("@a",), ("x",))


def test_prompt_yaml_declares_labels() -> None:
    parsed = parse_blob(Role.PROMPT_YAML, b"labels: {staging: v2}\nactive_version: v1\n")
    assert parsed.flaws == ()
    assert parsed.labels == {"staging": Stated("v2", 1), "production": Stated("v1", 2)}


def test_the_active_version_may_be_said_twice_but_not_in_two_ways() -> None:
    same = parse_blob(Role.PROMPT_YAML, b"labels: {production: v1}\nactive_version: v1\n")
    assert same.labels == {"production": Stated("v1", 1)}
    assert problems(Role.PROMPT_YAML, "labels: {production: v2}\nactive_version: v1\n") == [
        "2: `active_version` is `v1`, but `labels` gives production `v2`"
    ]


@pytest.mark.parametrize(
    ("role", "text", "problem"),
    [
        (Role.PROMPT_YAML, "prompt: x\n", "1: the file has an unknown field `prompt`"),
        (Role.PROMPT_YAML, "active_version: 1.10\n", "1: `active_version` is the number 1.10, not a text"),
        (
            Role.PROMPT_YAML,
            "labels: {production: 1.10}\n",
            "1: `production` in `labels` is the number 1.10, not a text",
        ),
        (
            Role.PROMPT_YAML,
            "labels: {latest: v1}\n",
            "1: the name in `labels` is `latest`, which belongs to the platform: it always means the newest version",
        ),
        (
            Role.PROMPT_YAML,
            "labels: {'7': v1}\n",
            "1: the name in `labels` is `7`, which platforms take for a version number",
        ),
        (Role.PROMPT_YAML, "labels: {7: v1}\n", "1: the field name 7 is not a text to YAML"),
        (Role.PROMPT_YAML, "labels: [production]\n", "1: `labels` is a list, not a mapping"),
        (Role.ONE_FILE, "prompt: x\nlabels: {production: head}\n", "2: `labels` is a mapping, not a list"),
        (
            Role.ONE_FILE,
            "prompt: x\nlabels: [latest]\n",
            "2: item 1 of `labels` is `latest`, which belongs to the platform: it always means the newest version",
        ),
        (
            Role.ONE_FILE,
            "prompt: x\nlabels: [a b]\n",
            "2: item 1 of `labels` is `a b`, with a character that no label can have",
        ),
        (Role.REGISTRY, "a: v1\n", "1: `a` in the file is a text, not a mapping"),
        (Role.REGISTRY, "a:\n", "1: `a` in the file is nothing, not a mapping"),
        (Role.REGISTRY, "a: {production: 2}\n", "1: `production` in `a` in the file is the number 2, not a text"),
        (Role.REGISTRY, "", "None: the file is empty"),
    ],
)
def test_labels_are_checked_wherever_they_stand(role: Role, text: str, problem: str) -> None:
    assert problems(role, text) == [problem]


def test_a_number_that_is_meant_as_a_key_is_to_be_quoted() -> None:
    (flaw,) = parse_blob(Role.REGISTRY, b"a: {production: 1.10}\n").flaws
    assert flaw.fix == 'Quote it: "1.10".'


def test_a_registry_has_lines() -> None:
    parsed = parse_blob(Role.REGISTRY, b"a:\n  production: v1\nb/c: {}\n")
    assert parsed.registry == {"a": Entry(1, {"production": Stated("v1", 2)}), "b/c": Entry(3, {})}


@pytest.mark.parametrize(
    ("text", "name", "known"),
    [
        ("name: a\nprompt: x\n", "a", True),
        ("prompt: x\n", None, True),
        ("name: a\nprompt: x\nwrong: 1\n", "a", True),
        ("name: a\nprompt: x\ny: [\n", "a", True),
        ("prompt: x\ny: [\nname: a\n", None, False),
        ("name: 12\nprompt: x\n", None, False),
        ("name: a\nid: a\nprompt: x\n", None, False),
        ("", None, True),
        ("[]", None, True),
        ("\x00", None, False),
    ],
)
def test_a_name_is_certain_or_said_to_be_not(text: str, name: str | None, known: bool) -> None:
    for role in (Role.VERSION_YAML, Role.ONE_FILE, Role.STRAY):
        parsed = parse_blob(role, text.encode())
        assert (None if parsed.name is None else parsed.name.text, parsed.name_known) == (name, known)


TAG = "@@@langfusePrompt:name=a|label=production@@@"


@pytest.mark.parametrize(
    ("role", "text", "composed"),
    [
        (Role.VERSION_TEXT, f"before {TAG} after", True),
        (Role.VERSION_TEXT, "before @@ after", False),
        (Role.VERSION_YAML, "prompt: three @@@ are enough to look\n", True),
        (Role.VERSION_YAML, f"system_prompt: '{TAG}'\n", True),
        (Role.ONE_FILE, f"messages:\n- {{role: user, content: x}}\n- {{role: user, content: '{TAG}'}}\n", True),
        (Role.ONE_FILE, f"messages: [{{role: '{TAG}', content: x}}]\n", True),
        (Role.ONE_FILE, f"messages: [{{role: user, content: x}}, {{placeholder: '{TAG}'}}]\n", False),
        (Role.VERSION_YAML, f"prompt: x\ndescription: '{TAG}'\nconfig: {{text: '{TAG}'}}\n", False),
        (Role.PROMPT_YAML, f"description: '{TAG}'\n", False),
    ],
)
def test_a_body_that_may_refer_to_other_prompts_is_marked(role: Role, text: str, composed: bool) -> None:
    parsed = parse_blob(role, text.encode())
    assert parsed.flaws == ()
    assert parsed.composed is composed
    assert ("composed" in json.dumps(parsed.to_json())) is composed
    assert ParsedFile.from_json(json.loads(json.dumps(parsed.to_json()))) == parsed


WORDS = st.sampled_from(["name", "id", "version", "prompt", "messages", "labels", "config", "params", "model", "tags"])
VALUES = st.recursive(
    st.sampled_from(["a", "v1", "latest", "@@@", "", 1, 1.5, None, True, "\0", "\x85"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS | st.just("role"), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(Role),
    st.binary(max_size=80) | st.dictionaries(WORDS, VALUES, max_size=5).map(lambda doc: json.dumps(doc).encode()),
)
def test_parsing_never_raises_agrees_with_reading_and_survives_json(role: Role, data: bytes) -> None:
    parsed = parse_blob(role, data)
    assert ParsedFile.from_json(json.loads(json.dumps(parsed.to_json()))) == parsed
    try:
        artifact = read_artifact(role, data)
    except UnreadableFile as refused:
        assert parsed.hash is None
        assert not parsed.composed
        assert refused.flaws
    else:
        assert parsed.hash == content_hash(artifact)
        assert parsed.flaws == ()
        turns = () if isinstance(artifact.body, str) else artifact.body
        words = [word for turn in turns if isinstance(turn, Message) for word in (turn.role, turn.content)]
        assert parsed.composed is any("@@@" in word for word in ([artifact.body] if not turns else words))


@pytest.mark.parametrize(
    "doc",
    [
        None,
        [],
        "x",
        {},
        {"role": "no such role"},
        {"role": 1},
        {"role": "stray", "flaws": [[1, "a"]]},
        {"role": "stray", "flaws": {}},
        {"role": "stray", "flaws": [[True, "a", "b"]]},
        {"role": "stray", "hash": 1},
        {"role": "stray", "name": ["a"]},
        {"role": "stray", "labels": []},
        {"role": "stray", "registry": {"a": 1}},
        {"role": "stray", "facts": [None, None]},
        {"role": "stray", "facts": [None, "a", [], None]},
    ],
)
def test_what_is_no_kept_parse_is_refused(doc: object) -> None:
    with pytest.raises(ValueError, match="."):
        ParsedFile.from_json(doc)  # type: ignore[arg-type]
