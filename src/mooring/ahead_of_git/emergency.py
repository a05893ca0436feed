"""What does a person move who cannot wait for Git: a label back to earlier content, or on to another label's?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mooring.ahead_of_git.ahead import PATIENCE, Choice, Errand, Told, carry_out
from mooring.applying.result import Result
from mooring.calls import Calls
from mooring.core.address import Address, ContentHash, Gap, Ref, short
from mooring.core.ahead import Refusal, promotable, refusal
from mooring.core.desired import HEAD_KEY, Desired, DesiredPrompt, Version
from mooring.core.earlier import Past, Unclear, commit_of, key_of, named, previous
from mooring.core.finding import Finding, FindingKind
from mooring.core.memory import Indexed, Memory, PromptMemory
from mooring.core.observation import Holder, Observation, Reviewed
from mooring.core.plan import Outcome, Row, TargetPlan, plan_target
from mooring.core.record import Record, RecordKind
from mooring.core.report import AddressReport, Exit, TargetReport, first
from mooring.gathering.contents import read_holders
from mooring.gathering.view import View
from mooring.ports import Adapter, Denied, HistoryError, LedgerError, LedgerUnreadable, Listing
from mooring.run import Run, Target
from mooring.within import TooLate, within

_NOTHING = PromptMemory()


def roll_back(
    run: Run, target: Target, adapter: Adapter, desired: Desired, *, to: str | None, reason: str
) -> TargetReport:
    """Put back at once what each selected address served before, or what `to` names: a key, a commit, a hash.

    Raises Unreachable or Denied before the first write only.
    """
    scene = _scene(run, target, adapter, desired)
    if isinstance(scene, TargetReport):
        return scene
    plan = scene.look(one for one in scene.managed() if run.selection.takes(one))
    try:
        records = target.ledger.records()
    except LedgerUnreadable as error:
        said = str(Refusal(Exit.LOCKED, f"Nothing was moved: {error}", "Name what it shall serve with --to"))
        return scene.reported(plan, {}, said, Exit.LOCKED)
    return _moved(scene, plan, [scene.back(row, records, to) for row in plan.rows], RecordKind.ROLLBACK, reason)


def promote_now(
    run: Run, target: Target, adapter: Adapter, desired: Desired, *, source: str, label: str, reason: str
) -> TargetReport:
    """Give a label at once the reviewed content that another label of each selected prompt serves.

    Raises Unreachable or Denied before the first write only.
    """
    unmanaged = [one for one in (source, label) if one not in target.labels]
    if unmanaged:
        there = ", ".join(sorted(target.labels))
        said = f"{target.name} does not manage {' and '.join(unmanaged)}; it manages {there}."
        return TargetReport(target.name, target.adapter, error=said, error_exit=Exit.USAGE)
    scene = _scene(run, target, adapter, desired)
    if isinstance(scene, TargetReport):
        return scene
    prompts = sorted({one.prompt for one in scene.managed() if run.selection.takes(one)})
    plan = scene.look(Address(target.name, prompt, one) for prompt in prompts for one in (source, label))
    rows = {(row.address.prompt, row.address.label): row for row in plan.rows}
    choices = [scene.on(rows[prompt, source], rows[prompt, label]) for prompt in prompts]
    return _moved(scene, plan, choices, RecordKind.PROMOTE, reason)


def _scene(run: Run, target: Target, adapter: Adapter, desired: Desired) -> "_Scene | TargetReport":
    """Read the ledger, or remember it where it does not answer; give a report where nothing can be known of it."""
    told = Told()
    memory = told.ask(target.ledger.read, "Done by what this clone last saw of the ledger")
    if memory is None:
        try:
            memory = target.ledger.remembered()
        except LedgerUnreadable as error:
            why = f"{error} Nobody knows what was verified, so nothing was moved. Point the label at a version by hand"
            return TargetReport(target.name, target.adapter, error=why, error_exit=Exit.LOCKED)
    calls = Calls(adapter, run.clock)
    _require_project(target, memory, calls)
    return _Scene(run, target, adapter, calls, desired, memory, told)


def _require_project(target: Target, memory: Memory, calls: Calls) -> None:
    pins = [(target.project, "mooring.yaml pins"), (memory.identity, "the ledger was written for")]
    asked = [(pinned, where) for pinned, where in pins if pinned is not None]
    identity = calls.identity() if asked else None
    for pinned, where in asked:
        if pinned != identity:
            message = f"Nothing was moved: the connection leads to the project {identity}, while {where} {pinned}"
            raise Denied(f"{message}. Check url and credentials of {target.name}")


def _moved(
    scene: "_Scene", plan: TargetPlan, choices: list[Choice | Refusal], kind: RecordKind, reason: str
) -> TargetReport:
    """Move what was chosen, all of it or nothing, and report it as it stands then."""
    refused = [one for one in choices if isinstance(one, Refusal)]
    if refused:
        said = " ".join(dict.fromkeys(str(one) for one in refused))
        return scene.reported(plan, {}, said, first(one.code for one in refused))
    chosen = [one for one in choices if isinstance(one, Choice)]
    moving = [one for one in chosen if not one.is_there]
    errand = Errand(scene.run, scene.target, scene.adapter, scene.desired, scene.memory, plan, kind, reason)
    try:
        results = carry_out(errand, moving, scene.told) if moving else {}
    except LedgerError as error:
        return scene.reported(plan, {}, f"{error}. Nothing was moved.", Exit.LOCKED)
    done = {one.address: scene.after(errand, one, results.get(one.address)) for one in chosen}
    return scene.reported(plan, done)


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a move stands on: what is remembered of a target, and how to look at it, to choose and to report."""

    run: Run
    target: Target
    adapter: Adapter
    calls: Calls
    desired: Desired
    memory: Memory
    told: Told

    def managed(self) -> Iterator[Address]:
        """Give every address that Git or the ledger knows of."""
        for prompt in sorted({*self.desired.prompts, *self.memory.prompts}):
            for label, git_label in sorted(self.target.labels.items()):
                declared = self.desired.side(prompt, git_label) is not Gap.ABSENT
                if declared or self.memory.base(prompt, label) is not None:
                    yield Address(self.target.name, prompt, label)

    def look(self, addresses: Iterable[Address]) -> TargetPlan:
        """Look at some addresses alone: two or three requests for each prompt, however many there are."""
        asked = tuple(addresses)
        survey: dict[str, Listing] = {}
        for prompt in sorted({one.prompt for one in asked}):
            labels = sorted(one.label for one in asked if one.prompt == prompt)
            listing = self.calls.look(self.target.naming.on_platform(prompt), labels)
            survey |= {} if isinstance(listing, Gap) else {prompt: listing}
        read = read_holders(self.calls, self.target, survey, asked).sightings
        held = {at: Holder(one.ref, one.hash, one.created, one.author) for at, one in read.items()}
        marks = {at: one.provenance.id for at, one in read.items() if one.provenance is not None}
        return self._judged(asked, self.memory, survey, held, marks)

    def _judged(
        self,
        addresses: Iterable[Address],
        memory: Memory,
        survey: Mapping[str, Listing],
        held: Mapping[tuple[str, Ref], Holder],
        marks: Mapping[tuple[str, Ref], str],
    ) -> TargetPlan:
        # Without the adapter nothing asks for the history of the branch, which may not be here.
        view = View(self.run, self.target, None, self.desired, memory, survey, held, marks, base_unknown=False)
        seen = [view.observe(one) for one in addresses]
        time = self.run.clock.now()
        return plan_target(self.target.name, seen, commit=self.desired.commit or "", time=time)

    def back(self, row: Row, records: Sequence[Record], to: str | None) -> Choice | Refusal:
        """Choose what an address goes back to, by all records of the target."""
        why = refusal(row.seen, RecordKind.ROLLBACK)
        if why is not None:
            return why
        past = self._past(row, records)
        found = previous(past, {one.hash for one in row.seen.holders or ()}) if to is None else named(past, to)
        if isinstance(found, Unclear) and to is not None:
            past = replace(past, reviewed=self._reviewed(row.address.prompt))
            found = named(past, to)
        if isinstance(found, Unclear):
            code = Exit.ATTENTION if to is None else Exit.USAGE
            return Refusal(code, f"{row.address} was not moved: {found.reason}", found.fix)
        key = key_of(past, found)
        # A prompt of one file has one key for all that it ever was: the hash tells it apart.
        return self._choice(row, past, found, "" if key == HEAD_KEY else key)

    def on(self, source: Row, row: Row) -> Choice | Refusal:
        """Choose what another label serves, for an address."""
        why = refusal(row.seen, RecordKind.PROMOTE) or promotable(source.seen)
        if why is not None or isinstance(source.seen.live, Gap):
            return why or Refusal(Exit.ATTENTION, f"{source.address} serves nothing", "")
        past = Past(row.address, (), None, self._declared(row), self._index(row))
        key = key_of(past, source.seen.live)
        return self._choice(row, past, source.seen.live, f"what {source.address.label} serves, {key}".rstrip(", "))

    def _choice(self, row: Row, past: Past, want: ContentHash, words: str) -> Choice | Refusal:
        """Bind content to a version that holds it; only what was reviewed, and can be had, is ever given to a label."""
        seen, entry = row.seen, past.index.get(want)
        if entry is None and not self._on_branch():
            reason = f"{seen.address} was not moved: {short(want)} was never synced, and nobody can tell now whether "
            reason += f"commit {(self.desired.commit or 'none')[:12]}, which holds it, is on the branch"
            return Refusal(Exit.ATTENTION, reason, "Merge it, or name content that was synced before")
        declared = [one for one in past.declared.versions.values() if one.hash == want]
        if declared:
            version = declared[0]
        elif entry is not None and self._holds(seen.address, entry.ref, want):
            # No file to publish from, and none is needed: the platform was just seen to hold it.
            version = Version(entry.key, "", "", want)
        else:
            reason = f"{seen.address} was not moved: the platform no longer holds {short(want)}, and no prompt file at "
            reason += f"commit {(self.desired.commit or 'none')[:12]} does"
            return Refusal(Exit.ATTENTION, reason, "Name other content with --to, or revert the change in Git")
        known = {*past.known, None if seen.base is None else seen.base.hash}
        archive = tuple(one.ref for one in seen.holders or () if one.hash not in known)
        ref = None if entry is None else entry.ref
        return Choice(row, want, version, ref, words or short(want), commit_of(past, want), archive)

    def _past(self, row: Row, records: Sequence[Record]) -> Past:
        base = row.seen.base
        return Past(row.address, records, None if base is None else base.hash, self._declared(row), self._index(row))

    def _declared(self, row: Row) -> DesiredPrompt:
        return self.desired.prompts.get(row.address.prompt, DesiredPrompt(row.address.prompt))

    def _index(self, row: Row) -> Mapping[ContentHash, Indexed]:
        index = self.memory.prompts.get(row.address.prompt, _NOTHING).index
        return {content: entry for content, entry in index.items() if not entry.instead}

    def _reviewed(self, prompt: str) -> Mapping[ContentHash, Reviewed]:
        """Give what the branch ever held of a prompt; nothing where that cannot be told soon."""
        try:
            return within(PATIENCE, lambda: self.run.history.reviewed(prompt))
        except (HistoryError, TooLate):
            return {}

    def _on_branch(self) -> bool:
        """Tell whether the run's commit is known to be on the branch that is true."""
        commit = self.desired.commit
        if commit is None or self.told.silent:
            return False
        try:
            return within(PATIENCE, lambda: self.run.order.holds(commit))
        except (HistoryError, TooLate):
            return False

    def _holds(self, address: Address, ref: Ref, want: ContentHash) -> bool:
        stored = self.calls.read(self.target.naming.on_platform(address.prompt), ref)
        return not isinstance(stored, Gap) and stored.hash == want

    def after(self, errand: Errand, choice: Choice, result: Result | None) -> AddressReport:
        """Report an address as it stands after its move; as it stood where nothing was moved."""
        if result is None:
            return AddressReport(choice.row, Outcome.UNCHANGED, f"It serves {choice.words} already")
        if result.outcome is not Outcome.APPLIED or result.ref is None:
            return AddressReport(choice.row, result.outcome, result.note)
        at = choice.address
        entry = self._index(choice.row).get(choice.want)
        holder = Holder(result.ref, choice.want, "" if entry is None else entry.created)
        memory = replace(_with_bases(self.memory, errand.plan), moves={(at.prompt, at.label): errand.move(choice)})
        listing = Listing(self.target.naming.on_platform(at.prompt), "", {at.label: (result.ref,)})
        plan = self._judged([at], memory, {at.prompt: listing}, {(at.prompt, result.ref): holder}, {})
        return AddressReport(plan.rows[0], Outcome.APPLIED, _note(choice, plan.rows[0].seen, result.ref))

    def reported(
        self, plan: TargetPlan, done: Mapping[Address, AddressReport], error: str | None = None, code: Exit = Exit.OK
    ) -> TargetReport:
        """Report the target, with what is to be said of its ledger."""
        return TargetReport(
            name=self.target.name,
            adapter=self.target.adapter,
            addresses=tuple(done.get(row.address, AddressReport(row)) for row in plan.rows),
            findings=tuple(Finding(FindingKind.LEDGER, None, one) for one in self.told.sentences),
            requests=self.adapter.tally.counts(),
            error=error,
            error_exit=code,
        )


def _with_bases(memory: Memory, plan: TargetPlan) -> Memory:
    """Add what agreed before the move and was not on record until then."""
    prompts = dict(memory.prompts)
    for (prompt, label), base in plan.settled.items():
        known = prompts.get(prompt, _NOTHING)
        if base is not None:
            prompts[prompt] = replace(known, bases={**known.bases, label: base})
    return replace(memory, prompts=prompts)


def _note(choice: Choice, seen: Observation, ref: Ref) -> str:
    note = f"It serves {choice.words}, version {ref}"
    if seen.suspension is not None:
        note += f"; it is suspended until {seen.suspension.until}, which stops Mooring and no person"
    if seen.frozen is not None:
        note += f"; it is frozen until {seen.frozen.until}, which stops Mooring and no person"
    if seen.git not in {seen.agreed, seen.live}:
        note += "; Git asks for other content already, which the next sync brings: mooring suspend keeps it away"
    return note
