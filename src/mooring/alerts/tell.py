"""Who is told what of a run? The one entry to alerting: it never fails a run, and says what it could not do.

First what is due is claimed in the ledger, then it is said, then it is noted: two runners do not both say it, and
nothing is lost where one of them dies. Without the ledger nothing is said, for nobody knows what others said.
"""

import random
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mooring.alerts.book import PATH, BookUnreadable, decode, encode
from mooring.alerts.sinks import Letter, Sink, SinkDown
from mooring.core.finding import Finding, FindingKind
from mooring.core.incident import Book
from mooring.core.report import Report, TargetReport
from mooring.core.symptoms import Observed, observe
from mooring.core.telling import Fate, Message, Result, decide, settle, waiting
from mooring.ports import Files, HistoryError, LedgerError, ShelfName, Standing
from mooring.reports import words
from mooring.run import Run, Selection, Target

_TAKES = 90.0
"""Seconds that telling may take for one target; what is left is said by the next run."""


def tell(run: Run, report: Report, sinks: Sequence[Sink]) -> tuple[Finding, ...]:
    """Tell the sinks what a run of the branch's tip saw, and what earlier runs could not tell them. Never raises."""
    if not sinks:
        return ()
    findings = [
        _finding(f"{one.listener.id} is told nothing: {one.trouble}", one.fix) for one in sinks if _is_amiss(one)
    ]
    counts, doubt = _is_of_the_tip(run)
    seen = {one.name: one for one in report.targets} if counts and report.error is None else {}
    # Where nobody is told from here anyway, what keeps this run from telling is no news.
    is_ours = any(_is_amiss(one) or not one.trouble for one in sinks)
    findings += doubt if is_ours else ()
    left = Counter[str]()
    for target in run.targets:
        try:
            findings += _told(run, target, seen.get(target.name), sinks, left)
        except (LedgerError, BookUnreadable) as error:
            said = f"Nobody was told of {target.name}: what was told before cannot be looked up. {_sentence(error)}"
            findings += [_finding(said, "mooring doctor")] if is_ours else []
        except Exception as error:  # noqa: BLE001  # whatever is wrong with alerting, the run itself is not
            findings.append(_finding(f"Telling of {target.name} failed: {type(error).__name__}"))
    return (*findings, *_left(sinks, left))


def _is_amiss(sink: Sink) -> bool:
    return bool(sink.trouble and sink.fix)


def _is_of_the_tip(run: Run) -> tuple[bool, tuple[Finding, ...]]:
    """Tell whether the run saw what the branch asks for; another commit's drift is not the branch's."""
    try:
        standing = run.order.standing()
    except HistoryError as error:
        return False, (_finding(f"Nobody is told what this run saw: {_sentence(error)}"),)
    except Exception as error:  # noqa: BLE001  # as for the targets
        return False, (_finding(f"Nobody is told what this run saw: {type(error).__name__}"),)
    if standing is Standing.ASTRAY:
        return False, (_finding("Nobody is told what this run saw: it is not about the branch's tip"),)
    return standing is Standing.CURRENT, ()


@dataclass(slots=True)
class _Round:
    """What the last attempt to edit the book decided: compare-and-swap may take several."""

    book: Book
    messages: tuple[Message, ...] = ()


