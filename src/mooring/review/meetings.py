"""Which open edits, rollbacks and proposals does a merge meet, so far as the ledger and the Git host tell?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mooring.alerts.book import PATH, BookUnreadable, decode
from mooring.clean import code_span, name
from mooring.core.address import ABSENT, Address, Gap, short
from mooring.core.incident import Incident, Kind, fingerprint, mark
from mooring.core.memory import Move
from mooring.core.moved import who_moved
from mooring.core.proposals import branch_prefix, plain
from mooring.core.row import Row
from mooring.core.state import State
from mooring.ports import ForgeError, LedgerError, Pull, PullState, ShelfName
from mooring.proposing.proposal_text import cut
from mooring.reports.review import Met
from mooring.reports.words import moment
from mooring.review.sentence import SERVES
from mooring.run import Run, Target


@dataclass(frozen=True, slots=True)
class Meetings:
    """What each address meets, and what could not be looked up.

    `settled` are those that serve already what Git will say: merging writes nothing there.
    """

    met: Mapping[Address, tuple[Met, ...]]
    notes: tuple[str, ...] = ()
    settled: frozenset[Address] = frozenset()


_HOLDS = "; while that is so, the sync holds it for a person"
_SAME = "; merging makes Git say the same"
_AFTER = {
    State.RELABELLED: "; the sync after this merge ends that",
    **dict.fromkeys((State.PLATFORM_AHEAD, State.CONFLICT, State.UNADOPTED, State.MISSING, State.SPLIT_LABEL), _HOLDS),
}
"""What a sync makes of an address in which Git moves too, by what the last check saw there."""

_ONE_IS_SERVED = frozenset({State.RELABELLED, State.PLATFORM_AHEAD, State.CONFLICT, State.UNADOPTED})
"""The states in which the label serves one content: where Git says the same, they agree."""


def in_sight(rows: Sequence[Row]) -> Meetings:
    """Give what stands on platforms that were just asked, where a step would end it: a move of a label by hand."""
    ended = [row for row in rows if row.verdict.action in SERVES and row.seen.live != row.seen.agreed]
    return Meetings({row.address: (_seen(row),) for row in ended})


def in_the_ledger(run: Run, rows: Sequence[Row]) -> Meetings:
    """Give the moves ahead of Git and the open incidents of addresses; asks each target's ledger once."""
    met: dict[Address, tuple[Met, ...]] = {}
    notes: list[str] = []
    settled: set[Address] = set()
    for target in run.targets:
        here = [row for row in rows if row.address.target == target.name]
        if not here:
            continue
        try:
            moves = target.ledger.remembered().moves
            incidents = _open_incidents(target)
        except (LedgerError, BookUnreadable) as error:
            notes.append(f"Whether edits are open on {target.name} could not be looked up: {_sentence(error)}")
            continue
        for row in here:
            at = row.address
            move = moves.get((at.prompt, at.label))
            found = [one for one in incidents if _is_about(one, at)] if move is None else []
            met[at] = (*(() if move is None else (_of_move(row, move),)), *(_of_incident(row, one) for one in found))
            if any(_is_settled(row, one) for one in found) or (move is not None and move.live == row.seen.git):
                settled.add(at)
    return Meetings(met, tuple(notes), frozenset(settled))


def in_proposals(run: Run, rows: Sequence[Row], pull: int | None) -> Meetings:
    """Give our own open pull requests that bring what addresses serve into Git, but for `pull` itself."""
    if run.forge is None or not rows:
        return Meetings({})
    try:
        listed = run.forge.pulls(f"mooring/{plain(run.repository)}/")
    except ForgeError as error:
        return Meetings({}, (f"Whether proposals of Mooring are open could not be looked up: {_sentence(error)}",))
    open_ones = [one for one in listed if one.state is PullState.OPEN and one.number != pull]
    return Meetings({row.address: tuple(_of_pulls(run, row.address, open_ones)) for row in rows})


def _open_incidents(target: Target) -> Sequence[Incident]:
    book = decode(target.ledger.shelf(ShelfName.INCIDENTS).read((PATH,)).get(PATH))
    drifts = {Kind.DRIFT, Kind.DRIFTS}
    open_ones = [one for one in book.incidents if one.resolved is None and one.subject.kind in drifts]
    return [one for one in open_ones if one.facts.state in _AFTER]


def _is_about(incident: Incident, address: Address) -> bool:
    marked = mark(address)
    return incident.subject.key == marked or marked in incident.members


def _seen(row: Row) -> Met:
    return Met(row.verdict.reason) if row.seen.move is None else _of_move(row, row.seen.move)


def _of_move(row: Row, move: Move) -> Met:
    said = who_moved(replace(row.seen, move=move))
    return Met(said + (_SAME if move.live == row.seen.git else _AFTER[State.RELABELLED]))


def _is_settled(row: Row, incident: Incident) -> bool:
    """Tell whether the last check saw what Git will say; of many addresses in one incident no hashes are kept."""
    at, facts, git = row.address, incident.facts, row.seen.git
    if facts.state not in _ONE_IS_SERVED or isinstance(git, Gap):
        return False
    if facts.live:
        return facts.live == short(git)
    then = ABSENT if row.seen.base is None else row.seen.base.hash
    seen = incident.members.get(mark(at))
    return seen == fingerprint(at.target, at.prompt, at.label, facts.state, then, git)


def _of_incident(row: Row, incident: Incident) -> Met:
    facts = incident.facts
    author = f" by {facts.by}" if facts.by else ""
    since = moment(facts.since or incident.opened.isoformat())
    said = f"The last check saw {facts.state.replace('_', ' ')} there, since {since}{author}"
    if _is_settled(row, incident):
        return Met(said + _SAME, "", facts.url)
    return Met(said + _AFTER[facts.state], facts.fix, facts.url)


def _of_pulls(run: Run, address: Address, pulls: Sequence[Pull]) -> Iterator[Met]:
    prefix = branch_prefix(run.repository, address.target)
    # A proposal lists what it brings as a table, by prompt and label; see proposing/proposal_text.py.
    cells = " | ".join(code_span(cut(name(text))) for text in (address.prompt, address.label))
    for one in pulls:
        listed = any(line.startswith(f"| {cells} |") for line in one.body.splitlines())
        if one.branch.startswith(prefix) and (listed or one.branch == f"{prefix}prompt-{plain(address.prompt)}"):
            yield Met("A proposal to Git is open: it brings what the platform serves there", "", one.url)


def _sentence(error: object) -> str:
    return str(error).rstrip(".")
