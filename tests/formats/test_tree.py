"""The files of a tree together: names, labels and versions; one bad file hides no other and is never absence."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mooring.core.address import ABSENT, INVALID, Gap
from mooring.core.desired import Desired, PromptFacts
from mooring.formats import assemble, classify_paths, parse_blob
from mooring.formats.parsed import Flaw, ParsedFile, Role

Build = Callable[[Mapping[str, str | bytes]], Desired]
X = "prompt: x\n"
SYNTAX = "a: [\n"
FOLDED = "differs only in case or in the form of its letters from that of"


def told(desired: Desired) -> list[str]:
    return [f"{p.path.removeprefix('prompts/')}:{p.line or ''}: {p.message}" for p in desired.problems]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("a/v1.yaml", Role.VERSION_YAML),
        ("a/1.2.yml", Role.VERSION_YAML),
        ("a/v1.0.0-rc.1.TXT", Role.VERSION_TEXT),
        ("a/b/c/v2.txt", Role.VERSION_TEXT),
        ("a/prompt.yaml", Role.PROMPT_YAML),
        ("a/prompt.yml", Role.PROMPT_YAML),
        ("registry.yaml", Role.REGISTRY),
        ("registry.yml", Role.REGISTRY),
        ("a/registry.yaml", Role.ONE_FILE),
        ("v1.yaml", Role.ONE_FILE),
        ("prompt.yaml", Role.ONE_FILE),
        ("b/c.yml", Role.ONE_FILE),
        ("tests/x.yaml", Role.ONE_FILE),
        ("x.prompt.yml", Role.STRAY),
        ("README.md", None),
        ("b/notes.txt", None),
        ("v1.txt", None),
        (".github/x.yaml", None),
        ("a/.hidden/v1.yaml", None),
        (".x.yaml", None),
        ("no-suffix", None),
    ],
)
def test_the_path_alone_says_what_a_file_is(path: str, role: Role | None) -> None:
    assert classify_paths([path]).get(path) is role


def test_inside_a_prompts_folder_other_yaml_is_stray_and_tests_are_left_out() -> None:
    paths = [
        "a/v1.txt",
        "a/x.yaml",
        "a/README.md",
        "a/tests/v1.yaml",
        "a/tests/deep/x.yaml",
        "a/eu/v1.txt",
        "b/tests/v1.txt",
    ]
    assert classify_paths(paths) == {
        "a/v1.txt": Role.VERSION_TEXT,
        "a/x.yaml": Role.STRAY,
        "a/eu/v1.txt": Role.VERSION_TEXT,
        "b/tests/v1.txt": Role.VERSION_TEXT,
    }


def test_names_are_declared_or_the_path(build: Build) -> None:
    desired = build(
        {
            "support/v1.yaml": X,
            "support/eu/v1.yaml": X,
            "a/v1.yaml": "name: declared\n" + X,
            "a/v2.yaml": X,
            "b/v1.txt": "x",
            "b/prompt.yaml": "id: by id\n",
            "c/d.yaml": X,
            "e.yml": "name: other/name\n" + X,
        }
    )
    assert desired.problems == ()
    assert set(desired.prompts) == {"support", "support/eu", "declared", "by id", "c/d", "other/name"}
    assert desired.prompts["declared"].versions["v2"].path == "prompts/a/v2.yaml"
    assert desired.prompts["declared"].versions["v2"].blob == "blob of a/v2.yaml"
    assert desired.commit == "c" * 40


def test_labels_come_from_three_places(build: Build) -> None:
    desired = build(
        {
            "a/v1.yaml": X,
            "a/v2.yaml": "prompt: y\n",
            "a/prompt.yaml": "labels: {production: v1}\n",
            "b.yaml": X + "labels: [staging]\n",
            "c.yaml": X,
            "registry.yaml": "a: {staging: v2, production: v1}\nc: {production: head}\n",
        }
    )
    assert desired.problems == ()
    assert desired.prompts["a"].labels == {"production": "v1", "staging": "v2"}
    assert desired.prompts["b"].labels == {"staging": "head"}
    assert desired.prompts["c"].labels == {"production": "head"}
    assert desired.side("b", "production") is ABSENT
    assert desired.side("nobody", "production") is ABSENT


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        (
            {"a/v1.yaml": X, "registry.yaml": "a: {production: v9}\n"},
            ["registry.yaml:1: `a@production` is `v9`, and there is no such version"],
        ),
        (
            {"a/v1.yaml": X, "a/prompt.yaml": "active_version: latest\n"},
            ["a/prompt.yaml:1: `a@production` is `latest`, and there is no such version"],
        ),
        (
            {
                "a/v1.yaml": X,
                "a/v2.yaml": X,
                "a/prompt.yaml": "active_version: v1\n",
                "registry.yaml": "a: {production: v2}\n",
            },
            ["registry.yaml:1: `a@production` is `v2` here and `v1` in prompts/a/prompt.yaml:1"],
        ),
        (
            {"b.yaml": X, "a/v1.txt": "x", "registry.yaml": "aa: {production: v1}\n"},
            ["registry.yaml:1: there is no prompt `aa`"],
        ),
        ({"a/v2.yaml": X + "version: v1\n"}, ["a/v2.yaml:2: the file says `version: v1`, but its name says `v2`"]),
        (
            {"a.yaml": X + "version: v1\n"},
            ["a.yaml:2: `version: v1` stands in a prompt of one file, whose only key is `head`"],
        ),
        ({"a/v1.yaml": X, "a/v1.txt": "x"}, ["a/v1.yaml:: prompts/a/v1.txt has the same key `v1`"]),
        (
            {"a/v1.yaml": X, "a/prompt.yaml": "{}", "a/prompt.yml": "{}"},
            ["a/prompt.yml:: the prompt has prompts/a/prompt.yaml as well"],
        ),
        ({"a/prompt.yaml": "name: a\n"}, ["a/prompt.yaml:: the prompt has no version"]),
        (
            {"a/v1.yaml": "name: x\n" + X, "a/v2.yaml": "id: y\n" + X},
            ["a/v2.yaml:1: the name is `y` here and `x` in prompts/a/v1.yaml"],
        ),
        (
            {"a/v1.yaml": "name: x\n" + X, "b.yaml": "name: x\n" + X},
            ["a/v1.yaml:1: the name `x` is that of prompts/b.yaml"],
        ),
        ({"a.yaml": X, "a/v1.yaml": X}, ["a/v1.yaml:: the name `a` is that of prompts/a.yaml"]),
        ({"A.yaml": X, "a.yaml": X}, [f"a.yaml:: the name `a` {FOLDED} prompts/A.yaml, `A`"]),
        ({"é.yaml": X, "e\u0301.yaml": X}, [f"é.yaml:: the name `é` {FOLDED} prompts/e\u0301.yaml, `e\u0301`"]),
        (
            {"a/v1.yaml": X, "a/x.yaml": X},
            ["a/x.yaml:: prompts/a/ holds the versions of one prompt, and this file's name is no version"],
        ),
        (
            {"a/v1.yaml": X, "a/x.yaml": SYNTAX},
            ["a/x.yaml:: prompts/a/ holds the versions of one prompt, and this file's name is no version"],
        ),
        ({"a.prompt.yml": "messages: []\n"}, ["a.prompt.yml:: files of other tools (.prompt.yaml) are not read"]),
    ],
)
def test_what_does_not_fit_together_is_told_in_its_file(
    build: Build, files: dict[str, str], problems: list[str]
) -> None:
    assert told(build(files)) == problems


def test_a_missing_version_names_those_that_are_there(build: Build) -> None:
    (problem,) = build({"a/v1.1.0.yaml": X, "a/v2.yaml": X, "registry.yaml": "a: {production: v1.1}\n"}).problems
    assert problem.fix == "Did you mean `v1.1.0`? Its versions are `v1.1.0`, `v2`."


GOOD = {"good/v1.yaml": X, "good/prompt.yaml": "labels: {production: v1}\n", "one.yaml": X + "labels: [production]\n"}


@pytest.mark.parametrize(
    ("bad", "invalid", "names_known"),
    [
        ({"a/v1.yaml": "prompt: 3\n", "a/prompt.yaml": "active_version: v1\n"}, ["a@production"], True),
        ({"a/v1.txt": b"\xff", "a/prompt.yaml": "active_version: v1\n"}, ["a@production"], True),
        ({"a/v1.yaml": X, "a/prompt.yaml": "name: a\nowner: x\n"}, ["a@production", "a@any"], True),
        ({"a/v1.yaml": X, "a/prompt.yaml": SYNTAX}, ["a@production", "other@production"], False),
        ({"a/v1.yaml": "name: a\n" + X, "a/prompt.yaml": SYNTAX}, ["a@production"], True),
        ({"a.yaml": "name: b\n" + SYNTAX + "\n"}, ["b@production"], True),
        ({"a.yaml": SYNTAX}, ["a@production", "other@production"], False),
        ({"a.yaml": X + "labels: [latest]\n"}, ["a@production"], True),
        ({"a/v1.yaml": X, "a/prompt.yaml": "active_version: v2\n"}, ["a@production"], True),
        ({"a/v1.yaml": "name: x\n" + X, "a/v2.yaml": "name: y\n" + X}, ["x@production", "y@production"], True),
        ({"a.yaml": X + "labels: [production]\n", "A.yaml": X}, ["a@production", "A@production"], True),
        ({"a/prompt.yaml": "active_version: v1\n"}, ["a@production", "a@staging"], True),
        ({"a/v1.yaml": X + "version: v3\n", "a/prompt.yaml": "active_version: v1\n"}, ["a@production"], True),
        ({"a/v1.yaml": X, "a/v1.txt": "x", "a/prompt.yaml": "active_version: v1\n"}, ["a@production"], True),
        ({"a/v1.yaml": X, "a/x.yaml": X}, ["a/x@production"], True),
        ({"a/v1.yaml": X, "a/x.yaml": "name: y\n" + X}, ["y@production"], True),
        ({"registry.yaml": "gone: {production: v1}\n"}, ["gone@production"], True),
    ],
)
def test_a_bad_file_makes_its_addresses_invalid_and_no_other(
    build: Build, bad: dict[str, str | bytes], invalid: list[str], names_known: bool
) -> None:
    desired = build(GOOD | bad)
    assert desired.problems
    assert desired.names_known is names_known
    for address in invalid:
        prompt, _, label = address.partition("@")
        assert desired.side(prompt, label) is INVALID, address
    for prompt in ("good", "one"):
        assert not isinstance(desired.side(prompt, "production"), Gap)
        assert desired.side(prompt, "staging") is ABSENT


def test_a_bad_registry_leaves_every_label_open(build: Build) -> None:
    desired = build(GOOD | {"registry.yaml": "good: {staging: v1}\n" + SYNTAX})
    assert told(desired) == [
        "registry.yaml:3: this is not YAML: did not find expected node content while parsing a flow node"
    ]
    assert desired.side("good", "staging") is INVALID
    assert desired.side("one", "other") is INVALID
    assert not isinstance(desired.side("good", "production"), Gap)


def test_labels_that_two_files_give_differently_stay_open(build: Build) -> None:
    files = GOOD | {"good/v2.yaml": "prompt: y\n", "registry.yaml": "good: {production: v2, staging: v1}\n"}
    desired = build(files)
    assert desired.side("good", "production") is INVALID
    assert desired.side("good", "staging") == desired.prompts["good"].versions["v1"].hash


def test_a_stray_file_takes_nothing_from_the_prompt_whose_name_it_has(build: Build) -> None:
    desired = build(GOOD | {"good/copy.yaml": "name: one\n" + X})
    assert len(desired.problems) == 1
    assert not isinstance(desired.side("one", "production"), Gap)


def test_a_stray_place_keeps_the_flaw_that_git_found() -> None:
    flawed = ParsedFile(Role.STRAY, flaws=(Flaw(None, "this is a link", "Commit it."),), name_known=False)
    desired = assemble(commit=None, tree="t", prefix="", files={"support": ("", flawed)})
    assert [problem.message for problem in desired.problems] == ["this is a link"]
    assert not desired.names_known


def test_the_description_is_that_of_the_prompt_or_of_its_newest_version(build: Build) -> None:
    files = {"a/v9.yaml": X + "description: nine\n", "a/v10.yaml": X + "description: ten\n", "a/v11.yaml": X}
    assert build(files).prompts["a"].facts == PromptFacts(description="ten")
    about = {"a/prompt.yaml": "description: all\ntags: []\n"}
    assert build(files | about).prompts["a"].facts == PromptFacts(description="all", tags=())


def test_a_version_knows_whether_its_body_may_refer_to_other_prompts(build: Build) -> None:
    prompts = build(
        {
            "a/v1.yaml": X,
            "a/v2.txt": "@@@langfusePrompt:name=b|version=1@@@",
            "b.yaml": "prompt: '@@@'\n",
            "c.yaml": X,
        }
    ).prompts
    marked = {(name, key): one.composed for name, prompt in prompts.items() for key, one in prompt.versions.items()}
    assert marked == {("a", "v1"): False, ("a", "v2"): True, ("b", "head"): True, ("c", "head"): False}


def test_problems_come_in_the_order_of_files_and_lines(build: Build) -> None:
    desired = build({"b.yaml": "x: 1\ny: 2\n" + X, "a/v1.yaml": "z: 1\n" + X, "registry.yaml": "q: {}\n"})
    assert [(p.path, p.line) for p in desired.problems] == [
        ("prompts/a/v1.yaml", 1),
        ("prompts/b.yaml", 1),
        ("prompts/b.yaml", 2),
        ("prompts/registry.yaml", 1),
    ]


PATHS = st.sampled_from(
    [
        "registry.yaml",
        "a.yaml",
        "A.yaml",
        "a/v1.yaml",
        "a/v1.txt",
        "a/prompt.yaml",
        "a/x.yaml",
        "a/b/v1.yaml",
        "b.yaml",
        "a/tests/t.yaml",
    ]
)
TEXTS = st.sampled_from(
    [
        X,
        "name: a\n" + X,
        "name: b\n" + X,
        "id: A\nprompt: y\n",
        SYNTAX,
        "",
        "a: {production: v1}\n",
        "labels: {production: v1}\n",
        X + "labels: [production]\n",
        "\x00",
        "name: b\nactive_version: v2\n",
    ]
)


@settings(max_examples=200)
@given(st.dictionaries(PATHS, TEXTS, max_size=6), PATHS)
def test_taking_a_file_apart_never_makes_an_address_absent(files: dict[str, str], spoiled: str) -> None:
    def sides(texts: Mapping[str, str]) -> Desired:
        roles = classify_paths(texts)
        return assemble(
            commit=None,
            tree="t",
            prefix="",
            files={path: ("b", parse_blob(role, texts[path].encode())) for path, role in roles.items()},
        )

    before = sides(files)
    if spoiled not in classify_paths(files):
        return
    after = sides(files | {spoiled: "\x00"})
    assert after.problems
    for name, prompt in before.prompts.items():
        for label in prompt.labels if prompt.versions else ():
            assert after.side(name, label) is not ABSENT, (name, label)
