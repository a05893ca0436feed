"""The meaning is one sentence, a list that no name leaves, or values for a program."""

import pytest

from mooring.core.difference import Impact
from mooring.core.meaning import Size
from mooring.core.remark import Remark
from mooring.reports.meaning import line, markdown_list, measured, sentence

GONE = Remark(Impact.BREAKING, "variable {} is gone", ("{{product}}",), "variable", "gone")
ALSO = Remark(Impact.BREAKING, "variable {} is gone", ("{{shop}}",), "variable", "gone")
TEXT = Remark(Impact.BEHAVIOUR, "the text of message {} changed", ("1 (system)",), "text")
WARMER = Remark(Impact.BEHAVIOUR, "{} {} → {}", ("temperature", "0.3", "0.7"))
EVIL = Remark(Impact.BREAKING, "tool {} is gone", ("`@all`\n::error::x\u202e|</td>",), "tool", "gone")
TOKENS = (Size("tokens (o200k_base)", 412, 436),)


@pytest.mark.parametrize(
    ("remarks", "sizes", "said"),
    [
        ((), (), ""),
        ((GONE, TEXT, WARMER), TOKENS, "breaking: 1 variable gone; behaviour: text, temperature 0.3 → 0.7; +24 tokens"),
        ((GONE, ALSO), (), "breaking: 2 variables gone"),
        ((TEXT, TEXT), (Size("characters", 1204, 4), Size("words", 3, 1)), "behaviour: text; -1,200 characters"),
        ((TEXT,), (Size("tokens (x)", 4, 4),), "behaviour: text"),
        ((TEXT,), (Size("tokens (x)", 4, 5),), "behaviour: text; +1 token"),
        (
            tuple(Remark(Impact.COSMETIC, "{} changed", (str(n),)) for n in range(9)),
            (),
            "cosmetic: 0 changed, 1 changed, 2 changed, 3 changed, 4 changed, 5 changed, 3 more",
        ),
    ],
)
def test_the_sentence(remarks: tuple[Remark, ...], sizes: tuple[Size, ...], said: str) -> None:
    assert sentence(remarks, sizes) == said


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        (TOKENS, "412 → 436 tokens (o200k_base)"),
        ((Size("characters", 1204, 1260), Size("words", 210, 210)), "1,204 → 1,260 characters, 210 words"),
        ((Size("tokens (x)", 0, 5),), "5 tokens (x)"),
        ((Size("tokens (x)", 5, 0),), "5 tokens (x) until now"),
        ((Size("tokens (x)", 0, 0),), ""),
        ((Size("tokens (x)", 2, 1), Size("words", 1, 0)), "2 → 1 token (x), 1 word until now"),
    ],
)
def test_the_size(sizes: tuple[Size, ...], told: str) -> None:
    assert measured(sizes) == told


def test_the_list_for_a_review() -> None:
    assert markdown_list([GONE, WARMER], TOKENS) == [
        "- **breaking**: variable `{{product}}` is gone",
        "- **behaviour**: `temperature` `0.3` → `0.7`",
        "- size: 412 → 436 tokens (o200k\\_base)",
    ]
    assert markdown_list([]) == []


def test_a_strangers_name_does_nothing() -> None:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").render("\n".join(markdown_list([EVIL])))
    assert html.count("<li>") == 1
    assert "<code>`@all`\\n::error::x\\u202e\\|&lt;/td&gt;</code>" in html
    assert line(EVIL) == "tool `@all`\\n::error::x\\u202e|</td> is gone"
