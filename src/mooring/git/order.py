"""How does a run's commit stand to the branch that is true, and what do the commits in between decide?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mooring.core.address import Gap, Side, ContentHash
from mooring.core.memory import Decision
from mooring.git.branch import Branch
from mooring.git.repository import Inputs
from mooring.ports import Standing


@dataclass(frozen=True, slots=True)
class BranchOrder:
    """The Order port of one commit."""

    branch: Branch
    inputs: Inputs
    commit: str

    def standing(self) -> Standing:
        """Compare the run's commit with the branch's tip as it is now; raises HistoryError."""
        return Standing(self.branch.standing(self.commit, self.branch.tip(), self.inputs).value)

    def holds(self, commit: str) -> bool:
        """Tell whether the branch's tip is a commit or descends from it; raises HistoryError."""
        return self.branch.is_ancestor(commit, self.branch.tip())

    def resolutions(self, since: str | None) -> Mapping[tuple[str, str, str], Decision]:
        """Give the decisions that `Mooring-Resolves: TARGET:PROMPT@LABEL HASH` makes on the commits after `since`.

        Without a commit to start from, only the run's own commit can decide.
        """
        decisions: dict[tuple[str, str, str], Decision] = {}
        for trailer in reversed(self.branch.trailers(since, self.commit)):
            if trailer.key != "Mooring-Resolves":
                continue
            address, _, live = trailer.value.rpartition(" ")
            target, _, named = address.strip().partition(":")
            prompt, _, label = named.rpartition("@")
            who = self.branch.commit_identity(trailer.commit)
            reason = f"{who.subject} ({trailer.commit[:12]})"
            decisions[target, prompt, label] = Decision(_side(live), reason, who.author, who.time)
        return decisions


def _side(text: str) -> Side:
    return Gap(text) if text in {gap.value for gap in Gap} else ContentHash(text)
