"""How is the meaning of a difference said: in one sentence, as a list in a review, as values for a program?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mooring import clean
from mooring.core.artifact import Json
from mooring.core.difference import Impact
from mooring.core.meaning import Size
from mooring.core.remark import Remark

MOST = 6
"""Items of one grade in a sentence."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the sentence: its grade (None: the size), and its words, harmless already."""

    impact: Impact | None
    words: str


def sentence(remarks: Sequence[Remark], sizes: Sequence[Size] = ()) -> str:
    """Give `breaking: 1 variable gone; behaviour: text, temperature 0.3 → 0.7; +24 tokens`; '' for no difference."""
    said = [f"{one.impact}: {one.words}" if one.impact else one.words for one in clauses(remarks, sizes)]
    return "; ".join(said)


def clauses(remarks: Sequence[Remark], sizes: Sequence[Size] = ()) -> Iterator[Clause]:
    """Give the parts of the sentence, the gravest first."""
    for impact in Impact:
        items = _counted([one for one in remarks if one.impact is impact])
        if items:
            more = [f"{len(items) - MOST} more"] if len(items) > MOST else []
            yield Clause(impact, ", ".join([*items[:MOST], *more]))
    if sizes and sizes[0].old != sizes[0].new:
        longer = sizes[0].new - sizes[0].old
        yield Clause(None, f"{longer:+,} {_unit(sizes[0].unit.partition(' (')[0], abs(longer))}")


def measured(sizes: Sequence[Size]) -> str:
    """Give `412 → 436 tokens (o200k_base)`; '' where there is no text on either side."""
    return ", ".join(_size(one) for one in sizes if one.old or one.new)


def line(remark: Remark) -> str:
    """Give a remark as text for a terminal or a log."""
    return "".join(words + clean.name(name) for words, name in remark.pieces)


def markdown_list(remarks: Sequence[Remark], sizes: Sequence[Size] = ()) -> list[str]:
    """Give the lines of a Markdown list in which no name is markup."""
    lines = [f"- **{one.impact}**: {_markdown(one)}" for one in remarks]
    told = measured(sizes)
    return [*lines, f"- size: {clean.prose(told)}"] if told else lines


def values(remarks: Sequence[Remark], sizes: Sequence[Size], side: str) -> dict[str, Json]:
    """Give remarks and sizes for a program. They hold names, model names and numbers, never the text of a prompt."""
    return {
        "side": side,
        "remarks": [{"impact": one.impact.value, "text": one.text} for one in remarks],
        "size": [{"unit": one.unit, "old": one.old, "new": one.new} for one in sizes],
    }


def _counted(remarks: Sequence[Remark]) -> list[str]:
    """Count what is alike, in the order in which it comes first."""
    counts: dict[tuple[str, str], int] = {}
    for one in remarks:
        key = (one.noun, one.event) if one.noun else (line(one), "")
        counts[key] = counts.get(key, 0) + 1
    return [
        f"{number} {noun if number == 1 else noun + 's'} {event}" if event else noun
        for (noun, event), number in counts.items()
    ]


def _size(one: Size) -> str:
    if one.old == one.new or not one.old:
        return f"{one.new:,} {_unit(one.unit, one.new)}"
    if not one.new:
        return f"{one.old:,} {_unit(one.unit, one.old)} until now"
    return f"{one.old:,} → {one.new:,} {_unit(one.unit, one.new)}"


def _unit(unit: str, number: int) -> str:
    """Give `token (o200k_base)` for one, as a unit stands in the plural."""
    if number != 1:
        return unit
    word, space, rest = unit.partition(" ")
    return word.removesuffix("s") + space + rest


def _markdown(remark: Remark) -> str:
    return "".join(words + (clean.code_span(name) if name else "") for words, name in remark.pieces)
