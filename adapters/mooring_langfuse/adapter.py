"""How is a Langfuse project one of Mooring's platforms?"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact, Json
from mooring.core.check import Check
from mooring.core.desired import PromptFacts
from mooring.ports import (
    Capabilities,
    Listing,
    Moved,
    Objection,
    Provenance,
    Reference,
    Rejected,
    Stored,
    Survey,
    Tally,
)
from mooring_langfuse import delta, lens, notes
from mooring_langfuse.api import MAX_VERSION, Api
from mooring_langfuse.examination import Keys, examine
from mooring_langfuse.listing import listing, ref
from mooring_langfuse.lists import Lists
from mooring_langfuse.names import is_impossible, label_objections, name_objections
from mooring_langfuse.references import reference_objections, references


class LangfuseAdapter:
    """A prompt is a name, a version is a number under it, a label is a word on a version.

    Nothing rewrites a version in place, but a number that was deleted comes back with other content: a ref is one
    version together with the stamp of the row that shows it. Nothing deletes a single version or takes a label off.
    """

    def __init__(self, api: Api, tally: Tally, keys: Keys, page_size: int) -> None:
        self.capabilities = Capabilities(
            immutable_versions=True,
            labels_on_create=True,
            removes_labels=False,
            names_authors=True,
            tells_changes=True,
            deletes_prompts=True,
        )
        self.tally = tally
        self._api = api
        self._keys = keys
        self._lists = Lists(api, page_size)
        self._project: str | None = None

    def objections(self, prompt: str, label: str, artifact: Artifact | None) -> Sequence[Objection]:
        """Say what Langfuse cannot carry of a name, a label and an artifact."""
        content = () if artifact is None else _content_objections(prompt, artifact)
        return [*name_objections(prompt), *label_objections(label), *content]

    def references(self, artifact: Artifact) -> Sequence[Reference]:
        """Give what Langfuse puts into the texts of an artifact."""
        return references(artifact)

    def connection(self) -> str:
        """Give a digest of the address and both keys: the secret one alone tells Langfuse which project is meant."""
        whole = f"{self._keys.url}\n{self._keys.public}\n{self._keys.secret}"
        return "langfuse-" + hashlib.sha256(whole.encode()).hexdigest()[:24]

    def identity(self) -> str:
        """Give the id of the project that the key opens, as in the addresses of its pages."""
        self._project = self._api.project().id
        return self._project

    def examine(self, prompts: Sequence[str]) -> Sequence[Check]:
        """Look at the connection."""
        return examine(self._api, self._lists, self._keys, prompts)

    def url(self, prompt: str, ref: Ref | None) -> str | None:
        """Give the page of a version; None before anybody asked for the identity, which is part of the address."""
        if self._project is None:
            return None
        version = "" if ref is None else f"?version={quote(ref, safe='')}"
        return f"{self._keys.url}/project/{quote(self._project, safe='')}/prompts/{quote(prompt, safe='')}{version}"

    def survey(self, labels: Sequence[str], expected: Collection[str]) -> Survey:
        """List by label: a request for each hundred prompts that have it."""
        return self._lists.survey(labels, expected)

    def delta(self, labels: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
        """Ask for what was touched since: two requests a label where nothing was."""
        return delta.delta(self._lists, labels, expected, since)

    def names(self) -> Sequence[str]:
        """List all prompts: a request for each hundred."""
        return sorted(self._lists.whole().rows)

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """Ask for one prompt's holders: a request a label, and more where none of them is the newest version."""
        sighting = self._lists.look(prompt, labels)
        return Gap.ABSENT if sighting is None else listing(prompt, labels, sighting)

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """Read one version; what is no version number is absent, for Langfuse takes 0 and nothing for `production`."""
        number = _number(ref)
        if number is None or is_impossible(prompt):
            return Gap.ABSENT
        found = self._api.version(prompt, number)
        return Gap.ABSENT if found is None else _stored(found)

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """Ask which versions there are, and read those above a number. One that is deleted meanwhile is left out."""
        row = self._lists.one(prompt)
        oldest = 0 if after is None else _number(after) or 0
        wanted = [] if row is None else [ref(version) for version in row.versions if version > oldest]
        read = [self.read(prompt, version) for version in wanted]
        return [stored for stored in read if isinstance(stored, Stored)]

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        """Create a version in one request; its answer is what was stored."""
        wrong = [*name_objections(prompt), *_content_objections(prompt, artifact)]
        _refuse([*wrong, *(each for label in labels for each in label_objections(label))])
        stored = _stored(self._api.create(_body(prompt, artifact, provenance, facts, labels), prompt))
        if labels and stored.ref != "1":
            reason = f"The prompt {prompt} was to be new, and somebody made it at the same moment: version {stored.ref}"
            raise Moved(f"{reason}, which is ours, holds {' and '.join(labels)} now. Look at the versions before it.")
        return stored

    def move_label(self, prompt: str, label: str, to: Ref, expected: Ref | None) -> None:
        """Point a label. Langfuse cannot compare, so `expected` is the caller's to check, right before and after."""
        _refuse([*name_objections(prompt), *label_objections(label)])
        number = _number(to)
        if number is None:
            raise Rejected(f"{to!r} is no version of Langfuse, so {label} cannot point at it. Plan again.")
        self._api.label(prompt, number, label)

    def remove_label(self, prompt: str, label: str, expected: Ref) -> None:
        """Refuse: a label goes by moving it, or with its version."""
        reason = f"Langfuse's API cannot take the label {label} off {prompt}."
        raise Rejected(f"{reason} Take it off on the prompt's page in Langfuse, or point it at another version.")

    def delete_prompt(self, prompt: str) -> None:
        """Delete a prompt in one request; Langfuse refuses while a version of another prompt refers to it."""
        _refuse(list(name_objections(prompt)))
        self._api.delete(prompt)


def _stored(version: Mapping[str, Any]) -> Stored:
    content, digest = lens.decode(version)
    author, created = version.get("createdBy"), version.get("createdAt")
    return Stored(
        Ref(str(version["version"])),
        content,
        digest,
        created if isinstance(created, str) else "",
        author if isinstance(author, str) else None,
        notes.read(version.get("commitMessage")),
    )


def _body(prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]) -> bytes:
    message = notes.write(provenance)
    if message is None:
        reason = f"The id {provenance.id!r} is so long that no commit message of Langfuse holds it."
        raise Rejected(f"{reason} Give the repository a shorter `id` in mooring.yaml.")
    tags: dict[str, Json] = {} if facts.tags is None else {"tags": facts.tags}
    fields = {"name": prompt, **lens.encode(artifact), "labels": labels, "commitMessage": message, **tags}
    body = lens.dump(fields)
    if len(body) > lens.MAX_BODY:
        reason = f"The prompt {prompt} takes {len(body)} bytes with its tags, and Langfuse takes {lens.MAX_BODY}."
        raise Rejected(f"{reason} Shorten it, or split it.")
    return body


def _number(ref: Ref) -> int | None:
    """Give a version's number; None for what is none, which is never sent."""
    if not (ref.isascii() and ref.isdigit() and len(ref) <= 10) or ref.startswith("0"):
        return None
    return int(ref) if int(ref) <= MAX_VERSION else None


def _content_objections(prompt: str, artifact: Artifact) -> Sequence[Objection]:
    return [*lens.objections(prompt, artifact), *reference_objections(artifact)]


def _refuse(objections: Sequence[Objection]) -> None:
    if objections:
        raise Rejected(" ".join(f"{each.field}: {each.reason}. {each.fix}" for each in objections))
