"""What is there to say, in words, of a difference?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mooring.core.artifact import Json
from mooring.core.difference import Impact

SHOWN = 60
"""Characters of a value that a remark may hold: model names and numbers, never a text of a prompt."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence with its grade. `said` has a `{}` for each of `names`, which are a stranger's words: escape them.

    In one line with others it is counted as `2 variables gone` where it has a noun and an event, is the noun alone
    where it has no event, and stands there whole where it has neither.
    """

    impact: Impact
    said: str
    names: tuple[str, ...] = ()
    noun: str = ""
    event: str = ""

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """The words of the sentence, each with the name that follows it; the last has none ('')."""
        words = self.said.split("{}")
        return tuple(zip(words, [*self.names, ""], strict=True))

    @property
    def text(self) -> str:
        """The whole sentence, its names as they are."""
        return "".join(word + name for word, name in self.pieces)


def value(of: Json) -> str | None:
    """Give a value that may be told, as JSON and texts bare; None for what could be a text of a prompt."""
    match of:
        case str():
            return of if of and len(of) <= SHOWN else None
        case Mapping():
            return None
        case Sequence():
            return "[]" if not of else None
        case _:
            return json.dumps(of)
