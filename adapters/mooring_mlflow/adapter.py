"""How is an MLflow registry, served or embedded, one of Mooring's platforms?"""

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact
from mooring.core.canonical import NotCanonical, content_hash
from mooring.core.desired import PromptFacts
from mooring.ports import (
    Capabilities,
    Check,
    Denied,
    Listing,
    Moved,
    Objection,
    Provenance,
    Reference,
    Rejected,
    Stored,
    Survey,
    Tally,
    Unreachable,
)
from mooring_mlflow import examination, lens, notes
from mooring_mlflow.registry import Container, Missing, Registry, Row, Taken

MAX_PAGE = 1000
"""MLflow lists at most so many prompts at once."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,255}")
_RESERVED_LABEL = re.compile(r"latest|v?[0-9]+", re.IGNORECASE)
_VERSION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a registry is: its address for people (None: it has no pages), its workspace, and the size of a page."""

    url: str
    pages: str | None
    workspace: str | None
    page_size: int


class MlflowAdapter:
    """A prompt is a registered model with a tag, a version is a model version, a label is an alias.

    Versions can be rewritten in place by anybody who may edit, and nothing tells who or when: what counts is what is
    read. It remembers what it saw of each prompt's owner and facts, so that a publish writes only what differs.
    """

    def __init__(self, registry: Registry, tally: Tally, place: Place) -> None:
        self.capabilities = Capabilities(
            immutable_versions=False,
            labels_on_create=False,
            removes_labels=True,
            names_authors=False,
            deletes_prompts=True,
        )
        self.tally = tally
        self._registry = registry
        self._place = place
        self._seen: dict[str, notes.Facts | None] = {}

    def objections(self, prompt: str, label: str, artifact: Artifact | None) -> Sequence[Objection]:
        """Say what MLflow cannot carry of a name, a label and an artifact."""
        return [*_name_objections(prompt), *_label_objections(label), *(lens.objections(artifact) if artifact else ())]

    def references(self, artifact: Artifact) -> Sequence[Reference]:
        """Give none: MLflow serves a prompt as it was stored."""
        return ()

    def connection(self) -> str:
        """Give the address and the workspace."""
        return f"{self._place.url} {self._place.workspace or ''}"

    def examine(self, prompts: Sequence[str]) -> Sequence[Check]:
        """Say which registry answers, what stands on the way to it, and what MLflow does not tell."""
        return tuple(examination.examine(self._registry, self._place.url, self._place.workspace, prompts))

    def identity(self) -> str:
        """Give the birth of the registry's default experiment, and the workspace; the address where that is hidden."""
        try:
            born = str(self._registry.born())
        except (Denied, Missing):
            born = self._place.url
        return f"mlflow:{born}" if self._place.workspace is None else f"mlflow:{born}:{self._place.workspace}"

    def url(self, prompt: str, ref: Ref | None) -> str | None:
        """Give the prompt's page, where its versions can be chosen."""
        return None if self._place.pages is None else f"{self._place.pages}/#/prompts/{quote(prompt, safe='')}"

    def survey(self, labels: Sequence[str], expected: Collection[str]) -> Survey:
        """List all prompts, a thousand a request, with the latest version's content for free."""
        found: dict[str, Listing] = {}
        for container in self._containers():
            listing = self._listing(container)
            if found.setdefault(container.name, listing) != listing:
                raise _changing(container.name)
        return Survey(found)

    def delta(self, labels: Sequence[str], expected: Collection[str], since: Survey) -> Survey | None:
        """Give no proof: MLflow tells when a prompt was touched and not which were deleted."""
        return None

    def names(self) -> Sequence[str]:
        """List all prompts, a thousand a request."""
        return sorted({container.name for container in self._containers()})

    def look(self, prompt: str, labels: Sequence[str]) -> Listing | Literal[Gap.ABSENT]:
        """Read one prompt. A registered model of that name that is no prompt is not one, as in a survey."""
        container = self._find(prompt)
        return Gap.ABSENT if container is None or not notes.is_prompt(container) else self._listing(container)

    def read(self, prompt: str, ref: Ref) -> Stored | Literal[Gap.ABSENT]:
        """Read one version."""
        if not _VERSION.fullmatch(ref):
            return Gap.ABSENT
        try:
            return _stored(self._registry.get_row(prompt, int(ref)))
        except Missing:
            return Gap.ABSENT
        except Denied:
            # basic-auth answers 403 for a version of a prompt that is gone; the prompt itself is 404
            if self._find(prompt) is None:
                return Gap.ABSENT
            raise

    def versions(self, prompt: str, after: Ref | None) -> Sequence[Stored]:
        """Search the versions with a higher number."""
        oldest = int(after) if after is not None and _VERSION.fullmatch(after) else 0
        found: dict[int, Stored] = {}
        page, pages = None, set[str]()
        while True:
            answer = self._registry.find_rows(prompt, oldest, self._place.page_size, page)
            found.update((row.version, _stored(row)) for row in answer.rows)
            page = answer.next
            if page is None:
                return [found[version] for version in sorted(found)]
            if page in pages:
                raise _changing(prompt)
            pages.add(page)

    def publish(
        self, prompt: str, artifact: Artifact, provenance: Provenance, facts: PromptFacts, labels: Sequence[str]
    ) -> Stored:
        """Create a version: one request where the prompt is there, two where it is new; more only for changed facts."""
        _refuse([*_name_objections(prompt), *_content_objections(artifact)])
        wanted = notes.wanted(provenance, facts)
        held = self._known(prompt)
        if held is None:
            held = self._make(prompt, wanted)
        tags = {**lens.encode(artifact), **notes.write(provenance)}
        try:
            row = self._registry.create_row(prompt, notes.subject(provenance), tags)
        except Missing:
            held = self._make(prompt, wanted)
            row = self._registry.create_row(prompt, notes.subject(provenance), tags)
        self._settle(prompt, held, wanted)
        return _stored(row)

    def move_label(self, prompt: str, label: str, to: Ref, expected: Ref | None) -> None:
        """Point an alias. MLflow cannot compare, so `expected` is the caller's to check, right before and after."""
        _refuse([*_name_objections(prompt), *_label_objections(label)])
        missing = f"The version {to} of {prompt} does not exist, so {label} cannot point at it. Plan again."
        if not _VERSION.fullmatch(to):
            raise Rejected(missing)
        try:
            self._registry.set_alias(prompt, label, int(to))
        except Missing as error:
            raise Rejected(missing) from error

    def remove_label(self, prompt: str, label: str, expected: Ref) -> None:
        """Delete an alias; MLflow says the same where it was not there any more."""
        _refuse([*_name_objections(prompt), *_label_objections(label)])
        try:
            self._registry.delete_alias(prompt, label)
        except Missing as error:
            raise Moved(f"The prompt {prompt} is gone, and its label {label} with it.") from error

    def delete_prompt(self, prompt: str) -> None:
        """Delete the registered model of a prompt: its versions and aliases go with it. No other model is touched."""
        _refuse(list(_name_objections(prompt)))
        container = self._find(prompt)
        if container is None:
            return
        if not notes.is_prompt(container):
            reason = f"{prompt} is a registered model on MLflow and not a prompt, so it is not deleted."
            raise Rejected(f"{reason} Look at it in MLflow.")
        with suppress(Missing):
            self._registry.delete_container(prompt)
        self._seen[prompt] = None

    # --- reading ------------------------------------------------------------------------------------------------

    def _containers(self) -> Iterator[Container]:
        page, pages, last = None, set[str](), None
        while True:
            answer = self._registry.find_prompts(self._place.page_size, page)
            names = [container.name for container in answer.containers]
            if last is not None and last not in names:
                raise _changing(last)
            yield from answer.containers
            if answer.next is None:
                return
            page = _one_earlier(answer.next)
            if page in pages or not names:
                raise _changing(names[-1] if names else "")
            pages.add(page)
            last = names[-1]

    def _find(self, prompt: str) -> Container | None:
        try:
            return self._registry.get_container(prompt)
        except Missing:
            self._seen[prompt] = None
            return None

    def _listing(self, container: Container) -> Listing:
        stored = {Ref(str(row.version)): _stored(row) for row in container.latest}
        newest = max(container.latest, key=lambda row: row.version, default=None)
        ref = None if newest is None else Ref(str(newest.version))
        labels = {alias: (Ref(str(version)),) for alias, version in sorted(container.aliases.items())}
        facts = self._seen[container.name] = notes.facts(container)
        changing = [container.created, container.updated, labels, {ref: each.hash for ref, each in stored.items()}]
        token = hashlib.sha256(json.dumps([*changing, facts.owner, facts.tags], sort_keys=True).encode()).hexdigest()
        return Listing(container.name, token, labels, ref, stored, facts.owner, facts.description, facts.tags)

    # --- writing ------------------------------------------------------------------------------------------------

    def _known(self, prompt: str) -> notes.Facts | None:
        """Give what is held of a prompt, None for an absent one; asks only if this connection never saw it."""
        if prompt not in self._seen:
            self._own(prompt)
        return self._seen[prompt]

    def _own(self, prompt: str) -> None:
        container = self._find(prompt)
        if container is None:
            return
        if not notes.is_prompt(container):
            reason = f"{prompt} is a registered model on MLflow and not a prompt, so no prompt can have that name."
            raise Rejected(f"{reason} Rename one of them; `rename:` in the target does it on the platform only.")
        self._seen[prompt] = notes.facts(container)

    def _make(self, prompt: str, wanted: notes.Facts) -> notes.Facts:
        """Create the container, or take the one that somebody made meanwhile or a crash left empty."""
        try:
            self._registry.create_container(prompt, wanted.description or "", notes.container_tags(wanted))
        except Taken:
            self._own(prompt)
            held = self._seen.get(prompt)
            if held is None:
                raise Unreachable(f"The prompt {prompt} comes and goes on MLflow. Try again.") from None
            return held
        self._seen[prompt] = wanted
        return wanted

    def _settle(self, prompt: str, held: notes.Facts, wanted: notes.Facts) -> None:
        """Bring owner and declared facts up to date; the version is there already, so a retry finds it."""
        merged = notes.merge(held, wanted)
        if merged.description != held.description and merged.description is not None:
            self._registry.describe(prompt, merged.description)
        old = notes.container_tags(held)
        for key, value in notes.container_tags(merged).items():
            if old.get(key) != value:
                self._registry.set_tag(prompt, key, value)
        self._seen[prompt] = merged


