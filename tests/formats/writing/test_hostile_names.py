"""A platform's names are anything; paths are not."""

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mooring.core.artifact import Artifact
from mooring.formats.layout import folded
from mooring.formats.writing.adoption import Layout
from mooring.formats.writing.places import PART_CAP, PATH_CAP, file_paths, folder_paths
from mooring.testing.samples import NAMES

if TYPE_CHECKING:
    from tests.formats.writing.conftest import Adopt

HOSTILE = (
    *("../../x", "..", ".", "./x", "a/../b", "a/./b", "/etc/passwd", "//x", "a//b", "a/", "C:\\x", "C:/x", "c:x"),
    *(".git/config", ".GIT/config", "a/.git/hooks/x", "git~1/config", ".github/workflows/x", ".gitattributes", ".h"),
    *("CON", "con/y", "nul.txt", "NUL .x", "aux/x", "COM1", "lpt9.yaml", "a/PRN", "com\u00b9", "x.", "x/y.", "x ./y"),
    *("a/v1", "v1", "1.0.0", "registry", "a/registry", "prompt", "a/prompt", "x.prompt", "a/x.PROMPT", "x.prompt.yml"),
    *("tests/y", "a/tests/y", "a/tests", "x.yaml", "x.yaml/y", "x.txt/z", "x.yml/v1", "registry.yaml"),
    *("prompt.yaml/x", "a/ b", "\\\\s\\x", "%2e%2e/x", "%", "a%2Fb", "a~b", "-rf", "--help/x", "a\u200bb"),
    *(
        "\u202egnp.exe",
        "a\u2028b",
        "x\u0085y",
        "e\u0301",
        ".\u0301",
        ":\u0301",
        "\u0301",
        "\u0130",
        "\ufb01",
        "\u3164",
        "\U0001f9d1\u200d\U0001f680",
    ),
    *("x" * 250, "é" * 250, "日" * 250, "/".join("x" * 120), "%" * 250, "name: x", "- x", "{x}", "a #b", "'", '"'),
    *("`rm -rf`", "$(x)", "a|b", "a*b?", "<a>", "null", "~", "!x", "&a", "*a"),
)
_ALLOWED = re.compile(r"[\w._\- (),&'+=@%~]+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)([. ].*)?", re.IGNORECASE)
CONTENT = {"production": Artifact("Hello {{x}}\n", {"a": 1})}


def assert_safe(path: str) -> None:
    assert len(path.encode()) <= PATH_CAP
    for part in path.split("/"):
        assert all(_ALLOWED.fullmatch(char) or unicodedata.category(char) in {"Mn", "Mc"} for char in part), part
        assert unicodedata.category(part[0]) not in {"Mn", "Mc"}
        assert len(part.encode()) <= PART_CAP
        assert part[0] not in ".- "
        assert part[-1] not in ". "
        assert not _DEVICES.fullmatch(part)
        assert unicodedata.is_normalized("NFC", part)
        assert not any(unicodedata.category(char).startswith(("C", "Z")) for char in part if char != " ")


@pytest.mark.parametrize("layout", [Layout.ONE_FILE, Layout.VERSIONS])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_gets_a_safe_path_and_stays_the_name(adopt: "Adopt", name: str, layout: Layout) -> None:
    adopted = adopt({}, {name: CONTENT}, layout)

    assert adopted.result.refused == {}
    assert list(adopted.desired.prompts) == [name]
    for path in adopted.files:
        assert_safe(path)


@pytest.mark.parametrize("name", ["", " x", "x ", "a\tb", "a\nb", "a\0b", "x" * 251, "\x7f", "\ud800", "\n"])
def test_a_name_that_git_refuses_is_refused_with_a_sentence(adopt: "Adopt", name: str) -> None:
    adopted = adopt({}, {name: CONTENT, "other": CONTENT})

    assert set(adopted.files) == {"other.yaml"}
    assert adopted.result.refused[name].endswith(".")
    adopted.result.refused[name].encode()


