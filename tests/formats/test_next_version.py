"""The next version's file follows the newest one, and a new prompt starts with a file that is valid."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mooring.core.desired import Desired
from mooring.formats import Role, parse_blob, read_artifact
from mooring.formats.keys import is_key, newest, next_key
from mooring.formats.next_version import NextVersion, NoNextVersion, copied, next_version, quoted, starter
from mooring.formats.strict_yaml import read_yaml

Build = Callable[[Mapping[str, str | bytes]], Desired]


@pytest.mark.parametrize(
    ("last", "after"),
    [
        ("v2", "v3"),
        ("9", "10"),
        ("v1.1.0", "v1.2.0"),
        ("1.9.7", "1.10.0"),
        ("v1.3", "v1.4"),
        ("v1.2.3.4", "v1.3.0.0"),
        ("v1.2.0-rc.1", "v1.2.0"),
        ("v1.2.0+build", "v1.3.0"),
        ("2.x", "3"),
        ("001", "002"),
        ("099", "100"),
        ("head", "v1"),
    ],
)
def test_the_next_key_raises_the_second_number(last: str, after: str) -> None:
    assert next_key(last, {last}) == after


def test_a_key_that_is_taken_is_stepped_over() -> None:
    assert next_key("v2", {"v2", "v3", "v4"}) == "v5"
    assert next_key("v1.0.0-rc", {"v1.0.0-rc", "v1.0.0"}) == "v1.1.0"


def test_the_newest_key_is_so_by_its_numbers() -> None:
    assert newest(["v9", "v10", "v2"]) == "v10"
    assert newest(["1.0.0", "1.0.0-rc.2", "1.0.0-rc.10"]) == "1.0.0"
    assert newest(["1.0.0-rc.2", "1.0.0-rc.10"]) == "1.0.0-rc.10"
    assert newest([]) is None


@given(st.from_regex(r"v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}([-+.][0-9A-Za-z.-]{1,4})?", fullmatch=True))
def test_the_next_key_is_a_newer_key(last: str) -> None:
    assert is_key(last)
    key = next_key(last, {last})
    assert is_key(key)
    assert newest([last, key]) == key


def test_the_next_file_stands_beside_the_last(build: Build) -> None:
    prompts = build({"a/v1.0.0.txt": "x", "a/v1.1.0.txt": "y", "deep/b/v2.yaml": "name: b\nprompt: x\n"}).prompts
    first = next_version("a", prompts, "prompts/")
    assert first == NextVersion("v1.2.0", "prompts/a/v1.2.0.txt", prompts["a"].versions["v1.1.0"])
    assert next_version("b", prompts, "prompts/").path == "prompts/deep/b/v3.yaml"


def test_a_new_prompt_starts_with_v1() -> None:
    assert next_version("team/new", {}, "prompts/") == NextVersion("v1", "prompts/team/new/v1.yaml", None)


def test_one_file_prompts_have_no_next_file(build: Build) -> None:
    prompts = build({"sum.yaml": "prompt: x\n"}).prompts
    with pytest.raises(NoNextVersion, match=r"prompts/sum\.yaml is the whole prompt"):
        next_version("sum", prompts, "prompts/")


@pytest.mark.parametrize(
    "name", ["../x", "a/../b", "/x", "a//b", "a\\b", "C:x", "", ".hidden", "a.", "a ", "x\ny", "a/tests/"]
)
def test_a_name_that_is_no_folder_everywhere_is_refused(name: str) -> None:
    with pytest.raises(NoNextVersion, match="cannot be a folder's name"):
        next_version(name, {}, "prompts/")


@pytest.mark.parametrize(
    ("name", "why"),
    [("Café", "differs from the prompt `café` only"), ("cafe\u0301", "differs from"), ("café@production", "new café$")],
)
def test_a_name_that_is_almost_that_of_a_prompt_is_refused(build: Build, name: str, why: str) -> None:
    prompts = build({"café/v1.yaml": "prompt: x\n"}).prompts
    with pytest.raises(NoNextVersion, match=why):
        next_version(name, prompts, "prompts/")


@pytest.mark.parametrize("name", ["support_agent", "team/x", "Wie geht's?", "12", "no"])
def test_the_starter_is_valid_as_it_stands(name: str) -> None:
    text = starter(name)
    assert parse_blob(Role.VERSION_YAML, text.encode()).flaws == ()
    uncommented = "\n".join(
        line.removeprefix("# ")
        for line in text.splitlines()
        if not line.startswith("#") or line.startswith(("# m", "# p", "# t", "# o", "# e", "# c"))
    )
    assert parse_blob(Role.VERSION_YAML, uncommented.encode()).flaws == ()


@example("False")
@example("no")
@example("it's")
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_a_quoted_word_is_that_text(word: str) -> None:
    root = read_yaml(f"{quoted(word)}: 1\n".encode()).root
    if len(word) < 1000:
        assert root is not None
        assert list(root.pairs) == [word]  # type: ignore[union-attr]


def test_a_copy_states_its_own_key_and_keeps_all_else() -> None:
    last = b"\xef\xbb\xbfname: a\r\nversion: v2\r\nprompt: |\r\n  version: v2\r\n"
    copy = copied(last, NextVersion("v3", "a/v3.yaml", None))
    assert copy == b"\xef\xbb\xbfname: a\r\nversion: v3\r\nprompt: |\r\n  version: v2\r\n"
    assert read_artifact(Role.VERSION_YAML, copy) == read_artifact(Role.VERSION_YAML, last)
    parsed = parse_blob(
        Role.VERSION_YAML, copied(b"version: '1.1'\nprompt: x\n", NextVersion("1.2", "a/1.2.yml", None))
    )
    assert parsed.version is not None
    assert parsed.version.text == "1.2"


def test_a_text_is_copied_as_it_is() -> None:
    text = b"version: v2\r\nHello \xff\r\n"
    assert copied(text, NextVersion("v3", "a/v3.txt", None)) == text
