"""Which prompts of Git include those that a merge changes, so that their readers get another text too?"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from mooring.core.address import Address, Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.composition import Included, Pinned, Place, affected
from mooring.core.desired import Version
from mooring.core.template import texts
from mooring.ports import HistoryError, Reference
from mooring.run import Run, Target

_TAG = re.compile(r"@@@([A-Za-z0-9_]+)Prompt:name=([^|=@\"\\\x00-\x1f]+)\|(label|version)=([^|=@\"\\\x00-\x1f]+)@@@")
"""How a text refers to another prompt, the platform's own name first: `@@@langfusePrompt:name=N|label=L@@@`."""

Read = Callable[[Target, Artifact], Sequence[Reference]]
"""Gives the prompts that a target's platform puts into an artifact."""


def as_written(target: Target, artifact: Artifact) -> Sequence[Reference]:
    """Read the references of a target's platform from the text alone, as where no platform is connected."""
    tags = [tag for text in texts(artifact) for tag in _TAG.findall(text)]
    ours = [tag for tag in tags if tag[0].casefold() == target.adapter.casefold()]
    found = [
        Reference(name, value) if kind == "label" else Reference(name, None, Ref(value))
        for _, name, kind, value in ours
    ]
    return tuple(dict.fromkeys(found))


def parents(run: Run, changed: Sequence[Address], read: Read) -> Mapping[Address, tuple[str, ...]]:
    """Give for changed addresses what includes them on their target, at any depth; reads composed prompts alone."""
    found: dict[Address, tuple[str, ...]] = {}
    for target in run.targets:
        here = {Place(one.prompt, one.label): one for one in changed if one.target == target.name}
        references = _references(run, target, read) if here else {}
        above: dict[Place, list[str]] = {}
        for parent, places in affected(references, here).items() if references else ():
            for place in places:
                above.setdefault(place, []).append(str(parent))
        found |= {here[place]: tuple(sorted(names)) for place, names in above.items()}
    return found


def _references(run: Run, target: Target, read: Read) -> dict[Included, tuple[Included, ...]]:
    found: dict[Included, tuple[Included, ...]] = {}
    for place, version in _composed(run, target):
        try:
            named = read(target, run.history.artifact(version))
        except HistoryError:
            continue  # a file that cannot be read is told as a mistake, and its parents matter less
        found |= {place: tuple(_included(target, one) for one in named)} if named else {}
    return found


def _composed(run: Run, target: Target) -> Iterator[tuple[Place, Version]]:
    desired = run.history.desired()
    for prompt in desired.prompts:
        for label, git_label in target.labels.items():
            version = desired.version(prompt, git_label)
            if version is not None and version.composed and not isinstance(version.hash, Gap):
                yield Place(prompt, label), version


def _included(target: Target, reference: Reference) -> Included:
    name = target.naming.in_git(reference.prompt)
    return Place(name, reference.label or "") if reference.version is None else Pinned(name, reference.version)
