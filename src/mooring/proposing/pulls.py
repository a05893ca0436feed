"""How does a branch that was pushed come before people: as a pull request, opened once and kept up to date?"""

from collections.abc import Sequence
from dataclasses import dataclass

from mooring.core.finding import Finding, FindingKind
from mooring.ports import Fate, Forge, ForgeError, Proposed, Pull, PullState


@dataclass(frozen=True, slots=True)
class Wording:
    """The title and the text of a pull request, and the part of the text by which Mooring knows it again."""

    title: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """Where people find a proposal (a URL, or the branch where there is no pull request), and what to tell them."""

    where: str
    finding: Finding


def publish(forge: Forge | None, pulls: Sequence[Pull], proposed: Proposed, base: str, said: Wording) -> Published:
    """Open a pull request for a branch; the one that is open gets this wording where the branch changed.

    Where it did not, what people wrote into it meanwhile stays.
    `pulls` are those that there are. What the Git host refuses is told, never raised.
    """
    branch = proposed.branch
    if forge is None:
        return Published(f"the branch {branch}", _found(f"{said.title}: the branch {branch}", _BY_HAND))
    there = open_one(pulls, branch)
    try:
        if there is None:
            there = forge.open_pull(branch, base, said.title, said.text)
        elif proposed.fate is not Fate.UNCHANGED or said.mark not in there.body:
            there = forge.update_pull(there.number, said.title, said.text)
    except ForgeError as error:
        message = f"{said.title}: the branch {branch} is pushed, and there is no pull request as it should be. {error}"
        return Published(f"the branch {branch}" if there is None else there.url, _found(message, ""))
    return Published(there.url, _found(f"{said.title}: {there.url}", "Review and merge it"))


_BY_HAND = "Open a pull request from it; with GITHUB_TOKEN set, Mooring does"


def open_one(pulls: Sequence[Pull], branch: str) -> Pull | None:
    """Give the open pull request of a branch."""
    return next((one for one in pulls if one.branch == branch and one.state is PullState.OPEN), None)


def _found(message: str, fix: str) -> Finding:
    return Finding(FindingKind.PROPOSAL, None, message, fix)