@pytest.mark.parametrize("layout", [Layout.ONE_FILE, Layout.VERSIONS])
def test_all_of_them_together_have_a_path_each(adopt: "Adopt", layout: Layout) -> None:
    first = {folded(name): name for name in (*HOSTILE, *NAMES)}

    adopted = adopt({}, dict.fromkeys(first.values(), CONTENT), layout)

    assert set(adopted.desired.prompts) == set(first.values()) - set(adopted.result.refused)
    assert set(adopted.result.refused) == {"", " a", "tab\t", "line\n", "x" * 300}
    assert adopted.desired.problems == ()
    assert len({folded(path) for path in adopted.files}) == len(adopted.files)


@pytest.mark.parametrize(
    ("one", "other"), [("Agent", "agent"), ("é", "e\u0301"), ("stra\u00dfe", "STRASSE"), ("K", "\u212a")]
)
def test_of_two_names_that_fold_together_the_second_is_refused(adopt: "Adopt", one: str, other: str) -> None:
    both = adopt({}, {one: CONTENT, other: CONTENT})
    late = adopt({"x.yaml": f"name: {one}\nprompt: x\n"}, {other: CONTENT})

    assert len(both.files) == len(both.result.refused) == 1
    assert set(late.result.refused) == {other}
    assert late.changed == set()


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"a.yaml": "name: other\nprompt: x\n"}, "a"),
        ({"A.yaml": "name: other\nprompt: x\n"}, "a"),
        ({"a/v1.yaml": "name: other\nprompt: x\n"}, "a/b"),
        ({"a/v1.yaml": "name: other\nprompt: x\n"}, "a"),
        ({"a": "no prompt"}, "a/b"),
        ({"a/b.yaml/x.md": "no prompt"}, "a/b"),
        ({"a/b.yaml": "prompt: x\n", "a/tests/c.yaml": "prompt: x\n"}, "a"),
    ],
)
@pytest.mark.parametrize("layout", [Layout.ONE_FILE, Layout.VERSIONS])
def test_a_path_that_is_taken_is_left_to_whoever_has_it(
    adopt: "Adopt", files: dict[str, str], name: str, layout: Layout
) -> None:
    adopted = adopt(files, {name: CONTENT}, layout)

    assert adopted.result.refused == {}
    assert not adopted.changed & set(files)


def test_a_prompt_of_versions_and_prompts_below_it_come_together(adopt: "Adopt") -> None:
    apart = {"production": Artifact("x"), "staging": Artifact("y")}

    adopted = adopt({}, {"a": apart, "a/b": CONTENT, "a/tests/c": CONTENT, "a/b/c": apart, "a/v1": apart})

    assert set(adopted.desired.prompts) == {"a", "a/b", "a/tests/c", "a/b/c", "a/v1"}


_PARTS = st.one_of(
    st.sampled_from([part for name in HOSTILE for part in name.split("/")]),
    st.text(st.sampled_from("aA.~%/\\ -\u0301\u00e9v1\u200b:"), max_size=6),
    st.text(max_size=5),
)
_ANY_NAME = st.lists(_PARTS, min_size=1, max_size=4).map("/".join)


@given(st.lists(_ANY_NAME, min_size=2, max_size=8, unique=True))
def test_no_two_names_share_a_path(names: list[str]) -> None:
    for paths in (file_paths, folder_paths):
        of_names = [set(paths(name)) for name in names]
        assert len(set().union(*of_names)) == sum(map(len, of_names))
        for path in set().union(*of_names):
            assert_safe(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(_ANY_NAME, min_size=1, max_size=5, unique=True), st.sampled_from(Layout))
def test_names_survive(adopt: "Adopt", names: list[str], layout: Layout) -> None:
    adopted = adopt({}, dict.fromkeys(names, CONTENT), layout)

    assert set(adopted.desired.prompts) == set(names) - set(adopted.result.refused)
    assert adopted.desired.problems == ()
