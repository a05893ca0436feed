"""What does a review show of a plan? Reads the contents of what changes, and nothing of what does not."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mooring.compare import compare
from mooring.core.address import Address, Gap, Side
from mooring.core.artifact import Artifact, Content
from mooring.core.finding import Finding, FindingKind
from mooring.core.report import AddressReport, Report, TargetReport
from mooring.core.row import Row
from mooring.core.state import State
from mooring.ports import Adapter, AdapterError, HistoryError, Reference
from mooring.reports.resettled import Setting
from mooring.reports.review import Changed, Met, Review, section_of
from mooring.reports.words import counted, moment
from mooring.review.earlier import Earlier
from mooring.review.meetings import in_proposals, in_sight, in_the_ledger
from mooring.review.observed import Before, observed
from mooring.review.parents import as_written, parents
from mooring.review.sentence import SERVES, Outlook, held, mistakes, sentence, served_anew
from mooring.review.served import Served, served
from mooring.review.settings import elsewhere
from mooring.run import Run, Target
from mooring.sight import git_content


class Basis(StrEnum):
    """What a plan took for what the platforms serve."""

    LEDGER = "ledger"
    """What the last sync left there; no platform is asked now either."""
    PLATFORMS = "platforms"
    """What they say; they are asked again for what Git cannot tell."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a review knows beside the run: how the plan was made, older commits, and the Git host.

    `pull` is the pull request that it is about, None where there is none; `settings` are those of mooring.yaml that it
    changes, `onto` is the branch it goes to where that is not the one that is synced, `unsure` what of this could not
    be looked up. `file_url` gives where the host shows a path as the plan's commit has it. `base` is the commit that
    the merge goes onto, None where that is not known.
    """

    basis: Basis
    earlier: Earlier
    pull: int | None = None
    settings: tuple[Setting, ...] = ()
    onto: str = ""
    unsure: tuple[str, ...] = ()
    file_url: Callable[[str], str] = lambda _: ""
    base: str | None = None


def review(run: Run, report: Report, around: Around) -> Review:
    """Bring together what a pull request shows; what could not be looked up is said in it, never raised."""
    rows = [*served_anew(report), *_waiting(report)]
    offline = around.basis is Basis.LEDGER
    before = served(run, rows, around.earlier, lambda left: {} if offline else _asked(run, report, left))
    stands = in_the_ledger(run, rows) if offline else in_sight(rows)
    proposals = in_proposals(run, rows, around.pull)
    above = parents(run, [row.address for row in rows], as_written if offline else _by_adapter())
    met = {row.address: (*stands.met.get(row.address, ()), *proposals.met.get(row.address, ())) for row in rows}
    moved = elsewhere(around.settings, [one.name for one in run.targets]) if offline else frozenset[str]()
    settled = frozenset(one for one in stands.settled if one.target not in moved)
    groups = _alike(rows, settled)
    changes = (_changed(run, group, before[group[0].address], met, above, around) for group in groups)
    changes = (replace(one, settled=one.rows[0].address in settled) for one in changes)
    observing = observed(report, Before(around.earlier.full, around.earlier.inputs, around.base))
    ages = _ages(run, report) if offline else ()
    meeting = {at.prompt for at, found in stands.met.items() if found and at not in settled}
    return Review(
        id=run.repository,
        sentence=sentence(report, Outlook(meeting, moved, around.onto, settled, len(observing.prompts))),
        report=report,
        changes=tuple(changes),
        held=tuple(held(report)),
        mistakes=tuple(mistakes(report)),
        findings=tuple(_findings(report)),
        notes=(*ages, *_retired(report), *stands.notes, *proposals.notes, *around.unsure),
        settings=around.settings if offline else tuple(replace(one, elsewhere="") for one in around.settings),
        observing=observing,
    )


def _waiting(report: Report) -> list[Row]:
    """Give what Git changed and a sync does not write, for a person, a freeze or a mode is in the way.

    First contact is not among them: a target that is only observed would show every prompt in every review.
    """
    rows = [one.row for one in report.rows if one.row.verdict.action not in SERVES]
    return [row for row in rows if row.seen.base is not None and _differs(row.seen.git, row)]


def _differs(git: Side, row: Row) -> bool:
    known = not isinstance(git, Gap) and row.seen.holders is not None
    return known and git not in {row.seen.agreed, row.seen.live}


def _alike(rows: Sequence[Row], settled: Collection[Address]) -> Iterator[tuple[Row, ...]]:
    """Put together the addresses of a prompt that get the same content in place of the same, by the same step."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        key = (row.address.prompt, row.seen.live, row.seen.git, row.verdict.action, row.address in settled)
        groups.setdefault(key, []).append(row)
    yield from (tuple(group) for group in groups.values())


