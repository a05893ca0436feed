"""What do Git, the ledger and the platform hold, address by address?"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter

from mooring.calls import Calls
from mooring.core.address import ABSENT, UNKNOWN, Address, Ref
from mooring.core.composition import Included, References
from mooring.core.desired import Desired
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Whole
from mooring.core.memory import Memory
from mooring.core.observation import Holder, Observation
from mooring.gathering import pruning
from mooring.gathering.contents import NOTHING, Contents, read_holders
from mooring.gathering.findings import aged, platform_findings, published_edits, tampered
from mooring.gathering.inclusions import Looking
from mooring.gathering.survey import survey as take_survey
from mooring.gathering.view import View
from mooring.ports import Adapter, Denied, LedgerUnreadable, Listing, Unreachable
from mooring.run import Run, Target


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the plan of one target is made from."""

    observations: tuple[Observation, ...]
    memory: Memory
    whole: Whole
    findings: tuple[Finding, ...] = ()
    contents: Contents = NOTHING
    references: References = field(default_factory=dict[Included, tuple[Included, ...]])
    """What Git's contents include on the platform."""


def remember(target: Target) -> tuple[Memory, Finding | None]:
    """Read a target's ledger; where it did not answer, give an empty memory and the finding that says so."""
    try:
        memory = target.ledger.read()
    except LedgerUnreadable as error:
        return Memory(), Finding(FindingKind.LEDGER, None, str(error))
    return memory, None if memory.trouble is None else Finding(FindingKind.LEDGER, None, memory.trouble)


def gather(run: Run, target: Target, adapter: Adapter, desired: Desired) -> Gathered:
    """Read the ledger and the platform; raises Unreachable or Denied where there is no survey."""
    memory, trouble = remember(target)
    silent = _did_not_answer(trouble, memory)
    edited = tuple(published_edits(desired, memory))
    desired = desired.without(edited)
    calls = Calls(adapter, run.clock)
    _require_project(target, calls)
    expected = [target.naming.on_platform(prompt) for prompt in sorted({*desired.prompts, *memory.prompts})]
    based = {target.naming.on_platform(prompt): known.bases.keys() for prompt, known in memory.prompts.items()}
    surveyed = take_survey(run, target, calls, expected, based)
    survey = {target.naming.in_git(name): listing for name, listing in surveyed.survey.items()}
    addresses = [one for one in _addresses(target, desired, memory, survey) if run.selection.takes(one)]
    contents = read_holders(calls, target, survey, addresses)
    held = {one: Holder(s.ref, s.hash, s.created, s.author) for one, s in contents.sightings.items()}
    marks = {one: s.provenance.id for one, s in contents.sightings.items() if s.provenance is not None}
    composed = Looking(run, target, calls, desired, survey, contents).inclusions()
    pruned = pruning.Looking(run, target, calls, desired, memory, survey, held, marks, composed.references).pruning()
    _find_pages(target, adapter, _moved(target, desired, memory, survey, held, addresses))
    view = View(
        run,
        target,
        adapter,
        desired,
        memory,
        survey,
        held,
        marks,
        base_unknown=silent,
        mistakes=composed.mistakes,
        pruning=pruned,
    )
    findings = () if trouble is None else (trouble,)
    return Gathered(
        observations=tuple(view.observe(one) for one in addresses),
        memory=memory,
        whole=_whole(run, desired, memory, survey, marks, answered=not silent),
        findings=(
            *findings,
            *(aged(one, surveyed.whole) for one in platform_findings(target, desired, memory, survey)),
            *_tampered(contents),
            *(Finding(FindingKind.FILE, None, f"{one.path}: {one.message}", one.fix) for one in edited),
        ),
        contents=contents,
        references=composed.references,
    )


def _require_project(target: Target, calls: Calls) -> None:
    """Raise Denied where the connection leads to another project than the pinned one: nothing there is ours to judge.

    Reading trusts what the same connection led to before; before a write it is asked anew.
    """
    if target.project is None:
        return
    place = calls.adapter.connection()
    identity = target.recall.identity(place)
    if identity is None:
        identity = calls.identity()
        target.recall.keep_identity(place, identity)
    if identity != target.project:
        message = f"The connection leads to the project {identity}, while mooring.yaml pins {target.project}"
        raise Denied(f"{message}. Check url and credentials of {target.name}")


