"""How is it proposed to Git that a label serves what another label serves?"""

from dataclasses import dataclass

from mooring.clean import code_span
from mooring.core.address import Gap, short
from mooring.core.desired import HEAD_KEY
from mooring.core.finding import Finding, FindingKind
from mooring.core.proposals import plain
from mooring.core.report import Exit
from mooring.formats.writing.adoption import Layout, Wanted, rewritten
from mooring.ports import Fate, ForgeError, HistoryError, Proposal, PushDenied, RemoteUnreachable, Tip
from mooring.proposing.proposal_text import cut, inert
from mooring.proposing.pulls import Wording, publish
from mooring.run import Run


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a promotion that is only proposed."""

    findings: tuple[Finding, ...] = ()
    reasons: tuple[Exit, ...] = ()
    error: str | None = None


def propose_promotion(run: Run, prompt: str, source: str, label: str) -> Told:
    """Propose that a Git label serves what another Git label of the prompt serves; the platforms are not asked."""
    if run.proposals is None:
        return Told(reasons=(Exit.USAGE,), error="Nothing can be proposed from files that no commit holds")
    try:
        tip = run.proposals.tip()
        why = _refusal(tip, prompt, source, label)
        return Told(reasons=(Exit.USAGE,), error=why) if why is not None else _proposed(run, tip, prompt, source, label)
    except PushDenied as error:
        return Told(reasons=(Exit.DENIED,), error=str(error))
    except RemoteUnreachable as error:
        return Told(reasons=(Exit.LOCKED,), error=f"{error} Nothing was proposed")
    except HistoryError as error:
        return Told(reasons=(Exit.STALE,), error=str(error))


def _refusal(tip: Tip, prompt: str, source: str, label: str) -> str | None:
    found = tip.desired.prompts.get(prompt)
    if found is None:
        return f"Git has no prompt {prompt!r} at the tip of {tip.branch}"
    if source not in found.labels:
        labels = ", ".join(sorted(found.labels)) or "none"
        return f"{prompt} has no label {source} in Git; it has {labels}"
    key = found.labels[source]
    if key == HEAD_KEY and label in found.labels:
        return f"{prompt} is one file, so that all its labels serve the same: there is nothing to promote"
    version = found.versions.get(key)
    if version is None or isinstance(version.hash, Gap):
        return f"Version {key} of {prompt} cannot be read. Run mooring validate"
    return None


def _proposed(run: Run, tip: Tip, prompt: str, source: str, label: str) -> Told:
    found = tip.desired.prompts[prompt]
    key = found.labels[source]
    artifact = tip.history.artifact(found.versions[key])
    written = rewritten(tip.files, tip.desired, tip.prefix, [Wanted(prompt, {label: artifact})], Layout.AUTO)
    if prompt in written.refused:
        return Told(reasons=(Exit.INVALID,), error=f"{prompt} cannot be promoted: {written.refused[prompt]}")
    if not written.files or run.proposals is None:
        said = f"{label} of {prompt} serves {key} at the tip of {tip.branch} already"
        return Told((Finding(FindingKind.PROPOSAL, prompt, said),))
    what = "the same" if key == HEAD_KEY else key
    subject = f"Promote {cut(inert(prompt))}: {label} serves {what} as {source} does"
    before = found.labels.get(label)
    hash_ = short(found.versions[key].hash)
    message = f"{subject}\n\n{label}: {before or 'nothing'} -> {key} ({hash_})\nOn behalf of {inert(run.author)}\n"
    branch = f"mooring/{plain(run.repository)}/promote/{plain(prompt)}-{plain(label)}"
    files = {f"{tip.prefix}{path}": data for path, data in written.files.items()}
    done = run.proposals.propose(tip, Proposal(branch, message, files))
    if done.fate is Fate.FOREIGN:
        said = f"The branch {branch} holds commits of somebody else, so it was left alone"
        return Told((Finding(FindingKind.PROPOSAL, prompt, said, "Merge or delete it first"),), (Exit.PARTIAL,))
    text = (
        f"Merging this lets {code_span(label)} of {code_span(prompt)} serve {code_span(key)}, "
        f"which {code_span(source)} serves; it served {code_span(before or 'nothing')}."
    )
    try:
        pulls = [] if run.forge is None else run.forge.pulls(branch)
    except ForgeError as error:
        said = f"{subject}: the branch {branch} is pushed, and its pull request cannot be looked for. {error}"
        return Told((Finding(FindingKind.PROPOSAL, prompt, said),))
    return Told((publish(run.forge, pulls, done, tip.branch, Wording(subject, text)).finding,))
