"""How is one platform project talked to? The port that every adapter implements."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.check import Check
from mooring.core.desired import PromptFacts
from mooring.core.observation import Objection
from mooring.ports.platform import Capabilities, Listing, Provenance, Reference, Stored, Survey, Tally


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a platform says of its rate limit: `limit` requests in a window, `remaining` until `reset` seconds on."""

    limit: int
    remaining: int
    reset: float


class Pace(Protocol):
    """How fast a platform may be asked. A resource is what the platform counts together, named by the adapter."""

    def begin(self, resource: str) -> None:
        """Wait until one more request of a resource may be sent; right before each one."""
        ...

    def learn(self, resource: str, allowance: Allowance) -> None:
        """Note what an answer said of a resource's limit."""
        ...


class Unpaced:
    """No limit is known, and none is kept."""

    def begin(self, resource: str) -> None:
        """Wait for nothing."""

    def learn(self, resource: str, allowance: Allowance) -> None:
        """Note nothing."""


UNPACED = Unpaced()

SURVEY_TAKES = 240.0
"""Seconds: a survey that took longer to read is not built upon."""


class Adapter(Protocol):
    """One platform project. Dumb on purpose: one call is one attempt; retries and comparing live in the caller.

    Every method may raise Unreachable or Denied; writes may raise Rejected, and Moved where the platform can tell.
    All methods may be called from several threads, for one prompt from one at a time.
    """

    capabilities: Capabilities
    tally: Tally

    def objections(self, prompt: str, label: str, artifact: Artifact | None) -> Sequence[Objection]:
        """Say what the platform cannot carry of a name, a label and (where given) an artifact. Sends nothing."""
        ...

    def references(self, artifact: Artifact) -> Sequence[Reference]:
        """Give the other prompts that the platform puts into an artifact when it serves it. Sends nothing."""
        ...

    def connection(self) -> str:
        """Give what tells this connection's project from any other's so far as it is known without asking.

        It keys local memories only, holds no secret, and need not be the same for every credential.
        """
        ...

    def identity(self) -> str:
        """Give what tells this project from any other, the same for every credential and for ever."""
        ...

    def examine(self, prompts: Sequence[str]) -> Sequence[Check]:
        """Look at the connection as `mooring doctor` shows it: who, rights, names on the way. Writes nothing.

        `prompts` are names that live on the platform, for checks that need one. A failed check is a value.
        """
        ...

    def url(self, prompt: str, ref: Ref | None) -> str | None:
        """Give the page where people look at a version, or at the prompt. Sends nothing."""
        ...

    def survey(self, labels: Sequence[str], expected: Collection[str]) -> Survey:
        """Read who holds the labels, wholly or not at all. An expected prompt that is not in it is proven absent."""
        ...

    def delta(self, labels: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
        """Read the same by asking for what changed since an earlier survey of the same labels.

        None where there is no proof that nothing else changed: then survey. An expected prompt that is neither in
        `since` nor in the answer is proven absent. The earlier survey may have taken SURVEY_TAKES seconds, and what
        changed while it was read must be found. Only where `capabilities.tells_changes`; else None.
        """
        ...

    def names(self) -> Sequence[str]:
        """Give the names of all prompts that the platform has, labelled or not; read wholly or not at all."""
        ...

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """Read who holds some labels of one prompt now, past any cache."""
        ...

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """Read one version's raw content."""
        ...

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """Read the versions made after a ref (all of them for None), oldest first; none for an absent prompt."""
        ...

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        """Create a version, and the prompt where it is new, and give what the platform says that it stored.

        `labels` is empty unless the prompt is new and `capabilities.labels_on_create` holds.
        """
        ...

    def move_label(self, prompt: str, label: str, to: Ref, expected: Ref | None) -> None:
        """Point a label at a version. `expected` is the holder that the caller saw (None: nobody)."""
        ...

    def remove_label(self, prompt: str, label: str, expected: Ref) -> None:
        """Take a label off; only where `capabilities.removes_labels` holds."""
        ...

    def delete_prompt(self, prompt: str) -> None:
        """Delete a prompt with all its versions and labels; only where `capabilities.deletes_prompts` holds.

        One that is not there is no error. Raises Rejected for an empty name, and where something refers to it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """What an adapter is connected with. `credentials` are resolved values: never log them.

    `environment` holds the platform's own variables (and any others) where the target names no credentials and is
    the only one of its adapter; else it is empty. `pace` is asked before every request.
    """

    target: str
    url: str
    credentials: Mapping[str, str]
    folder: str
    """The absolute path that a relative file in `url` starts from: the folder of mooring.yaml."""
    timeout: float = 30.0
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    pace: Pace = UNPACED


Connect: TypeAlias = Callable[[Options], Adapter]
"""What the entry-point group `mooring.adapters` holds. Raises Misconfigured."""
