"""What can a person do in Langfuse's web interface? (17)"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Json, Message, Turn
from mooring.testing.langfuse import javascript, validation
from mooring.testing.langfuse.installation import Langfuse
from mooring.testing.langfuse.store import Change, Project
from mooring.testing.langfuse.validation import Which
from mooring.testing.langfuse.webhooks import User

ADA = User("Ada", "ada@example.com")


@dataclass(frozen=True, slots=True)
class LangfusePerson:
    """Somebody at the web interface of one project; `createdBy` is their user id, and webhooks name them.

    What the server refuses raises `validation.Refused`, what is not there LookupError.
    """

    langfuse: Langfuse
    project: str
    user: User = ADA
    user_id: str = "cmada0000000000000000000a"

    def save(self, prompt: str, content: Artifact, labels: Sequence[str] = (), message: str | None = None) -> Ref:
        """Save a new version, of a new prompt where there is none, and point labels at it."""
        body: Json = {
            "name": prompt,
            "type": content.kind.value,
            "prompt": content.body if isinstance(content.body, str) else [_turn(turn) for turn in content.body],
            "labels": list(labels),
            "config": content.config,
            "commitMessage": message,
        }
        draft = validation.draft(javascript.parse(javascript.stringify(body)))
        change = self._commit(lambda project: project.create(draft, self.user_id))
        return Ref(str(change.created[0].version))

    def point(self, prompt: str, label: str, ref: Ref) -> None:
        """Point a label at a version; whatever else held it loses it."""
        self._commit(lambda project: project.set_labels(prompt, int(ref), [*_labels(project, prompt, ref), label]))

    def unlabel(self, prompt: str, label: str) -> None:
        """Take a label off every version that holds it, even `latest`."""
        with self.langfuse.opened(self.project) as project:
            holders = [row.version for row in project.rows(prompt) if label in row.labels]
        if not holders:
            raise LookupError(f"No version of {prompt!r} holds the label {label!r}.")
        for version in holders:
            self._commit(partial(_unlabel, prompt=prompt, version=version, label=label))

    def set_labels(self, prompt: str, ref: Ref, labels: Sequence[str]) -> None:
        """Give a version these labels and no other; even `latest` may go."""
        self._commit(lambda project: project.set_labels(prompt, int(ref), labels))

    def split(self, prompt: str, label: str, refs: Sequence[Ref]) -> None:
        """Leave a label on each of some versions, as two writers at once do."""
        self._commit(lambda project: project.split(prompt, label, [int(ref) for ref in refs]))

    def retag(self, prompt: str, tags: Sequence[str]) -> None:
        """Give a prompt, which is all of its versions, these tags."""
        self._commit(lambda project: project.retag(prompt, tags))

    def tamper(self, prompt: str, ref: Ref, content: Artifact) -> None:
        """Nobody can: a version's text is never changed."""
        raise NotImplementedError("Langfuse lets nobody change the text of a version.")

    def delete_version(self, prompt: str, ref: Ref) -> None:
        """Delete one version."""
        self._commit(lambda project: project.delete(prompt, Which(version=int(ref))))

    def delete_prompt(self, prompt: str) -> None:
        """Delete a prompt with all its versions."""
        self._commit(lambda project: project.delete(prompt, Which()))

    def _commit(self, write: Callable[[Project], Change]) -> Change:
        with self.langfuse.opened(self.project) as project:
            change = write(project)
            events = self.langfuse.events(project, change, self.user)
        self.langfuse.fire(events)
        return change


def _unlabel(project: Project, prompt: str, version: int, label: str) -> Change:
    labels = _labels(project, prompt, Ref(str(version)))
    return project.set_labels(prompt, version, [each for each in labels if each != label])


def _labels(project: Project, prompt: str, ref: Ref) -> Sequence[str]:
    row = project.find(prompt, Which(version=int(ref)))
    if row is None:
        raise LookupError(f"There is no version {ref} of {prompt!r}.")
    return row.labels


def _turn(turn: Turn) -> Json:
    if isinstance(turn, Message):
        return {"role": turn.role, "content": turn.content}
    return {"type": "placeholder", "name": turn.name}