def _told(
    run: Run, target: Target, report: TargetReport | None, sinks: Sequence[Sink], left: Counter[str]
) -> Iterable[Finding]:
    """Tell of one target, and add to `left` what waits for each sink."""
    shelf, claimant = target.ledger.shelf(ShelfName.INCIDENTS), f"{run.id} {uuid.uuid4().hex[:8]}"
    listeners = tuple(one.listener for one in sinks)
    observed = None if report is None else _observed(run, target, report, sinks)
    made = _Round(Book())

    def claim(files: Files) -> Mapping[str, bytes | None]:
        before = decode(files.get(PATH))
        decided = decide(before, observed, _now(run), listeners, claimant)
        made.book, made.messages = decided.book, decided.messages
        return {} if decided.book == before else {PATH: encode(decided.book)}

    def note(files: Files) -> Mapping[str, bytes | None]:
        made.book = settle(decode(files.get(PATH)), [one for one, _ in said], _now(run), claimant, random.random())  # noqa: S311  # jitter needs no secrecy
        return {PATH: encode(made.book)}

    shelf.change((PATH,), claim, f"incidents {target.name}: follow and claim\n")
    said = _say_all(run, target, made.messages, sinks, claimant)
    unrecorded: tuple[Finding, ...] = ()
    if said:
        try:
            shelf.change((PATH,), note, f"incidents {target.name}: note what was told\n")
        except LedgerError as error:
            text = f"What was told of {target.name} could not be noted, and may be told again. {_sentence(error)}"
            unrecorded = (_finding(text),)
    left.update({one.listener.id: waiting(made.book, one.listener.id) for one in sinks})
    return (*unrecorded, *_down(target, made.book, sinks, said))


def _observed(run: Run, target: Target, report: TargetReport, sinks: Sequence[Sink]) -> Observed:
    chosen = frozenset(state for one in sinks for state in one.listener.states or ())
    return observe(run.repository, report, target.labels, chosen, all_asked=run.selection == Selection())


def _say_all(
    run: Run, target: Target, messages: Sequence[Message], sinks: Sequence[Sink], claimant: str
) -> list[tuple[Result, str]]:
    """Say what was claimed. A sink that refused once is left alone for the rest of the run."""
    by_id = {one.listener.id: one for one in sinks}
    began, down, results = run.clock.monotonic(), set[str](), list[tuple[Result, str]]()
    for message in messages:
        late = run.clock.monotonic() - began > _TAKES or run.stop.is_set()
        if late or message.listener in down:
            results.append((Result(message, Fate.UNTRIED), ""))
            continue
        results.append(_say(by_id[message.listener], message, Letter(target.name, message.items, claimant)))
        if results[-1][0].fate is Fate.REFUSED:
            down.add(message.listener)
    return results


def _say(sink: Sink, message: Message, letter: Letter) -> tuple[Result, str]:
    try:
        sink.send(letter)
    except SinkDown as error:
        pause = None if error.retry_after is None else timedelta(seconds=max(0.0, error.retry_after))
        return Result(message, Fate.REFUSED, pause), str(error)
    except Exception as error:  # noqa: BLE001  # a sink of a third party; what it says may hold its URL
        return Result(message, Fate.REFUSED), f"it failed ({type(error).__name__})"
    return Result(message, Fate.DELIVERED), ""


def _down(target: Target, book: Book, sinks: Sequence[Sink], said: Sequence[tuple[Result, str]]) -> Iterable[Finding]:
    """Say who could not be told, in this run or an earlier one, and when that is tried again."""
    why = {one.message.listener: text for one, text in said if text}
    for sink in sinks:
        id_ = sink.listener.id
        left, health = waiting(book, id_), book.silent.get(id_)
        if health is None or not left or sink.trouble:
            continue
        reason = f": {_sentence(why[id_])}" if id_ in why else ""
        when = health.next_try.isoformat(timespec="minutes")
        yield _finding(
            f"{id_} could not be told of {target.name}{reason}. {left} wait, and are tried again by runs after {when}",
            f"Look at the service behind {id_}",
        )


def _left(sinks: Sequence[Sink], left: Mapping[str, int]) -> Iterable[Finding]:
    """Say in one line what a run elsewhere has to tell, where nobody can be told from here and nothing is amiss."""
    for sink in sinks:
        if sink.trouble and not _is_amiss(sink) and left.get(sink.listener.id):
            waits = words.counted(left[sink.listener.id], "message waits", "messages wait")
            yield _finding(f"{sink.listener.id} is not told from here, as {sink.trouble}: {waits} for a run that can")


def _now(run: Run) -> datetime:
    return datetime.fromisoformat(run.clock.now())


def _sentence(error: object) -> str:
    return str(error).rstrip(".")


def _finding(message: str, fix: str = "") -> Finding:
    return Finding(FindingKind.ALERT, None, message, fix)
