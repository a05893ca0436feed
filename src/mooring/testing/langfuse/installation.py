"""What is one Langfuse? Its projects, keys, clock and people, behind one lock."""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from mooring.core.artifact import Json
from mooring.testing.langfuse import javascript
from mooring.testing.langfuse.hooks import Hooks
from mooring.testing.langfuse.rows import row_values
from mooring.testing.langfuse.store import Change, Held, Project, Row
from mooring.testing.langfuse.validation import Refused
from mooring.testing.langfuse.webhooks import Change as Action
from mooring.testing.langfuse.webhooks import PromptEvent, User

if TYPE_CHECKING:
    from mooring.testing.langfuse.person import LangfusePerson


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; `project` is the id of the project that the secret opens, or '' for an organisation's key."""

    public: str
    secret: str = field(repr=False)
    project: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came in: the raw path with its query, and the status of its answer (None: none was given)."""

    method: str
    path: str
    status: int | None


@dataclass(frozen=True, slots=True)
class Backup:
    """What the database held at a time, by the id of the project."""

    projects: Mapping[str, Held]


class Langfuse:
    """One installation of Langfuse: projects with their prompts, keys and people; safe to use from several threads.

    `now` is its clock (UTC); each write gets a time of its own, at least a millisecond after the one before.
    `hooks` may be replaced or changed at any time; `requests` lists what came in, in order.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.hooks = Hooks()
        self.requests: list[Sent] = []
        self._now = now or _utc_now
        self._last = datetime.min.replace(tzinfo=UTC)
        self._projects: dict[str, Project] = {}
        self._keys: dict[str, Key] = {}
        self._lock = threading.RLock()

    def project(self, name: str = "acme", *, organization: str = "acme-org") -> Key:
        """Make a project, its id derived from its name, or another key for it where it stands already."""
        with self._lock:
            made = Project(_slug(name), name, organization, self._tick)
            return self._key(self._projects.setdefault(made.id, made).id)

    def person(self, project: str = "acme") -> "LangfusePerson":
        """Give the hands of somebody at the web interface of a project."""
        from mooring.testing.langfuse.person import LangfusePerson

        return LangfusePerson(self, project)

    def organization_key(self) -> Key:
        """Make a key of an organisation, which opens no project."""
        with self._lock:
            return self._key("")

    def race(self, prompt: str, *, project: str = "acme", writes: int = 2) -> None:
        """Let the next writes of a prompt race: each reads what stood before the first, all of them succeed.

        So two PATCHes that move one label both get 200 and both versions hold it, and of two creates the second gets
        the 400 of the lost race (14, 20).
        """
        with self.opened(project) as opened:
            opened.race(prompt, writes)

    def backup(self) -> Backup:
        """Back the database up: every project's prompts."""
        with self._lock:
            return Backup({name: project.copy() for name, project in self._projects.items()})

    def restore(self, backup: Backup) -> None:
        """Put a backup back, ids, times and all; projects made since then are empty. Nobody is told."""
        with self._lock:
            for name, project in self._projects.items():
                project.put_back(backup.projects.get(name, Held({}, {})))

    @contextmanager
    def opened(self, project: str) -> Iterator[Project]:
        """Open a project as a transaction does: nobody else reads or writes; KeyError where there is none."""
        with self._lock:
            yield self._projects[_slug(project)]

    def now(self) -> datetime:
        """Tell the time by the installation's own clock, in UTC."""
        return self._now().astimezone(UTC)

    def key_of(self, secret: str) -> Key | None:
        """Find the key of a secret; the public part is never looked at (13)."""
        return self._keys.get(secret)

    def knows_public(self, public: str) -> bool:
        """Tell whether there is a key of this public part."""
        return any(key.public == public for key in self._keys.values())

    def events(self, project: Project, change: Change, user: User | None = None) -> tuple[PromptEvent, ...]:
        """Give the events of a change. A deletion through the API has none (16)."""
        gone = change.deleted if user is not None else ()
        actions = ((Action.CREATED, change.created), (Action.UPDATED, change.updated), (Action.DELETED, gone))
        return tuple(PromptEvent(action, _event_row(project, row), user) for action, rows in actions for row in rows)

    def fire(self, events: tuple[PromptEvent, ...]) -> None:
        """Hand committed events to the webhooks."""
        for event in events:
            self.hooks.webhooks.fire(event)

    def received(self, method: str, path: str) -> int:
        """Note a request, and give its place in the list."""
        with self._lock:
            self.requests.append(Sent(method, path, None))
            return len(self.requests) - 1

    def answered(self, place: int, status: int) -> None:
        """Note the status of a request that was noted."""
        with self._lock:
            if place < len(self.requests):
                sent = self.requests[place]
                self.requests[place] = Sent(sent.method, sent.path, status)

    def _key(self, project: str) -> Key:
        key = Key(f"pk-lf-{uuid4()}", f"sk-lf-{uuid4()}", project)
        self._keys[key.secret] = key
        return key

    def _tick(self) -> datetime:
        now = self.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = max(now, self._last + timedelta(milliseconds=1))
        return self._last


def _event_row(project: Project, row: Row) -> Mapping[str, Json]:
    """Give a row with its references put in; as it is, where that cannot be done."""
    try:
        prompt_json = project.resolve(row).prompt_json
    except Refused:
        prompt_json = row.prompt_json
    return {**row_values(project.id, row), "prompt": javascript.parse(prompt_json)}


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "project"


def _utc_now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
