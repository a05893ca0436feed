"""Which prompts does a platform put into others, and what follows: order, mistakes, readers who get another text?"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias, TypeVar

from mooring.core.address import ABSENT, INVALID, Gap, Ref
from mooring.core.artifact import Kind
from mooring.core.observation import Objection

T = TypeVar("T")

DEEPEST = 5
"""Prompts in one chain, the outermost counted: Langfuse 4.16 refuses a sixth (`Maximum nesting depth exceeded`)."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What a label of a prompt serves on one target: Git's name of the prompt, the platform's label."""

    prompt: str
    label: str

    def __str__(self) -> str:
        return f"{self.prompt}@{self.label}"


@dataclass(frozen=True, slots=True)
class Pinned:
    """One version of a prompt on the platform, whatever its labels: it never changes, and no plan can bring it."""

    prompt: str
    ref: Ref

    def __str__(self) -> str:
        return f"{self.prompt} version {self.ref}"


Included: TypeAlias = Place | Pinned
"""What may be put into a text."""

References: TypeAlias = Mapping[Included, Sequence[Included]]
"""What Git's content of each composed place includes; also of what only the platform holds, so far as it was read."""


def mistakes(references: References, found: Mapping[Included, Kind | Gap]) -> dict[Included, Objection]:
    """Give why places that include others cannot be published, or not yet.

    `found` says what stands at each child: Git's kind where Git declares the place, else the platform's. INVALID is
    what Git declares and something else holds, UNKNOWN what the platform did not tell, which is no mistake; a child
    that is not in it is proven absent. Whatever includes something that is held is held itself.
    """
    rings = _rings(references)
    heights = _heights(references)
    own: dict[Included, Objection] = {}
    for node, children in references.items():
        wrong = rings.get(node) or _by_children(children, found)
        if wrong is None and heights.get(node, 0) >= DEEPEST:
            wrong = _too_deep(node, references, heights)
        if wrong is not None:
            own[node] = wrong
    held = {node for node, what in found.items() if what is INVALID} | own.keys()
    depends = {
        node: _objection(f"it depends on {_shown(cause)}, which is held", f"Put {_shown(cause)} right first")
        for node, cause in _above(held, _turned(references)).items()
    }
    return depends | own


def waves(places: Iterable[Place], references: References) -> tuple[tuple[Place, ...], ...]:
    """Put places in the order in which they are written: whatever one includes, however far down, comes before it.

    By place and not by prompt: `a@production` may include `b@production` while `b@staging` includes `a@staging`. Equal
    content is in one wave. What leads into a ring, which `mistakes` holds, comes last.
    """
    heights = _heights(references)
    last = max(heights.values(), default=0) + 1
    by_height: dict[int, list[Place]] = {}
    for place in sorted(set(places)):
        by_height.setdefault(heights.get(place, last if place in references else 0), []).append(place)
    return tuple(tuple(by_height[height]) for height in sorted(by_height))


def affected(references: References, changed: Iterable[Place]) -> dict[Included, tuple[Place, ...]]:
    """Give for everything that includes changed places, at any depth, which ones: its readers get another text."""
    parents = _turned(references)
    through: dict[Included, list[Place]] = {}
    for place in sorted(set(changed)):
        for parent in _above({place}, parents):
            through.setdefault(parent, []).append(place)
    return {parent: tuple(through[parent]) for parent in sorted(through, key=str)}


def _rings(references: References) -> dict[Included, Objection]:
    """Name the ring of each place that leads back to its own prompt, whichever label or version of it.

    Langfuse refuses such content by name: `Circular dependency detected involving prompt 'a' version 1`.
    """
    below: dict[str, set[str]] = {}
    for node, children in references.items():
        below.setdefault(node.prompt, set()).update(child.prompt for child in children)
    # A name that some order puts above or below all it is tied to is on no ring: almost always that is every name.
    straight = _heights(below).keys() | _heights(_turned(below)).keys()
    rings: dict[Included, Objection] = {}
    for node in sorted(references, key=str):
        if node.prompt not in straight and node not in rings:
            ring = _way_back(node, references)
            reason = f"{_shown(*ring)} leads back to the same prompt"
            named = _objection(reason, "Take one of these references out")
            # All that stand on a closed ring share its one sentence; a ring closed by the name alone is its start's.
            for one in ring if ring[-1:] == (node,) else ring[:1]:
                rings.setdefault(one, named)
    return rings


def _way_back(start: Included, references: References) -> tuple[Included, ...]:
    """Give the shortest way from a place to its own prompt, both ends included; () where there is none."""
    came_from: dict[Included, Included] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for child in references.get(node, ()):
            if child.prompt == start.prompt:
                way = [child, node]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if child not in came_from:
                came_from[child] = node
                queue.append(child)
    return ()


def _heights(edges: Mapping[T, Collection[T]]) -> dict[T, int]:
    """Give the length of the longest chain below each node, and nothing for what leads into a ring."""
    sorter = TopologicalSorter(edges)
    with suppress(CycleError):  # what no ring blocks still comes out, as graphlib documents
        sorter.prepare()
    heights: dict[T, int] = {}
    height = 0
    while batch := sorter.get_ready():
        heights |= dict.fromkeys(batch, height)
        sorter.done(*batch)
        height += 1
    return heights


def _turned(edges: Mapping[T, Iterable[T]]) -> dict[T, list[T]]:
    """Give the edges the other way round."""
    above: dict[T, list[T]] = {}
    for node, children in edges.items():
        for child in dict.fromkeys(children):
            above.setdefault(child, []).append(node)
    return above


def _above(starts: Collection[Included], parents: Mapping[Included, Sequence[Included]]) -> dict[Included, Included]:
    """Give all that includes a start at any depth, with the nearest one; a start itself so far as it includes one."""
    nearest: dict[Included, Included] = {}
    queue = deque(sorted(starts, key=str))
    while queue:
        node = queue.popleft()
        for parent in parents.get(node, ()):
            if parent not in nearest:
                nearest[parent] = node if node in starts else nearest[node]
                queue.append(parent)
    return nearest


def _by_children(children: Sequence[Included], found: Mapping[Included, Kind | Gap]) -> Objection | None:
    for child in children:
        what = found.get(child, ABSENT)
        if what is ABSENT and isinstance(child, Pinned):
            return _objection(f"{_shown(child)} is not on the platform", "Refer to a version that is, or to a label")
        if what is ABSENT:
            reason = f"{_shown(child)} is neither declared in Git for this target nor live on the platform"
            return _objection(reason, "Declare it in Git, or correct the reference")
        if what is Kind.CHAT:
            return _objection(f"{_shown(child)} is a chat, and only a text can be included", "Refer to a text prompt")
    return None


def _too_deep(node: Included, references: References, heights: Mapping[Included, int]) -> Objection:
    chain = [node]
    while len(chain) <= DEEPEST:
        chain.append(max(references[chain[-1]], key=heights.__getitem__))
    return _objection(f"{_shown(*chain)} is nested deeper than {DEEPEST} prompts", "Write one of them out in place")


def _objection(reason: str, fix: str) -> Objection:
    return Objection("references", reason, fix)


def _shown(*chain: Included) -> str:
    # A mistaken reference may have cut any length of a prompt's text out as a name.
    return " -> ".join(text if len(text) <= 200 else f"{text[:200]}…" for text in map(str, chain))
