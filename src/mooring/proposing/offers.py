"""Where is what was taken in put before people, beside the proposals that lie there already?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

from mooring.core.address import Address
from mooring.core.adoption import Scope
from mooring.core.finding import Finding, FindingKind
from mooring.core.proposals import Part, mark, marker, parts, read_marker, rolling
from mooring.core.row import Row
from mooring.formats.writing.adoption import Layout, Rewritten, Wanted, rewritten
from mooring.ports import Fate, Forge, ForgeError, Proposal, Proposals, Proposed, Pull, PullState, Tip
from mooring.proposing.intake import Taken, Told
from mooring.proposing.proposal_text import Account, Brought, commit_message, text, title
from mooring.proposing.pulls import Published, Wording, open_one, publish

_REGISTRIES = ("registry.yaml", "registry.yml")


@dataclass(frozen=True, slots=True)
class Offers:
    """The proposals of one target and scope. `forge` is None where pull requests cannot be asked for.

    `standing` are the branches of ours with their commits; `by` is who runs this.
    """

    target: str
    prefix: str
    scope: Scope
    layout: Layout
    reason: str
    by: str
    proposals: Proposals
    tip: Tip
    standing: Mapping[str, str]
    forge: Forge | None
    pulls: Sequence[Pull]
    told: Told

    def willing(self, rows: Iterable[Row]) -> list[Row]:
        """Leave out what a person declined and what another proposal brings; who names an address asks anew."""
        if not self.scope.rolls:
            return list(rows)
        mine = rolling(self.prefix, self.scope)
        spoken_for = {
            brought: pull
            for pull in self.pulls
            if pull.state is PullState.CLOSED or (pull.state is PullState.OPEN and not mine(pull.branch))
            for brought in read_marker(pull.body)
        }
        left: list[Row] = []
        for row in rows:
            pull = spoken_for.get(mark(row))
            if pull is None:
                left.append(row)
            elif pull.state is PullState.OPEN:
                self.told.propose(row, pull.url)
            else:
                self.told.note(row, f"Declined in {pull.url}; not proposed again until it changes")
        return left

    def bring(self, taken: Mapping[Address, Taken]) -> Sequence[str]:
        """Make the proposals, or bring those that stand up to date; give their branches. Raises HistoryError."""
        made: list[str] = []
        files = dict(self.tip.files)
        for part in parts(self.prefix, [one.row for one in taken.values()], self.scope, self.standing):
            made.append(part.branch)
            self._put(part, [taken[row.address] for row in part.rows], files)
        return made

    def clear(self, made: Collection[str]) -> None:
        """Withdraw what was proposed earlier and does not differ any more. Raises HistoryError."""
        mine = rolling(self.prefix, self.scope)
        for branch, commit in self.standing.items():
            if mine(branch) and branch not in made and self._disowned(branch):
                self.proposals.withdraw(branch, commit)

    def _put(self, part: Part, taken: Sequence[Taken], files: dict[str, bytes]) -> None:
        """Make one proposal. `files` are those of the tip and of the parts before, whose places are taken."""
        found = self._written(taken, files)
        files |= {path: data for path, data in found.files.items() if data is not None and path not in self.tip.files}
        brought = [one for one in taken if one.row.address.prompt not in found.refused]
        for one in taken:
            if one.row.address.prompt in found.refused:
                self.told.refuse(one.row, found.refused[one.row.address.prompt])
        if not found.files:
            for one in brought:
                self.told.note(one.row, _said_already(self.tip))
            return
        account = Account(
            target=self.target,
            brought=tuple(Brought(one.row, one.stored.author or "", one.stored.created) for one in brought),
            reason=self.reason,
            by=self.by,
        )
        rooted = {f"{self.tip.prefix}{path}": data for path, data in found.files.items()}
        self._tell(self.proposals.propose(self.tip, Proposal(part.branch, commit_message(account), rooted)), account)

    def _written(self, taken: Sequence[Taken], files: Mapping[str, bytes]) -> Rewritten:
        """Write what is wanted. A new prompt declares its labels itself, not in the registry.

        Proposals that all add to one file could not be merged one after the other.
        """
        wanted = [_wanted(prompt, taken) for prompt in dict.fromkeys(one.row.address.prompt for one in taken)]
        desired = self.tip.desired
        known = [one for one in wanted if one.prompt in desired.prompts]
        new = [one for one in wanted if one.prompt not in desired.prompts]
        first = rewritten(files, desired, self.tip.prefix, known, self.layout)
        there = {path: data for path, data in ({**files, **first.files}).items() if data is not None}
        alone = {path: data for path, data in there.items() if path not in _REGISTRIES}
        second = rewritten(alone, desired, self.tip.prefix, new, self.layout)
        return Rewritten(
            {**first.files, **second.files}, {**first.keys, **second.keys}, {**first.refused, **second.refused}
        )

    def _tell(self, proposed: Proposed, account: Account) -> None:
        """Say what became of a proposal."""
        if proposed.fate is Fate.FOREIGN:
            self.told.find(
                f"The branch {proposed.branch} holds commits of somebody else, so it was left alone",
                "Merge it, or delete it and run mooring adopt again",
            )
            for one in account.brought:
                self.told.note(one.row, f"Not proposed anew: the branch {proposed.branch} is somebody else's by now")
            return
        published = self._published(proposed, account)
        self.told.findings.append(published.finding)
        for one in account.brought:
            self.told.propose(one.row, published.where)

    def _published(self, proposed: Proposed, account: Account) -> Published:
        if proposed.fate is Fate.WRITTEN:
            message = f"{title(account)}: the files of the work tree"
            fix = f"git diff, then git add {quote(self.tip.prefix or '.')} and git commit -F {quote(proposed.branch)}"
            return Published("the files of the work tree", Finding(FindingKind.PROPOSAL, None, message, fix))
        said = Wording(title(account), text(account), marker(one.row for one in account.brought))
        return publish(self.forge, self.pulls, proposed, self.tip.branch, said)

    def _disowned(self, branch: str) -> bool:
        """Take the marker out of a pull request whose branch goes, so that it does not count as declined."""
        there = open_one(self.pulls, branch)
        if there is None or self.forge is None:
            return True
        try:
            self.forge.update_pull(there.number, there.title, _WITHDRAWN)
        except ForgeError as error:
            self.told.find(f"{there.url} is out of date and could not be withdrawn. {error}", "Close it")
            return False
        return True


_WITHDRAWN = "Withdrawn: what this brought is in Git, is declined, or is not served any more."


def _said_already(tip: Tip) -> str:
    return f"The branch {tip.branch} says so already" if tip.branch else "The files of the work tree say so already"


def _wanted(prompt: str, taken: Iterable[Taken]) -> Wanted:
    of_it = [one for one in taken if one.row.address.prompt == prompt]
    return Wanted(prompt, {one.git_label: one.artifact for one in of_it}, of_it[0].facts)
