"""Which of what a platform serves can be brought into Git, and what is there to say of the rest?"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mooring.calls import Calls
from mooring.core.address import Address, Gap, Ref
from mooring.core.adoption import kept, refusal
from mooring.core.artifact import Artifact
from mooring.core.desired import PromptFacts
from mooring.core.finding import Finding, FindingKind
from mooring.core.plan import Outcome
from mooring.core.report import Exit
from mooring.core.row import Row
from mooring.formats.layout import folded
from mooring.gathering.contents import NOTHING, Contents
from mooring.ports import Listing, Stored, Tip
from mooring.run import Run, Target
from mooring.scan import secrets_in
from mooring.sight import git_content

READERS = 8
"""Versions of one target that are read at once."""

_ASKED_ONE_BY_ONE = 3


@dataclass(slots=True)
class Told:
    """What there is to say of each address and beside them, gathered while proposals are made.

    `error` is what stopped it, with its exit code: what is told of addresses was done before that.
    """

    notes: dict[Address, str] = field(default_factory=dict[Address, str])
    outcomes: dict[Address, Outcome] = field(default_factory=dict[Address, Outcome])
    findings: list[Finding] = field(default_factory=list[Finding])
    error: str | None = None
    error_exit: Exit = Exit.OK

    def refuse(self, row: Row, why: str) -> None:
        """Say that an address is not proposed."""
        self.outcomes[row.address] = Outcome.FAILED
        self.notes[row.address] = f"Not proposed: {why}"

    def propose(self, row: Row, where: str) -> None:
        """Say where an address is proposed."""
        self.outcomes[row.address] = Outcome.PROPOSED
        self.notes[row.address] = f"Proposed in {where}"

    def note(self, row: Row, said: str) -> None:
        """Say why nothing is to be done about an address."""
        self.notes[row.address] = said

    def find(self, message: str, fix: str = "") -> None:
        """Say something beside the addresses."""
        self.findings.append(Finding(FindingKind.PROPOSAL, None, message, fix))


@dataclass(frozen=True, slots=True)
class Taken:
    """An address with the content that Git is to serve for it, and what the platform tells beside it."""

    row: Row
    git_label: str
    artifact: Artifact
    stored: Stored
    facts: PromptFacts


@dataclass(frozen=True, slots=True)
class Source:
    """Where content is read: a target's platform, and what was read of it in this run already."""

    target: Target
    calls: Calls
    contents: Contents = NOTHING

    def stored(self, at: tuple[str, Ref]) -> Stored | None:
        """Give a version by Git name and ref, None where it is gone."""
        found = self.contents.of(*at) or self.calls.read(self.target.naming.on_platform(at[0]), at[1])
        return None if isinstance(found, Gap) else found

    def facts(self, prompts: Collection[str]) -> Mapping[str, PromptFacts]:
        """Give what the platform tells of prompts: asked for one by one, or with all others where they are many."""
        labels = sorted(self.target.labels)
        names = {prompt: self.target.naming.on_platform(prompt) for prompt in prompts}
        if len(prompts) > _ASKED_ONE_BY_ONE:
            listings: Mapping[str, Listing | Gap] = self.calls.survey(labels, ())
        else:
            listings = {name: self.calls.look(name, labels) for name in names.values()}
        return {prompt: _facts(listings.get(name, Gap.ABSENT)) for prompt, name in names.items()}


def take_in(run: Run, source: Source, rows: Sequence[Row], tip: Tip, told: Told) -> Mapping[Address, Taken]:
    """Read what is to be brought; what cannot be is told. Raises AdapterError where the platform does not answer."""
    target = source.target
    wanted = list(_unless_refused(rows, _objections(target, rows, tip), told))
    held = [next(((row.address.prompt, one.ref) for one in row.seen.holders or ()), None) for row in wanted]
    refs = list(dict.fromkeys(at for at in held if at is not None))
    with ThreadPoolExecutor(READERS) as pool:
        read = dict(zip(refs, pool.map(source.stored, refs), strict=True))
    facts = source.facts(
        dict.fromkeys(row.address.prompt for row in wanted if row.address.prompt not in tip.desired.prompts)
    )
    taken: dict[Address, Taken] = {}
    for row, at in zip(wanted, held, strict=True):
        stored = None if at is None else read[at]
        if stored is None or stored.hash != row.seen.live or not isinstance(stored.content, Artifact):
            told.refuse(row, "it changed while it was read. Run again")
            continue
        leaks = secrets_in(stored.content, run.secrets_allowed)
        if leaks:
            told.refuse(row, f"it looks as if it held a secret: {', '.join(map(str, leaks))}. {_ALLOW}")
            continue
        artifact = kept(stored.content, git_content(run, row), stored.silent)
        known = facts.get(row.address.prompt, PromptFacts())
        taken[row.address] = Taken(row, target.labels[row.address.label], artifact, stored, known)
    return taken


_ALLOW = "Take it out on the platform, or allow its fingerprint in mooring.yaml"


def _unless_refused(rows: Iterable[Row], objections: Mapping[Address, str], told: Told) -> Iterator[Row]:
    for row in rows:
        why = refusal(row) or objections.get(row.address)
        if why is None:
            yield row
        else:
            told.refuse(row, why)


def _objections(target: Target, rows: Sequence[Row], tip: Tip) -> dict[Address, str]:
    """Say what stands against bringing addresses, as they are seen beside each other and beside the tip."""
    alike = Counter(folded(prompt) for prompt in {row.address.prompt for row in rows})
    served: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        served.setdefault((row.address.prompt, target.labels[row.address.label]), set()).add(row.seen.live)
    objections: dict[Address, str] = {}
    for row in rows:
        at, label = row.address, target.labels[row.address.label]
        now = tip.desired.side(at.prompt, label)
        if now not in {row.seen.git, row.seen.live}:
            objections[at] = _newer(tip)
        elif len(served[at.prompt, label]) > 1:
            objections[at] = f"Git's label {label} would have to serve two contents at once. Make them agree there"
        elif alike[folded(at.prompt)] > 1:
            objections[at] = (
                "another prompt's name differs from its name only in case or form. Rename one of them there"
            )
    return objections


def _newer(tip: Tip) -> str:
    if not tip.branch:
        return "its files in the work tree say something else than the last commit. Commit them, or take them back"
    return f"the branch {tip.branch} says something else by now. Pull, and run again"


def _facts(listing: Listing | Gap) -> PromptFacts:
    return PromptFacts() if isinstance(listing, Gap) else PromptFacts(listing.description, listing.tags)
