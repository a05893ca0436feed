"""How does a run's commit stand to the branch that is true, and what do the commits in between decide?"""

from collections.abc import Mapping
from functools import cached_property

from mooring.core.address import ContentHash
from mooring.core.memory import Decision
from mooring.git.branch import Branch, default_branch
from mooring.git.full import FullHistory
from mooring.git.repository import Inputs
from mooring.ports import Standing


class BranchOrder:
    """The Order port of one commit. The remote is asked for the branch's name only when the order matters."""

    def __init__(self, full: FullHistory, inputs: Inputs, commit: str) -> None:
        self._full = full
        self._inputs = inputs
        self._commit = commit
        self._resolutions: dict[str | None, Mapping[tuple[str, str, str], Decision]] = {}

    def standing(self) -> Standing:
        """Compare the run's commit with the branch's tip as it is now; raises HistoryError."""
        return self._branch.standing(self._commit, self._branch.tip(), self._inputs)

    def holds(self, commit: str) -> bool:
        """Tell whether the branch's tip is a commit or descends from it; raises HistoryError."""
        return self._branch.is_ancestor(commit, self._branch.tip())

    def resolutions(self, since: str | None) -> Mapping[tuple[str, str, str], Decision]:
        """Give the decisions that `Mooring-Resolves: TARGET:PROMPT@LABEL HASH` makes on the commits after `since`.

        Without a commit to start from, only the run's own commit can decide.
        """
        if since not in self._resolutions:
            self._resolutions[since] = self._read_resolutions(since)
        return self._resolutions[since]

    def _read_resolutions(self, since: str | None) -> Mapping[tuple[str, str, str], Decision]:
        log = Branch(self._full, "", None)
        decisions: dict[tuple[str, str, str], Decision] = {}
        for trailer in reversed(log.trailers(since, self._commit)):
            if trailer.key != "Mooring-Resolves":
                continue
            address, _, live = trailer.value.rpartition(" ")
            target, _, named = address.strip().partition(":")
            prompt, _, label = named.rpartition("@")
            who = log.commit_identity(trailer.commit)
            reason = f"{who.subject} ({trailer.commit[:12]})"
            # As a person wrote it: whoever compares it with what is live takes a cut hash too.
            decisions[target, prompt, label] = Decision(ContentHash(live), reason, who.author, who.time)
        return decisions

    def allowed(self) -> tuple[str, ...]:
        """Give what the commit itself allows by `Mooring-Allow: WHAT=VALUE`."""
        trailers = Branch(self._full, "", None).trailers(None, self._commit)
        return tuple(trailer.value for trailer in trailers if trailer.key == "Mooring-Allow")

    @cached_property
    def _branch(self) -> Branch:
        remote = self._full.remote
        return Branch(self._full, default_branch(self._full.repo, self._full.branch, remote), remote)


class Worktree:
    """The Order port of files that no commit holds: they are never applied."""

    def standing(self) -> Standing:
        """Give ASTRAY: no branch holds them."""
        return Standing.ASTRAY

    def holds(self, commit: str) -> bool:
        """Give False: they stand on no branch."""
        return False

    def resolutions(self, since: str | None) -> Mapping[tuple[str, str, str], Decision]:
        """Give none: only commits decide."""
        return {}

    def allowed(self) -> tuple[str, ...]:
        """Give none: only commits allow."""
        return ()
