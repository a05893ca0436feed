"""What does the server keep of a project's prompts, and what does each change do to all of their versions?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import uuid4

from mooring.testing.langfuse import composition, javascript, storable
from mooring.testing.langfuse.composition import Dependency
from mooring.testing.langfuse.validation import (
    LATEST,
    Draft,
    Listing,
    Which,
    bad_request,
    broken,
    check_placeholders,
    not_found,
)

INT4 = range(-(2**31), 2**31)


@dataclass(frozen=True, slots=True)
class Row:
    """One version, as the table `prompts` holds it. `config` is a json column, which keeps the order of keys."""

    id: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    prompt_json: str
    name: str
    version: int
    type: str
    is_active: bool | None
    config_json: str
    tags: tuple[str, ...]
    labels: tuple[str, ...]
    commit_message: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: the versions that are new, touched and gone, as they are (or were)."""

    created: tuple[Row, ...] = ()
    updated: tuple[Row, ...] = ()
    deleted: tuple[Row, ...] = ()


Entry: TypeAlias = tuple[Row, ...]
"""One prompt of a listing: those of its versions that match, ascending, and there is one at least."""


@dataclass(frozen=True, slots=True)
class Held:
    """All that a project stores."""

    prompts: Mapping[str, Mapping[int, Row]]
    dependencies: Mapping[str, tuple[Dependency, ...]]


@dataclass(slots=True)
class _Race:
    rows: tuple[Row, ...] | None
    writes: int


