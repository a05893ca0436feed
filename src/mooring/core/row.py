"""What is an address once it was seen and judged?"""

from collections.abc import Iterable
from dataclasses import dataclass

from mooring.core.address import Address
from mooring.core.judge import Verdict, judge
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
    """Judge each address, once for all who ask, and put them in order."""
    return tuple(Row(one, judge(one)) for one in sorted(seen, key=_order))


def _order(seen: Observation) -> tuple[str, str, str]:
    at = seen.address
    return at.target, at.prompt, at.label
