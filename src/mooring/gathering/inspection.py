"""What in a text should nobody push, propose or read unseen: secrets, and characters that do not show?"""

from collections.abc import Iterable, Iterator

from mooring.core.artifact import Content
from mooring.core.desired import Desired, Version
from mooring.core.finding import Finding, FindingKind
from mooring.core.invisible import findings_for
from mooring.core.row import Row
from mooring.core.state import State
from mooring.core.verdict import Action
from mooring.gathering.contents import Contents
from mooring.run import Run
from mooring.scan import secrets_in

_PUBLISHES = frozenset({Action.CREATE, Action.UPDATE, Action.REVERT, Action.PUBLISH})
_UNREAD = frozenset({State.IN_SYNC, State.UNMANAGED, State.UNKNOWN})
_REPLACE = "Take it out and replace it where it is used; if it is no secret, allow its fingerprint under `secrets:`"


def leaking(run: Run, rows: Iterable[Row]) -> Iterator[str]:
    """Say where contents that a plan would publish look as if they held a secret."""
    for _, version, content in _fresh(run, rows):
        yield from (f"{version.path}: {leak}" for leak in secrets_in(content, run.secrets_allowed))


def unseen(run: Run, rows: Iterable[Row], contents: Contents) -> Iterator[Finding]:
    """Tell of characters that nobody sees, in what a plan would publish and in what differs on the platform."""
    rows = tuple(rows)
    for prompt, version, content in _fresh(run, rows):
        yield from findings_for(prompt, version.path, content)
    for row in rows:
        holders = row.seen.holders
        if holders and row.verdict.state not in _UNREAD:
            stored = contents.of(row.address.prompt, holders[0].ref)
            where = f"the live version {holders[0].ref} of {row.address.label}"
            yield from () if stored is None else findings_for(row.address.prompt, where, stored.content)


def inspect_files(run: Run, desired: Desired) -> Iterator[Finding]:
    """Look at every version that a label of Git's names."""
    for name, prompt in desired.prompts.items():
        for key in dict.fromkeys(prompt.labels.values()):
            version = prompt.versions.get(key)
            if version is None or not version.hash.startswith("sha256:"):
                continue
            content = run.history.artifact(version)
            yield from findings_for(name, version.path, content)
            for leak in secrets_in(content, run.secrets_allowed):
                yield Finding(FindingKind.SECRET, name, f"{version.path}: it looks like a secret: {leak}", _REPLACE)


def _fresh(run: Run, rows: Iterable[Row]) -> Iterator[tuple[str, Version, Content]]:
    """Give each version that would be published, once: what the platform was seen to hold was looked at before."""
    seen: set[str] = set()
    for row in rows:
        version = row.seen.version
        if version is None or row.seen.reusable is not None or row.verdict.action not in _PUBLISHES:
            continue
        if version.path not in seen and version.hash.startswith("sha256:"):
            seen.add(version.path)
            yield row.address.prompt, version, run.history.artifact(version)