@dataclass(slots=True)
class Project:
    """A project's prompts. Not thread-safe: the installation's lock is held around each request.

    `tick` gives the time of a write, each time a later one.
    """

    id: str
    name: str
    organization: str
    tick: Callable[[], datetime]
    _prompts: dict[str, dict[int, Row]] = field(default_factory=dict[str, dict[int, Row]])
    _dependencies: dict[str, tuple[Dependency, ...]] = field(default_factory=dict[str, tuple[Dependency, ...]])
    _races: dict[str, _Race] = field(default_factory=dict[str, _Race])
    _listings: dict[object, tuple[Entry, ...]] = field(default_factory=dict[object, tuple[Entry, ...]])

    def copy(self) -> Held:
        """Give all that is stored."""
        prompts = {name: dict(versions) for name, versions in self._prompts.items()}
        return Held(prompts, dict(self._dependencies))

    def put_back(self, held: Held) -> None:
        """Store what was stored before, and forget all since."""
        self._prompts = {name: dict(versions) for name, versions in held.prompts.items()}
        self._dependencies = dict(held.dependencies)
        self._listings.clear()

    def race(self, name: str, writes: int) -> None:
        """Let the next writes of a prompt all read what stood before the first of them, as concurrent ones do (20)."""
        self._races[name] = _Race(None, writes)

    def rows(self, name: str) -> tuple[Row, ...]:
        """Give all versions of a prompt, ascending."""
        held = self._prompts.get(name, {})
        return tuple(held[version] for version in sorted(held)) if len(held) > 1 else tuple(held.values())

    def find(self, name: str, which: Which) -> Row | None:
        """Give a version; of two that hold a label, the lowest (the real server: any)."""
        if which.version is not None:
            if which.version not in INT4:
                raise broken()
            return self._prompts.get(name, {}).get(which.version)
        return next((row for row in self.rows(name) if which.label in row.labels), None)

    def resolve(self, row: Row) -> composition.Resolved:
        """Put the references into a version; raise Refused."""
        return composition.resolve(row, self._child, lambda parent: self._dependencies.get(parent.id, ()))

    def create(self, draft: Draft, created_by: str) -> Change:
        """Add a version, which takes `latest` and its labels from the others (01, 04, 06, 08); raise Refused."""
        seen = self._seen(draft.name)
        last = seen[-1] if seen else None
        if last is not None and last.type != draft.type:
            raise bad_request(
                "Previous versions have different prompt type. Create a new prompt with a different name."
            )
        check_placeholders(draft.prompt)
        row = self._new(draft, last, created_by)
        wanted = composition.dependencies(row.prompt_json)
        if wanted:
            composition.resolve(
                row, self._child, lambda version: wanted if version is row else self._dependencies.get(version.id, ())
            )
        storable.check_draft(self.id, draft)
        if row.version in self._prompts.get(row.name, {}):
            raise _lost_race(row.name)
        self._put(row)
        if wanted:
            self._dependencies[row.id] = wanted
        retagged = last is not None and set(row.tags) != set(last.tags)
        touched = [
            replace(each, labels=_without(each.labels, row.labels), tags=row.tags if retagged else each.tags)
            for each in seen
            if retagged or set(each.labels) & set(row.labels)
        ]
        return Change(created=(row,), updated=self._touch(touched))

    def add_labels(self, name: str, version: int, labels: Sequence[str]) -> Change:
        """Put labels on a version, before those it has, and take them off the others (04); raise Refused.

        The version itself is the last of the change's rows.
        """
        if version not in INT4:
            raise broken()
        seen = self._seen(name)
        row = next((each for each in seen if each.version == version), None)
        if row is None:
            raise not_found(f"Prompt '{name}' version {version} not found in project")
        storable.check_texts(labels)
        return self._relabel(seen, row, (*labels, *row.labels), labels)

    def set_labels(self, name: str, version: int, labels: Sequence[str]) -> Change:
        """Give a version these labels alone, as the web interface does: even `latest` goes (17); raise Refused."""
        row = self.find(name, Which(version=version))
        if row is None:
            raise not_found("Prompt not found")
        return self._relabel(self.rows(name), row, labels, labels)

    def split(self, name: str, label: str, versions: Sequence[int]) -> Change:
        """Put a label on each of some versions and off all others, as races leave it behind (14, 20)."""
        touched = [
            replace(
                row,
                labels=_distinct((label, *row.labels)) if row.version in versions else _without(row.labels, [label]),
            )
            for row in self.rows(name)
            if (label in row.labels) != (row.version in versions)
        ]
        return Change(updated=self._touch(touched))

    def retag(self, name: str, tags: Sequence[str]) -> Change:
        """Give all versions these tags (17)."""
        return Change(updated=self._touch([replace(row, tags=_distinct(tags)) for row in self.rows(name)]))

    def delete(self, name: str, which: Which) -> Change:
        """Delete a version, a label's versions, or all, and give `latest` to the highest left (09); raise Refused."""
        if which.version is not None and which.version not in INT4:
            raise broken()
        doomed = [row for row in self._seen(name) if _is_meant(row, which)]
        if not doomed:
            raise not_found("Prompt not found")
        self._check_independent(name, doomed)
        for row in doomed:
            self._prompts.get(name, {}).pop(row.version, None)
            self._dependencies.pop(row.id, None)
        left = self.rows(name)
        if not left:
            self._prompts.pop(name, None)
        self._listings.clear()
        promoted = left[-1:] if any(LATEST in row.labels for row in doomed) else ()
        touched = [replace(row, labels=_distinct((*row.labels, LATEST))) for row in promoted]
        return Change(updated=self._touch(touched), deleted=tuple(doomed))

    def entries(self, listing: Listing) -> tuple[Entry, ...]:
        """List the prompts that have a matching version, by name (03)."""
        key = replace(listing, page=0, limit=0)
        if key not in self._listings:
            matches = _matcher(listing)
            names = [listing.name] if listing.name else sorted(self._prompts)
            found = (tuple(row for row in self.rows(name) if matches(row)) for name in names)
            self._listings[key] = tuple(entry for entry in found if entry)
        return self._listings[key]

    def _new(self, draft: Draft, last: Row | None, created_by: str) -> Row:
        inherited = () if last is None else last.tags
        moment = self.tick()
        return Row(
            id=str(uuid4()),
            created_at=moment,
            updated_at=moment,
            created_by=created_by,
            prompt_json=javascript.stringify(draft.prompt),
            name=draft.name,
            version=1 if last is None else last.version + 1,
            type=draft.type,
            is_active=draft.is_active,
            config_json=javascript.stringify(draft.config),
            tags=_distinct(inherited if draft.tags is None else draft.tags),
            labels=_distinct((*draft.labels, LATEST)),
            commit_message=draft.commit_message,
        )

    def _relabel(self, seen: Sequence[Row], row: Row, labels: Iterable[str], taken: Sequence[str]) -> Change:
        losing = [each for each in seen if each is not row and set(each.labels) & set(taken)]
        touched = [replace(each, labels=_without(each.labels, taken)) for each in losing]
        return Change(updated=self._touch([*touched, replace(row, labels=_distinct(labels))]))

    def _touch(self, rows: Iterable[Row]) -> tuple[Row, ...]:
        """Write rows that are still there; each gets a time of its own."""
        present = [row for row in rows if row.version in self._prompts.get(row.name, {})]
        touched = tuple(replace(row, updated_at=self.tick()) for row in present)
        for row in touched:
            self._put(row)
        return touched

    def _put(self, row: Row) -> None:
        self._prompts.setdefault(row.name, {})[row.version] = row
        self._listings.clear()

    def _seen(self, name: str) -> tuple[Row, ...]:
        """Read what a write goes by: what is there, or what was there when its race began."""
        race = self._races.get(name)
        if race is None:
            return self.rows(name)
        race.rows = self.rows(name) if race.rows is None else race.rows
        race.writes -= 1
        if not race.writes:
            del self._races[name]
        return race.rows

    def _child(self, dependency: Dependency) -> Row | None:
        if dependency.version is None:
            return self.find(dependency.name, Which(label=dependency.label))
        return self._prompts.get(dependency.name, {}).get(dependency.version)

    def _check_independent(self, name: str, doomed: Sequence[Row]) -> None:
        parents = {row.id: row for rows in self._prompts.values() for row in rows.values()}
        labels = {label for row in doomed for label in row.labels}
        versions = {row.version for row in doomed}
        lines = [
            f"{parents[parent].name} v{parents[parent].version} depends on {name} "
            + (f"v{each.version}" if each.label is None else each.label)
            for parent, wanted in self._dependencies.items()
            for each in wanted
            if each.name == name and (each.version in versions or each.label in labels)
        ]
        if lines:
            listed = "\n".join(lines)
            raise bad_request(
                f"Other prompts are depending on prompt versions you are trying to delete:\n\n{listed}\n\n"
                "Please delete the dependent prompts first."
            )


