"""What is an address once it was seen and judged?"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mooring.core.address import ABSENT, Address
from mooring.core.judge import Action, Verdict, judge
from mooring.core.observation import Observation


@dataclass(frozen=True, slots=True)
class Row:
    """An address as seen and judged."""

    seen: Observation
    verdict: Verdict

    @property
    def address(self) -> Address:
        """The address."""
        return self.seen.address


def judged(seen: Iterable[Observation]) -> tuple[Row, ...]:
    """Judge each address, once for all who ask, and put them in order.

    A prompt is deleted whole or not at all: one of its labels that has to stay keeps it for the others.
    """
    rows = tuple(Row(one, judge(one)) for one in sorted(seen, key=_order))
    doomed = {_prompt(row) for row in rows if row.verdict.action is Action.DELETE}
    staying = {_prompt(row): row for row in reversed(rows) if _prompt(row) in doomed and _stays(row)}
    return tuple(_kept(row, staying[_prompt(row)]) if _prompt(row) in staying else row for row in rows)


def _prompt(row: Row) -> tuple[str, str]:
    return row.address.target, row.address.prompt


def _stays(row: Row) -> bool:
    gone = row.seen.git is ABSENT and row.seen.live is ABSENT
    return row.verdict.action is not Action.DELETE and not gone


def _kept(row: Row, by: Row) -> Row:
    if row.verdict.action is not Action.DELETE:
        return row
    seen = replace(row.seen, kept=f"its label {by.address.label} stays ({by.verdict.state})")
    return Row(seen, judge(seen))


def _order(seen: Observation) -> tuple[str, str, str]:
    at = seen.address
    return at.target, at.prompt, at.label
