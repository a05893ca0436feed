"""What must an adapter do? This one does it over a platform in memory: the reference for all others, and for tests."""

import re
from collections.abc import Collection, Sequence
from typing import Literal

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.canonical import NotCanonical
from mooring.core.desired import PromptFacts
from mooring.ports import (
    Adapter,
    Capabilities,
    Check,
    Health,
    Listing,
    Misconfigured,
    Moved,
    Objection,
    Options,
    Provenance,
    Reference,
    Rejected,
    Stored,
    Survey,
    Tally,
)
from mooring_memory.platform import Platform, platform
from mooring_memory.state import Prompt

__all__ = ["MAX_TEXT", "MemoryAdapter", "Platform", "connect", "platform"]

MAX_TEXT = 1_000_000
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_LABEL = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SWITCHES = {
    "immutable_versions": False,
    "labels_on_create": True,
    "removes_labels": True,
    "names_authors": True,
    "deletes_prompts": True,
}


def connect(options: Options) -> Adapter:
    """Open `memory://NAME` or `memory:///FILE`; the entry point. `extra` may set a capability to `true` or `false`."""
    if not options.url.removeprefix("memory://").strip("/") or not options.url.startswith("memory://"):
        reason = f"The target {options.target} has the url {options.url!r}, which names no platform in memory."
        raise Misconfigured(f"{reason} Write memory://NAME, or memory:///FILE to keep it in a file.")
    wrong = {k: v for k, v in options.extra.items() if k not in _SWITCHES or v not in {"true", "false"}}
    if wrong:
        reason = (
            f"The target {options.target} sets {', '.join(sorted(wrong))}, which a memory platform cannot be given."
        )
        raise Misconfigured(f"{reason} It takes {', '.join(_SWITCHES)}, each true or false.")
    switches = {key: options.extra.get(key, str(usual).lower()) == "true" for key, usual in _SWITCHES.items()}
    return MemoryAdapter(platform(options.url, options.folder), Capabilities(**switches))