def _matcher(listing: Listing) -> Callable[[Row], bool]:
    """Only what is asked for is looked at: a listing of 10,000 prompts is to be quick."""
    label, tag, version = listing.label, listing.tag, listing.version
    since = None if listing.since is None else _moment(listing.since)
    until = None if listing.until is None else _moment(listing.until)
    checks: list[Callable[[Row], bool]] = []
    if since is not None:
        checks.append(lambda row: row.updated_at >= since)
    if until is not None:
        checks.append(lambda row: row.updated_at < until)
    if label is not None:
        checks.append(lambda row: label in row.labels)
    if tag is not None:
        checks.append(lambda row: tag in row.tags)
    if version is not None:
        checks.append(lambda row: row.version == version)
    if len(checks) == 1:
        return checks[0]
    return lambda row: all(check(row) for check in checks)


def _moment(text: str) -> datetime:
    written = datetime.fromisoformat(text)
    try:
        return written.astimezone(UTC)
    except OverflowError:  # Python's years end at 1 and at 9999, JavaScript's and Postgres' do not
        return written.replace(tzinfo=UTC)


def _is_meant(row: Row, which: Which) -> bool:
    if which.version is not None:
        return row.version == which.version
    return which.label is None or which.label in row.labels


def _lost_race(name: str) -> Exception:
    return bad_request(
        f"Failed to create prompt '{name}' due to unique constraint failure. This is likely due to too many "
        "concurrent prompt creations for this prompt name. Please add a delay."
    )


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _without(values: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    gone = set(taken)
    return tuple(value for value in values if value not in gone)