def _changed(
    run: Run,
    rows: tuple[Row, ...],
    before: Served,
    met: Mapping[Address, tuple[Met, ...]],
    above: Mapping[Address, tuple[str, ...]],
    around: Around,
) -> Changed:
    first, missing = rows[0], before.missing
    new: Content | None = None
    try:
        new = git_content(run, first)
    except HistoryError as error:
        missing = missing or str(error)
    version = first.seen.version

    def where(row: Row) -> str:
        return str(row.address) if len(rows) > 1 else ""

    return Changed(
        rows=rows,
        old=before.content,
        new=new,
        missing=missing,
        note=before.note,
        parents=tuple(dict.fromkeys(one for row in rows for one in above.get(row.address, ()))),
        met=tuple(replace(one, where=where(row)) for row in rows for one in met.get(row.address, ())),
        url="" if version is None else around.file_url(version.path),
        section=None if missing else section_of(first, before.content, new),
    )


def _asked(run: Run, report: Report, rows: Sequence[Row]) -> Mapping[Address, Content]:
    """Read from the platforms what some addresses serve, one request for each of them."""
    wanted = {row.address for row in rows}
    targets = [replace(one, addresses=_only(one, wanted)) for one in report.targets]
    read = compare(run, replace(report, targets=tuple(targets)))
    return {one.row.address: one.live for one in read if one.live is not None}


def _only(target: TargetReport, wanted: set[Address]) -> tuple[AddressReport, ...]:
    return tuple(one for one in target.addresses if one.row.address in wanted)


def _by_adapter() -> Callable[[Target, Artifact], Sequence[Reference]]:
    """Read references as each target's adapter does, which sends nothing; by the text where it does not connect."""
    adapters: dict[str, Adapter | None] = {}

    def read(target: Target, artifact: Artifact) -> Sequence[Reference]:
        if target.name not in adapters:
            try:
                adapters[target.name] = target.connect()
            except AdapterError:
                adapters[target.name] = None
        adapter = adapters[target.name]
        return as_written(target, artifact) if adapter is None else adapter.references(artifact)

    return read


def _findings(report: Report) -> Iterator[Finding]:
    yield from (one for one in report.findings if one.kind is not FindingKind.FILE)
    for target in report.targets:
        yield from (one for one in target.findings if one.kind is not FindingKind.FILE)


def _retired(report: Report) -> Iterator[str]:
    """Say what Git stopped declaring and a sync leaves where it is."""
    for target in report.targets:
        verdicts = [one.row.verdict for one in target.addresses]
        left = sum(1 for one in verdicts if one.state is State.PRUNE_PENDING and one.action not in SERVES)
        if left:
            number = counted(left, "address", "addresses")
            yield f"Git no longer declares {number} that {target.name} goes on serving"


def _ages(run: Run, report: Report) -> Iterator[str]:
    """Say how old what is taken for live is, by what the ledger recorded last."""
    now = datetime.fromisoformat(run.clock.now())
    ages: dict[str, list[str]] = {}
    for target in report.targets:
        bases = [one.row.seen.base for one in target.addresses]
        last = max((one.time for one in bases if one is not None), default="")
        ages.setdefault(f"{_ago(last, now)} ({moment(last)})" if last else "", []).append(target.name)
    for age, names in ages.items():
        places = " and ".join(names)
        if age:
            yield f"The last sync that wrote something on {places} was {age}"
        elif report.rows:
            yield f"Nothing was ever synced to {places} from here, so all of it counts as new"


def _ago(time: str, now: datetime) -> str:
    try:
        hours = int((now - datetime.fromisoformat(time)).total_seconds() // 3600)
    except (ValueError, TypeError):  # a time that another tool wrote
        return "some time ago"
    if hours < 1:
        return "less than an hour ago"
    return f"{counted(hours, 'hour')} ago" if hours < 48 else f"{hours // 24} days ago"
