"""YAML is read strictly: nothing is guessed, every mistake has its line, and no input ends in an exception."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mooring.core.artifact import Json
from mooring.core.canonical import refusals
from mooring.formats.located import Fields, Items, Node, plain
from mooring.formats.strict_yaml import FILE_CAP, MAX_DEPTH, MAX_UNFOLDED, Reading, read_yaml


def value(text: str) -> Json:
    reading = read_yaml(text.encode())
    assert reading.flaws == ()
    assert reading.complete
    assert reading.root is not None
    return plain(reading.root)


def flaws(data: str | bytes) -> list[tuple[int | None, str]]:
    reading = read_yaml(data.encode() if isinstance(data, str) else data)
    return [(flaw.line, flaw.message) for flaw in reading.flaws]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("~", None),
        ("null", None),
        ("", None),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-01-01", "2024-01-01"),
        ("1.0", 1.0),
        ("1.10", 1.1),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.2.3", "1.2.3"),
        ("v2", "v2"),
        ('"12"', "12"),
        ("'no'", "no"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("9007199254740991", 2**53 - 1),
        ("٣", "٣"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, meant: Json) -> None:
    found = value(f"a: {written}\n")
    assert found == {"a": meant}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(meant)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` is given twice, first on line 1"),
        ("a:\n  x: 1\n  x: 2\n", 3, "`x` is given twice"),
        ("a: 1\n<<: {b: 2}\n", 2, "merge key"),
        ("1: x\n", 1, "field name 1 is not a text"),
        ("true: x\n", 1, "field name true is not a text"),
        ("~: x\n", 1, "field name ~ is not a text"),
        ("? [a]\n: x\n", 1, "where a field's name is due"),
        ("a: {{name}}\n", 1, "where a field's name is due"),
        ("a: !!python/object:os.system {}\n", 1, "the tag `python/object:os.system` is not read"),
        ("a: !secret x\n", 1, "the tag `!secret` is not read"),
        ("a: !!int 3\n", 1, "the tag `int` is not read"),
        ("a: !!map {}\n", 1, "the tag `map` is not read"),
        ("a: .inf\n", 1, "not JSON"),
        ("a: -.INF\n", 1, "not JSON"),
        ("a: .nan\n", 1, "not JSON"),
        ("a: 1e999\n", 1, "too great"),
        ("a: 9007199254740992\n", 1, "2^53-1"),
        ("a: -9007199254740992\n", 1, "2^53-1"),
        ("a: 0xfffffffffffffff\n", 1, "2^53-1"),
        ("a: " + "9" * 5000 + "\n", 1, "2^53-1"),
        ('a: b\nc: "\\0"\n', 2, "NUL"),
        ("a: b\nc: \x00\n", 2, "U+0000"),
        ("a: \x07\n", 1, "U+0007"),
        ("a: 1\n---\nb: 2\n", 2, "second document"),
        ("a: *x\n", 1, "the alias *x stands for nothing"),
        ("a: &x [*x]\n", 1, "the alias *x holds itself"),
        ("a: b: c\n", 1, "not YAML"),
        ("a: [1, 2\n", 2, "not YAML"),
        ("a:\n\t- b\n", 2, "not YAML"),
        ("a: 'x\n", 2, "not YAML"),
        ("[" * (MAX_DEPTH + 1), 1, "nested deeper"),
    ],
)
def test_what_is_not_strict_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    found = flaws(text)
    assert [where for where, message in found if said in message] == [line], found


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"a: 1\nb: \xff\n", 2, "0xff is not UTF-8"),
        (b"\xff\xfea\x00", 1, "UTF-16"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", 1, "Git LFS"),
        (b"a: " + b"x" * FILE_CAP, None, "more than the 1,048,576"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, line: int | None, said: str) -> None:
    ((where, message),) = flaws(data)
    assert where == line
    assert said in message


def test_a_lone_surrogate_is_refused_with_either_of_pyyamls_parsers() -> None:
    ((line, message),) = flaws('a: "\\ud800"\n')
    assert line == 1
    assert "Unicode" in message or "surrogate" in message


def test_all_mistakes_are_told_at_once() -> None:
    found = flaws("a: 1\na: 2\n3: x\nb: .inf\nc: !t x\nd: [\n")
    assert [line for line, _ in found] == [2, 3, 4, 5, 7]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\n") == read_yaml(b"a: |\n  x\n  y\n")


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029", "\ufeff"])
def test_odd_spaces_in_a_text_are_kept(odd: str) -> None:
    text = f"one{odd}two"
    assert value(f"a: |\n  {text}\nb: '{text}'\nc: {text}\n") == {"a": text + "\n", "b": text, "c": text}


def test_characters_that_stand_in_for_others_are_not_mistaken_for_them() -> None:
    text = "\ue000\u2028\ue001"
    assert value(f"a: {text}\n") == {"a": text}


def test_aliases_are_read_within_bounds() -> None:
    assert value("a: &x {k: [1]}\nb: *x\n") == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert value("a: &x k\nb: {*x : 1}\n") == {"a": "k", "b": {"k": 1}}
    nested = "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 9)}]\n" for n in range(1, 20))
    bomb = f"b0: &b0 aaaaaaaaaa\n{nested}"
    assert [message for _, message in flaws(bomb)] == [f"aliases stand for more than {MAX_UNFOLDED:,} characters"]


def test_depth_is_a_cap_and_not_the_interpreters() -> None:
    assert value("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert flaws("- " * 100_000)


def test_every_value_has_its_line() -> None:
    root = read_yaml(b"a: 1\nb:\n  - x\n  - y: |\n      z\n").root
    assert isinstance(root, Fields)
    b = root.pairs["b"]
    assert (b.line, b.node.line) == (2, 3)
    assert isinstance(b.node, Items)
    assert [item.line for item in b.node.items] == [3, 4]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("name: a\nx: 1\ny: [\n", {"name": "a", "x": 1}),
        ("name: a\nx: 1\n  y: 2\n", {"name": "a"}),
        ("name: a\n  b: c\n", {}),
        ("[1, 2", None),
    ],
)
def test_after_a_syntax_error_only_what_is_certain_is_kept(text: str, kept: Json) -> None:
    reading = read_yaml(text.encode())
    assert not reading.complete
    assert (None if reading.root is None else plain(reading.root)) == kept


def nodes(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Items():
            for item in node.items:
                yield from nodes(item)
        case Fields():
            for pair in node.pairs.values():
                yield from nodes(pair.node)
        case _:
            pass


def is_sound(reading: Reading) -> bool:
    if reading.root is None or reading.flaws:
        return True
    return not refusals(plain(reading.root)) and all(node.line >= 1 for node in nodes(reading.root))


YAML_LIKE = st.text(st.sampled_from("ab:-?[]{},&*!|>'\"%@`#\n \t\\~01.\r\x00\ufeff\u2028\x85<=é"), max_size=60)


@given(st.binary(max_size=200) | YAML_LIKE.map(str.encode))
@example(b"? ")
@example(b"- ? : \n")
@example(b"&a : *a")
@example(b"{*a : b}")
@example(b"%YAML 9.9\n---\na")
@example(b"%TAG ! x\n--- !y z")
@example(b"--- |\n\x80")
@example(b"a: &b\nc: *b")
def test_no_bytes_raise_and_what_is_accepted_has_a_canonical_form(data: bytes) -> None:
    assert is_sound(read_yaml(data))


PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\n\t\x85"),
    max_size=12,
)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PRINTABLE, inner, max_size=3),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_json_is_yaml(wanted: Json) -> None:
    assert value(json.dumps(wanted, ensure_ascii=False)) == wanted