def _stored(row: Row) -> Stored:
    content, digest = lens.decode(row.tags)
    provenance = notes.read(row.tags)
    return Stored(
        Ref(str(row.version)),
        content,
        digest,
        datetime.fromtimestamp(row.created / 1000, UTC).isoformat(timespec="milliseconds"),
        None,
        provenance,
        lens.silent(row.tags) if provenance is None else frozenset(),
    )


def _one_earlier(page: str) -> str:
    """Start the next page at the last prompt of this one: only if it is there again was nothing deleted in between.

    MLflow's page tokens are offsets. One that nobody can read is used as it is.
    """
    try:
        offset = json.loads(base64.b64decode(page, validate=True))["offset"]
        return base64.b64encode(json.dumps({"offset": int(offset) - 1}).encode()).decode()
    except (ValueError, KeyError, TypeError):
        return page


def _changing(prompt: str) -> Unreachable:
    reason = f"The list of prompts changed while it was read (at {prompt!r}), so it would not be whole."
    return Unreachable(f"{reason} Try again.")


def _name_objections(prompt: str) -> Iterator[Objection]:
    if not _NAME.fullmatch(prompt) or prompt in {".", ".."}:
        reason = f"{prompt!r} is not a name for MLflow, which takes 1 to 256 of the letters A to Z, digits, _ . and -"
        yield Objection("name", reason, 'Map it with `rename:` in the target, as {"folder/*": "folder.*"}.')


def _label_objections(label: str) -> Iterator[Objection]:
    if not _LABEL.fullmatch(label):
        reason = f"{label!r} is not an alias for MLflow, which takes 1 to 255 of the letters A to Z, digits, _ and -"
        yield Objection("label", reason, "Map it to another one in the target's `labels:`.")
    elif _RESERVED_LABEL.fullmatch(label):
        reason = f"{label!r} is not an alias for MLflow, which takes it for the latest version or a version number"
        yield Objection("label", reason, "Map it to another one in the target's `labels:`.")


def _content_objections(artifact: Artifact) -> Iterator[Objection]:
    try:
        content_hash(artifact)
    except NotCanonical as error:
        for refusal in error.refusals:
            yield Objection(refusal.path, refusal.reason, "Take it out.")
        return
    yield from lens.objections(artifact)


def _refuse(objections: Sequence[Objection]) -> None:
    if objections:
        raise Rejected(" ".join(f"{each.field}: {each.reason}. {each.fix}" for each in objections))
