"""What nobody sees is found, and what scripts and emoji need is left alone."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.core.artifact import Artifact, Json, Message, Opaque, Placeholder
from mooring.core.finding import FindingKind
from mooring.core.invisible import (
    MOST,
    Family,
    Invisible,
    code_point,
    findings_for,
    invisible,
    invisible_in_name,
    places,
)

DIRECTION, ZERO_WIDTH, TAG = Family.DIRECTION, Family.ZERO_WIDTH, Family.TAG
SELECTOR, FILLER, CONTROL = Family.SELECTOR, Family.FILLER, Family.CONTROL
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

FOUND: dict[str, tuple[str, list[tuple[int, Family]]]] = {
    # The writing direction.
    "an override": ("is\u202eadmin", [(2, DIRECTION)]),
    "an isolate, opened and closed": ("\u2066if\u2069", [(0, DIRECTION), (3, DIRECTION)]),
    "an override among Hebrew": ("שלום \u202eabc", [(5, DIRECTION)]),
    "a deprecated shaping control": ("a\u206ab", [(1, DIRECTION)]),
    "a mark without anything to turn": ("a\u200fb\u200e\u061c", [(1, DIRECTION), (3, DIRECTION), (4, DIRECTION)]),
    "a mark, and Hebrew on another line": ("a\u200f\nשלום\nb\u200f", [(1, DIRECTION), (9, DIRECTION)]),
    "a mark, and Hebrew far away": ("ש" + "a" * 90 + "\u200f", [(91, DIRECTION)]),
    # No room.
    "a zero-width space": ("pass\u200bword", [(4, ZERO_WIDTH)]),
    "a byte order mark": ("\ufeffHello", [(0, ZERO_WIDTH)]),
    "joiners in Latin": ("a\u200db\u200cc", [(1, ZERO_WIDTH), (3, ZERO_WIDTH)]),
    "joiners at the ends": ("\u200dx👩\u200d", [(0, ZERO_WIDTH), (3, ZERO_WIDTH)]),
    "two joiners in a row": ("م\u200c\u200cخ", [(1, ZERO_WIDTH), (2, ZERO_WIDTH)]),
    "a non-joiner between emoji": ("👩\u200c👧", [(1, ZERO_WIDTH)]),
    "a joiner from an emoji to a letter": ("👩\u200da", [(1, ZERO_WIDTH)]),
    "a joiner after nothing but a selector": ("\ufe0f\u200d👩", [(0, SELECTOR), (1, ZERO_WIDTH)]),
    "an invisible times": ("2\u2062x", [(1, ZERO_WIDTH)]),
    # Tags.
    "tags that spell something": ("Hi\U000e0048\U000e0069", [(2, TAG), (3, TAG)]),
    "tags after a flag that never end": ("\U0001f3f4\U000e0067\U000e0062", [(1, TAG), (2, TAG)]),
    "tags after a flag that go on": (
        SCOTLAND[:-1] + "\U000e0068\U000e0069\U000e007f",
        [(at, TAG) for at in range(1, 9)],
    ),
    "tags after a flag that has ended": (SCOTLAND + "\U000e0068", [(7, TAG)]),
    "a flag of nowhere": ("\U0001f3f4\U000e007f", [(1, TAG)]),
    "tags after another emoji": ("\U0001f600" + SCOTLAND[1:], [(at, TAG) for at in range(1, 7)]),
    # Variation selectors.
    "selectors that carry bytes": ("😀\ufe0f\ufe01\U000e0102", [(2, SELECTOR), (3, SELECTOR)]),
    "a selector after a letter": ("a\ufe0f", [(1, SELECTOR)]),
    "a selector after nothing": ("\ufe0f", [(0, SELECTOR)]),
    "an ideograph's selector after a sign": ("+\U000e0100", [(1, SELECTOR)]),
    "a Mongolian selector elsewhere": ("a\u180b", [(1, SELECTOR)]),
    # Fillers.
    "a soft hyphen": ("co\u00adop", [(2, FILLER)]),
    "Hangul fillers": ("\u3164\uffa0", [(0, FILLER), (1, FILLER)]),
    "a jamo filler without jamo": ("a\u115fb\u1160", [(1, FILLER), (3, FILLER)]),
    "a blank of Braille": ("\u2800", [(0, FILLER)]),
    "a grapheme joiner": ("a\u034fb", [(1, FILLER)]),
    # Controls.
    "an escape sequence": ("\x1b[31m", [(0, CONTROL)]),
    "carriage returns, bells and backspaces": ("a\r\x07\x08", [(1, CONTROL), (2, CONTROL), (3, CONTROL)]),
    "controls of Latin 1": ("a\x85\x9b", [(1, CONTROL), (2, CONTROL)]),
    "a delete": ("a\x7f", [(1, CONTROL)]),
    "line ends that few editors show": ("a\u2028b\u2029", [(1, CONTROL), (3, CONTROL)]),
    "annotations between the lines": ("\ufff9a\ufffab\ufffb", [(0, CONTROL), (2, CONTROL), (4, CONTROL)]),
    "a control of notes": ("\U0001d173", [(0, CONTROL)]),
    "unassigned, beside the tags": ("a\U000e0080", [(1, CONTROL)]),
    "half a character": ("a\ud83d", [(1, CONTROL)]),
    # What people write.
    "nothing odd": ("Hello {{name}},\n\tGrüße — 日本語 ｶﾞ 한국어 ไทย\u00a0x\u3000y", []),
    "emoji of several people": ("👩\u200d❤\ufe0f\u200d💋\u200d👨 👩🏽\u200d🚀 🏳\ufe0f\u200d🌈 👨\u200d👩\u200d👧", []),
    "emoji that are signs": ("❤\ufe0f 1\ufe0f\u20e3 #\ufe0f\u20e3 ©\ufe0f ™\ufe0f ⁉\ufe0f ㊗\ufe0f ▶\ufe0e", []),
    "a flag of a country, and one of a region": (f"🇩🇪 {SCOTLAND}", []),
    "Persian": ("می\u200cخواهم", []),
    "Hindi": ("क्\u200dष र्\u200cय", []),
    "Hebrew with marks": ("שלום\u200f! 100%\u200e", []),
    "variants of ideographs": ("葛\U000e0100 辻\ufe00", []),
    "Mongolian": ("ᠮ\u180b", []),
    "old Hangul": ("ᄀ\u1160 \u115fᅡ", []),
    "signs before Arabic numbers": ("\u0600١٢ \u06dd", []),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_nobody_sees_is_found(name: str) -> None:
    text, expected = FOUND[name]
    assert list(places(text)) == expected


def test_every_character_of_control_and_format_is_looked_at() -> None:
    hidden = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"}]
    drawn = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    missed = {one for one in hidden if not list(places(f"a{one}b"))}
    assert missed == set("\t\n" + drawn)


# --- Contents -----------------------------------------------------------------------------------------------------


def test_a_text_is_told_by_line_and_column() -> None:
    found = invisible(Artifact("one\ntwo \u202ex\u202c\u200b\n\u200b"))
    assert found == (
        Invisible("/text", 2, 5, DIRECTION, "U+202E right-to-left override", 2),
        Invisible("/text", 2, 8, ZERO_WIDTH, "U+200B zero width space", 2),
    )


def test_every_text_and_key_of_a_prompt_is_looked_at() -> None:
    config: Json = {"tools": [{"na\u200bme": "x", "n": [1, None, "\x1b"]}], "ok": True}
    chat = Artifact((Message("us\u200ber", "a\u00adb"), Placeholder("\u3164")), config)
    assert [(one.path, one.what) for one in invisible(chat)] == [
        ("/messages/0/role", "U+200B zero width space"),
        ("/messages/0/content", "U+00AD soft hyphen"),
        ("/messages/1/placeholder", "U+3164 hangul filler"),
        ("/config/tools/0/na\u200bme", "U+200B zero width space"),
        ("/config/tools/0/n/2", "U+001B control character"),
    ]


def test_content_of_the_platforms_own_form_is_looked_at() -> None:
    (found,) = invisible(Opaque({"parts": ["x\U000e0041"]}, "an image"))
    assert (found.path, found.what) == ("/parts/0", "U+E0041 tag latin capital letter a")
    assert invisible(Artifact("x\U000e0080"))[0].what == "U+E0080 character without a name"


def test_a_prompt_full_of_them_is_told_in_few() -> None:
    prompt = Artifact("\u200b" * 100_000, {"a": ["\u200b\u202e"] * 100})
    found = invisible(prompt)
    assert len(found) == MOST
    assert max(one.count for one in found) == 100_000


def test_a_name_has_neither_line_ends_nor_tabs() -> None:
    assert [(one.column, one.family) for one in invisible_in_name("a\u202eb\nc\t")] == [(2, DIRECTION), (4, CONTROL)]
    assert invisible_in_name("marketing/newsletter über 日本") == ()


def test_findings_say_what_where_and_the_way_out() -> None:
    found = findings_for("greet", "prompts/greet.yaml", Artifact("Hi\u202e\u202d", {"\u200bx": 1}))
    place, key = [one.message for one in found]
    assert place.startswith("prompts/greet.yaml holds U+202E right-to-left override, and 1 more of its kind there, in ")
    assert place.endswith("in /text, line 1, column 3: people do not see it and models read it")
    assert "holds U+200B zero width space, in /config/\u200bx, line 1, column 1: " in key
    assert {(one.kind, one.prompt) for one in found} == {(FindingKind.INVISIBLE, "greet")}
    assert all("mooring diff" in one.fix for one in found)
    assert findings_for("greet", "the live version 7", Opaque("\x1b", "odd"))[0].message.startswith(
        "the live version 7 holds U+001B control character, in the content, line 1"
    )
    assert findings_for("greet", "x", Artifact("Hello")) == ()


# --- Laws ---------------------------------------------------------------------------------------------------------

odd = (
    st.text(st.sampled_from("aש漢م👩🏽❤\u200d\u200c\ufe0f\u202e\u200f\n\t \U0001f3f4\U000e0067\U000e007f\u115fᄀ"))
    | st.text()
)


@given(odd)
def test_what_is_left_when_all_is_taken_out_can_be_told_by_place(text: str) -> None:
    found = [at for at, _ in places(text)]
    assert found == sorted(set(found))
    assert all(not text[at].isalnum() or text[at] in "\u115f\u1160\u3164\uffa0" for at in found)
    assert all(code_point(text[at]).startswith("U+") for at in found)


@given(odd)
def test_the_place_leads_to_the_character(text: str) -> None:
    for one in invisible(Opaque(text, "")):
        character = text.split("\n")[one.line - 1][one.column - 1]
        assert one.what.startswith(code_point(character) + " ")


@given(st.text(st.characters(max_codepoint=0x7E, min_codepoint=0x20) | st.sampled_from("\n\t")))
def test_ascii_that_can_be_printed_holds_none(text: str) -> None:
    assert list(places(text)) == []
