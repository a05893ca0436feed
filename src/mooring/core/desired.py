"""What does Git ask for at one commit?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mooring.core.address import ABSENT, INVALID, ContentHash, Gap, Side

HEAD_KEY = "head"
"""The only key of a one-file prompt; its file may change, unlike a version file."""

REFERENCE_MARK = "@@@"
"""What every body holds that refers to other prompts in a way that some platform resolves."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in a file: where, what, and the way out. `line` counts from 1; None where no line is to blame."""

    path: str
    line: int | None
    message: str
    fix: str

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}. {self.fix}"


@dataclass(frozen=True, slots=True)
class Version:
    """One version in Git: its key, its file and Git blob id, and its content hash, or INVALID."""

    key: str
    path: str
    blob: str
    hash: ContentHash | Gap
    composed: bool = False
    """The body holds `@@@`, by which a platform may know references to other prompts: only such versions are read to
    look for them."""


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """What Git declares of a prompt beside its versions. None: Git says nothing about it."""

    description: str | None = None
    tags: tuple[str, ...] | None = None
    owners: tuple[str, ...] = ()
    variables: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DesiredPrompt:
    """A prompt in Git: versions by key, labels (label to key), facts.

    `labels_known` is False where a file that may declare labels could not be read.
    """

    name: str
    versions: Mapping[str, Version] = field(default_factory=dict[str, Version])
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    facts: PromptFacts = PromptFacts()
    labels_known: bool = True


@dataclass(frozen=True, slots=True)
class Desired:
    """All prompts of one tree. `commit` and `tree` are Git object ids; `commit` is None for a working tree.

    `tree` names the exact inputs (the tree of the prompt folder and the config file), so two equal trees ask for
    the same. `names_known` is False where a file could not be read so far that its prompt's name is unknown: then
    nothing that is missing here is proven absent.
    """

    commit: str | None
    tree: str
    prompts: Mapping[str, DesiredPrompt]
    problems: tuple[Problem, ...] = ()
    names_known: bool = True

    def without(self, mistakes: tuple[Problem, ...]) -> "Desired":
        """Take the versions whose files have these further mistakes for INVALID."""
        if not mistakes:
            return self
        bad = {problem.path for problem in mistakes}
        prompts = {
            name: replace(
                prompt,
                versions={
                    key: replace(version, hash=INVALID) if version.path in bad else version
                    for key, version in prompt.versions.items()
                },
            )
            for name, prompt in self.prompts.items()
        }
        return replace(self, prompts=prompts, problems=(*self.problems, *mistakes))

    def version(self, prompt: str, label: str) -> Version | None:
        """Give the version that Git wants a Git label to serve, if it declares one that exists."""
        found = self.prompts.get(prompt)
        return None if found is None else found.versions.get(found.labels.get(label, ""))

    def side(self, prompt: str, label: str) -> Side:
        """Give Git's side of a prompt's label: a hash, ABSENT, or INVALID where a file is to blame."""
        found = self.prompts.get(prompt)
        if found is None:
            return ABSENT if self.names_known else INVALID
        if label not in found.labels:
            return ABSENT if found.labels_known else INVALID
        version = found.versions.get(found.labels[label])
        return INVALID if version is None else version.hash