def _moved(
    target: Target,
    desired: Desired,
    memory: Memory,
    survey: Mapping[str, Listing],
    held: Mapping[tuple[str, Ref], Holder],
    addresses: Iterable[Address],
) -> Iterator[tuple[str, Ref]]:
    """Give the names and versions that moved on the platform, of what Git or the ledger knows.

    What only Git moved away from is not among them: a sync settles that, and nobody need look.
    """
    for one in addresses:
        wanted, base = desired.side(one.prompt, target.labels[one.label]), memory.base(one.prompt, one.label)
        listing = survey.get(one.prompt)
        if listing is None or (wanted is ABSENT and base is None):
            continue
        expected = {UNKNOWN, wanted} if base is None else {UNKNOWN, wanted, base.hash}
        for ref in listing.labels.get(one.label, ()):
            holder = held.get((one.prompt, ref))
            if holder is not None and holder.hash not in expected:
                yield target.naming.on_platform(one.prompt), ref


def _find_pages(target: Target, adapter: Adapter, moved: Iterator[tuple[str, Ref]]) -> None:
    """Ask which project this is where something is to be looked at and its page is not known without.

    It costs a request, and only where somebody moved. A link is worth no waiting: no answer is no link.
    """
    first = next(moved, None)
    if first is None or adapter.url(*first) is not None:
        return
    with suppress(Unreachable, Denied):
        target.recall.keep_identity(adapter.connection(), adapter.identity())


def _tampered(contents: Contents) -> Iterator[Finding]:
    for (prompt, _), sighting in sorted(contents.sightings.items(), key=itemgetter(0)):
        finding = tampered(prompt, sighting)
        if finding is not None:
            yield finding


def gather_offline(run: Run, target: Target, desired: Desired) -> Gathered:
    """Take the platform to be as the last sync left it: Git against the ledger, with no credentials."""
    memory, trouble = remember(target)
    silent = _did_not_answer(trouble, memory)
    as_synced = {
        prompt: Listing(prompt, "", {label: (base.ref,) for label, base in known.bases.items()})
        for prompt, known in memory.prompts.items()
    }
    held = {
        (prompt, base.ref): Holder(base.ref, base.hash)
        for prompt, known in memory.prompts.items()
        for base in known.bases.values()
    }
    addresses = [one for one in _addresses(target, desired, memory, as_synced) if run.selection.takes(one)]
    pruned = pruning.Looking(run, target, None, desired, memory, as_synced, held, {}, {}).pruning()
    view = View(run, target, None, desired, memory, as_synced, held, {}, base_unknown=silent, pruning=pruned)
    return Gathered(
        observations=tuple(view.observe(one) for one in addresses),
        memory=memory,
        whole=_whole(run, desired, memory, as_synced, {}, answered=not silent),
        findings=() if trouble is None else (trouble,),
    )


def unanswered(run: Run, target: Target, desired: Desired) -> tuple[Observation, ...]:
    """Give every address that Git and the ledger know of a target whose platform did not answer."""
    memory, trouble = remember(target)
    silent = _did_not_answer(trouble, memory)
    view = View(run, target, None, desired, memory, None, {}, {}, base_unknown=silent)
    addresses = (one for one in _addresses(target, desired, memory, {}) if run.selection.takes(one))
    return tuple(view.observe(one) for one in addresses)


def _did_not_answer(trouble: Finding | None, memory: Memory) -> bool:
    return trouble is not None and memory.trouble is None


def _addresses(target: Target, desired: Desired, memory: Memory, survey: Mapping[str, Listing]) -> Iterator[Address]:
    """Give every address that one side at least may hold something for."""
    for prompt in sorted({*desired.prompts, *memory.prompts, *survey}):
        listing = survey.get(prompt)
        for label, git_label in sorted(target.labels.items()):
            held = listing is not None and listing.labels.get(label)
            wanted = prompt in desired.prompts and desired.side(prompt, git_label) is not ABSENT
            if held or wanted or memory.base(prompt, label) is not None:
                yield Address(target.name, prompt, label)


def _whole(
    run: Run,
    desired: Desired,
    memory: Memory,
    survey: Mapping[str, Listing],
    marks: Mapping[tuple[str, Ref], str],
    *,
    answered: bool,
) -> Whole:
    listed = {prompt for prompt, one in survey.items() if one.owner == run.repository}
    marked = {prompt for (prompt, _), owner in marks.items() if owner == run.repository}
    return Whole(
        source_prompts=len(desired.prompts) if desired.names_known else max(1, len(desired.prompts)),
        live_prompts=len(survey),
        ours_live=len(listed | marked),
        # Under a lease the ledger is not lost: its first sync has not recorded anything yet.
        ledger_empty=answered and memory.head is None and memory.intent is None,
        tree_unchanged=memory.tree == desired.tree,
    )