class MemoryAdapter:
    """The reference adapter. Unlike most platforms, this one compares `expected` for its caller and raises Moved.

    A platform that rewrites versions gives the newest content along with a survey; one that does not gives refs only.
    """

    def __init__(self, platform: Platform, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.tally = Tally()
        self._platform = platform

    def objections(self, prompt: str, label: str, artifact: Artifact | None) -> Sequence[Objection]:
        """Say what this platform cannot carry."""
        found: list[Objection] = []
        if not _NAME.fullmatch(prompt):
            found.append(
                Objection("name", f"{prompt!r} is empty, long or has control characters", "Rename the prompt.")
            )
        if label == "latest" or not _LABEL.fullmatch(label):
            found.append(Objection("label", f"{label!r} is not a label that can be managed here", "Rename the label."))
        text = artifact.body if artifact is not None and isinstance(artifact.body, str) else ""
        if len(text) > MAX_TEXT:
            found.append(Objection("text", f"it has {len(text)} characters of at most {MAX_TEXT}", "Shorten the text."))
        return found

    def references(self, artifact: Artifact) -> Sequence[Reference]:
        """Give none: memory serves a prompt as it was stored."""
        return ()

    def connection(self) -> str:
        """Give the name that the platform was born with."""
        return self.identity()

    def examine(self, prompts: Sequence[str]) -> Sequence[Check]:
        """Say that it is there."""
        return (Check("connection", Health.OK, f"A platform in memory, {self.identity()}"),)

    def identity(self) -> str:
        """Give the name that the platform was born with."""
        with self._platform.reading():
            return self._platform.identity

    def url(self, prompt: str, ref: Ref | None) -> str | None:
        """Memory has no pages."""
        return None

    def survey(self, labels: Sequence[str], expected: Collection[str]) -> Survey:
        """Read every prompt at one moment."""
        self.tally.add("list")
        with self._platform.reading() as prompts:
            return Survey({name: self._listing(name, found) for name, found in prompts.items()})

    def delta(self, labels: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
        """Give no proof: a survey costs one look at memory."""
        return None

    def names(self) -> Sequence[str]:
        """Read every prompt's name at one moment."""
        self.tally.add("list")
        with self._platform.reading() as prompts:
            return sorted(prompts)

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """Read one prompt."""
        self.tally.add("read")
        with self._platform.reading() as prompts:
            return self._listing(prompt, prompts[prompt]) if prompt in prompts else Gap.ABSENT

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """Read one version."""
        self.tally.add("read")
        with self._platform.reading() as prompts:
            found = prompts[prompt].versions.get(ref) if prompt in prompts else None
            return Gap.ABSENT if found is None else found

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """Read the versions made after one."""
        self.tally.add("read")
        oldest = 0 if after is None else int(after)
        return [stored for stored in self._platform.versions(prompt) if int(stored.ref) > oldest]

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        """Append a version; with labels, only if the prompt is new."""
        self.tally.add("write")
        self._refuse([item for label in labels or ("any",) for item in self.objections(prompt, label, artifact)])
        with self._platform.writing() as prompts:
            if labels and prompt in prompts:
                raise Moved(f"The prompt {prompt} was made by somebody else meanwhile; nothing was written.")
            try:
                stored = self._platform.append(prompts, prompt, artifact, provenance=provenance)
            except NotCanonical as error:
                raise Rejected(f"The prompt {prompt} has values that are not JSON: {error}.") from error
            found = prompts[prompt]
            found.owner = provenance.id
            found.description = found.description if facts.description is None else facts.description
            found.tags = found.tags if facts.tags is None else facts.tags
            found.labels.update(dict.fromkeys(labels, (stored.ref,)))
            return stored

    def move_label(self, prompt: str, label: str, to: Ref, expected: Ref | None) -> None:
        """Point a label, if it is where the caller saw it."""
        self.tally.add("write")
        self._refuse(self.objections(prompt, label, None))
        with self._platform.writing() as prompts:
            if prompt not in prompts or to not in prompts[prompt].versions:
                raise Rejected(f"The version {to} of {prompt} does not exist, so {label} cannot point at it.")
            self._compare(prompts[prompt], prompt, label, expected)
            self._platform.touch(prompts, prompt).labels[label] = (to,)

    def remove_label(self, prompt: str, label: str, expected: Ref) -> None:
        """Take a label off, if it is where the caller saw it."""
        self.tally.add("write")
        if not self.capabilities.removes_labels:
            raise Rejected(f"This platform cannot take {label} off; it can only be pointed elsewhere.")
        with self._platform.writing() as prompts:
            if prompt not in prompts:
                raise Moved(f"The prompt {prompt} is gone, and its label {label} with it.")
            self._compare(prompts[prompt], prompt, label, expected)
            del self._platform.touch(prompts, prompt).labels[label]

    def delete_prompt(self, prompt: str) -> None:
        """Delete a prompt with all that it has."""
        self.tally.add("write")
        if not self.capabilities.deletes_prompts or not prompt:
            raise Rejected(f"This platform cannot delete the prompt {prompt!r}. Only a prompt with a name can go.")
        with self._platform.writing() as prompts:
            prompts.pop(prompt, None)

    def _listing(self, name: str, found: Prompt) -> Listing:
        newest = found.newest
        free = {} if self.capabilities.immutable_versions or newest is None else {newest: found.versions[newest]}
        token, labels = str(found.changed), dict(found.labels)
        return Listing(name, token, labels, newest, free, found.owner, found.description, found.tags)

    @staticmethod
    def _refuse(objections: Sequence[Objection]) -> None:
        if objections:
            raise Rejected("; ".join(f"{each.field}: {each.reason}. {each.fix}" for each in objections))

    @staticmethod
    def _compare(found: Prompt, prompt: str, label: str, expected: Ref | None) -> None:
        holders = found.labels.get(label, ())
        if expected not in holders if holders else expected is not None:
            raise Moved(f"The label {label} of {prompt} is at {', '.join(holders) or 'nothing'}, not at {expected}.")
