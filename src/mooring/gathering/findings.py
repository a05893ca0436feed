"""What in a survey should a person know beside the states?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from mooring.core.address import Gap
from mooring.core.composition import Place, References, affected
from mooring.core.desired import HEAD_KEY, Desired, Problem, PromptFacts
from mooring.core.finding import Finding, FindingKind
from mooring.core.memory import Memory
from mooring.core.plan import Row
from mooring.core.state import State
from mooring.ports import Listing, Sighting
from mooring.run import Target


def platform_findings(
    target: Target, desired: Desired, memory: Memory, survey: Mapping[str, Listing]
) -> Iterator[Finding]:
    """Give drafts, labels that nobody manages and facts that differ, for the prompts that Git declares."""
    for prompt in sorted(set(survey) & set(desired.prompts)):
        listing = survey[prompt]
        yield from _drafts(desired, memory, prompt, listing)
        yield from _unmanaged_labels(target, prompt, listing)
        yield from _facts(prompt, desired.prompts[prompt].facts, listing)


def aged(finding: Finding, whole: str) -> Finding:
    """Say how old a finding may be that shows in whole surveys only; `whole` is '' where this run made one."""
    if not whole or finding.kind not in {FindingKind.DRAFT, FindingKind.UNMANAGED_LABEL}:
        return finding
    return replace(finding, message=f"{finding.message} (last looked at wholly {whole[:16].replace('T', ' ')} UTC)")


def tampered(prompt: str, stored: Sighting) -> Finding | None:
    """Tell whether a version holds something else than what its own mark says was published."""
    mark = stored.provenance
    if mark is None or mark.hash == stored.hash:
        return None
    message = (
        f"Version {stored.ref} was rewritten in place: it was published from {mark.path} at {mark.commit[:12]} "
        "with other content"
    )
    return Finding(FindingKind.TAMPERED, prompt, message, f"mooring diff {prompt}")


_STEADY = frozenset({State.IN_SYNC, State.UNMANAGED, State.PENDING_CREATE, State.UNKNOWN, State.PRUNE_PENDING})


def effective(rows: Sequence[Row], references: References) -> Iterator[Finding]:
    """Tell what readers of a prompt get that did not change itself, while one that it includes did or is about to."""
    if not references:
        return
    states = {Place(row.address.prompt, row.address.label): row.verdict.state for row in rows}
    moving = [place for place, state in states.items() if state not in _STEADY]
    for parent, children in affected(references, moving).items():
        if isinstance(parent, Place) and states.get(parent) is State.IN_SYNC:
            through = ", ".join(f"{child} ({states[child]})" for child in children)
            message = f"Readers of {parent} get another text than was agreed on, for it includes {through}"
            yield Finding(FindingKind.EFFECTIVE, parent.prompt, message)


def published_edits(desired: Desired, memory: Memory) -> Iterator[Problem]:
    """Give the version files that hold something else than what was published from them: versions are immutable."""
    for prompt, found in sorted(desired.prompts.items()):
        remembered = memory.prompts.get(prompt)
        if remembered is None:
            continue
        published = {one.key: digest for digest, one in remembered.index.items()}
        for key, version in sorted(found.versions.items()):
            if key == HEAD_KEY or isinstance(version.hash, Gap) or key not in published:
                continue
            if published[key] != version.hash and version.hash not in remembered.index:
                message = f"version {key} of {prompt} changed after it was published; versions are immutable"
                fix = (
                    f"Take the change back, run `mooring new {prompt}` for the next version and make the change there."
                )
                yield Problem(version.path, None, message, fix)


def _drafts(desired: Desired, memory: Memory, prompt: str, listing: Listing) -> Iterator[Finding]:
    newest = listing.newest
    if newest is None or any(newest in refs for refs in listing.labels.values()):
        return
    ours = {version.hash for version in desired.prompts[prompt].versions.values()}
    remembered = memory.prompts.get(prompt)
    indexed = {} if remembered is None else remembered.index
    stored = listing.stored.get(newest)
    reviewed = stored is not None and (stored.hash in ours or stored.hash in indexed)
    if not reviewed and newest not in {one.ref for one in indexed.values()}:
        message = f"Version {newest} is newer than what any label serves: somebody may be working there"
        yield Finding(FindingKind.DRAFT, prompt, message)


def _unmanaged_labels(target: Target, prompt: str, listing: Listing) -> Iterator[Finding]:
    others = sorted(label for label in listing.labels if label not in target.labels and label != "latest")
    if others:
        message = f"The platform has labels here that nobody manages: {', '.join(others)}"
        yield Finding(FindingKind.UNMANAGED_LABEL, prompt, message)


def _facts(prompt: str, facts: PromptFacts, listing: Listing) -> Iterator[Finding]:
    differing = [
        name
        for name, wanted, live in (
            ("description", facts.description, listing.description),
            (
                "tags",
                None if facts.tags is None else set(facts.tags),
                None if listing.tags is None else set(listing.tags),
            ),
        )
        if wanted is not None and live is not None and wanted != live
    ]
    if differing:
        message = f"What Git declares of the prompt differs on the platform: {', '.join(differing)}"
        yield Finding(FindingKind.FACTS, prompt, message)
