"""Is everything in place for a sync: each target, the ledger, the repository and its Git host? Nothing is written."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import assert_never

from mooring.core.check import Check, Health
from mooring.core.desired import Desired
from mooring.core.memory import Memory
from mooring.core.naming import Naming
from mooring.core.observation import Objection
from mooring.core.policy import Mode
from mooring.core.report import Exit, Report, TargetReport
from mooring.formats.next_version import quoted
from mooring.ports import (
    Adapter,
    AdapterError,
    Capabilities,
    Denied,
    HistoryError,
    LedgerUnreadable,
    Misconfigured,
    Survey,
    Unreachable,
)
from mooring.run import Run, Target

PROJECT = "project"
"""The check that fails like a denial: the connection leads to another project than pinned."""

_NAMED = 3
"""So many of a kind are named; the others are counted."""


def examine(run: Run, host: Callable[[], Sequence[Check]]) -> Report:
    """Look at all targets at once and at the Git host; what is wrong with one of them hides nothing of the others.

    `host` looks at the repository, its remote and the right to push; it may raise HistoryError.
    """
    desired = run.history.desired()
    with ThreadPoolExecutor(len(run.targets) + 1) as pool:
        beside = pool.submit(_host, host)
        targets = tuple(pool.map(lambda target: _target(run, target, desired), run.targets))
        checks = (*beside.result(), _files(desired))
    reasons = [reason for part in (checks, *(one.checks for one in targets)) for reason in reasons_of(part)]
    return Report("doctor", run.id, desired.commit, targets, reasons=tuple(reasons), checks=checks)


def reasons_of(checks: Iterable[Check]) -> tuple[Exit, ...]:
    """Give the reasons for which an examination of one target, or of the repository, fails: each once."""
    found = dict.fromkeys(_reason(check) for check in checks)
    return tuple(reason for reason in found if reason is not Exit.OK)


def _reason(check: Check) -> Exit:
    match check.health:
        case Health.OK | Health.NOTE | Health.WARN:
            return Exit.OK
        case Health.FAIL:
            return Exit.DENIED if check.name == PROJECT else Exit.USAGE
        case Health.DENIED:
            return Exit.DENIED
        case Health.UNKNOWN:
            return Exit.UNKNOWN
        case _:
            assert_never(check.health)


def _host(look: Callable[[], Sequence[Check]]) -> Sequence[Check]:
    try:
        return look()
    except HistoryError as error:
        return (Check("git", Health.FAIL, str(error)),)


def _files(desired: Desired) -> Check:
    read = f"{_counted(len(desired.prompts), 'prompt')} in the work tree"
    if not desired.problems:
        return Check("prompts", Health.OK, read)
    message = f"{read}, with {_counted(len(desired.problems), 'mistake')} in their files"
    return Check("prompts", Health.WARN, message, "mooring validate")


# --- one target -------------------------------------------------------------------------------------------------------


def _target(run: Run, target: Target, desired: Desired) -> TargetReport:
    memory, ledger = _ledger(run, target)
    settled = (*_modes(target, desired), *ledger)
    try:
        adapter = target.connect()
    except (Misconfigured, AdapterError) as error:
        met = _met("connection", error)
        return TargetReport(
            target.name, target.adapter, error=str(error), error_exit=_reason(met), checks=(met, *settled)
        )
    answer, survey = _survey(run, target, adapter, desired, memory)
    checks = [answer]
    # Who is silent is not asked twice; who refuses may still say why.
    if answer.health is not Health.UNKNOWN:
        checks += _own(adapter, sorted(survey))
        checks.append(_project(target, adapter, memory))
    checks += [*_names(target, adapter, desired), *_capabilities(adapter.capabilities), *settled]
    return TargetReport(
        target.name,
        target.adapter,
        requests=adapter.tally.counts(),
        error=None if answer.health is Health.OK else answer.message,
        error_exit=_reason(answer),
        checks=tuple(checks),
    )


def _met(name: str, error: Misconfigured | AdapterError) -> Check:
    """Tell an error as a check; its message holds the way out."""
    if isinstance(error, Misconfigured):
        return Check(name, Health.FAIL, str(error))
    return Check(name, Health.DENIED if isinstance(error, Denied) else Health.UNKNOWN, str(error))


def _survey(run: Run, target: Target, adapter: Adapter, desired: Desired, memory: Memory) -> tuple[Check, Survey]:
    """List the prompts once, without the patience of a sync: that an answer takes three tries is worth knowing."""
    expected = [target.naming.on_platform(prompt) for prompt in sorted({*desired.prompts, *memory.prompts})]
    began = run.clock.monotonic()
    try:
        survey = adapter.survey(sorted(target.labels), expected)
    except (Denied, Unreachable) as error:
        return _met("answer", error), Survey({})
    seconds, requests = run.clock.monotonic() - began, sum(adapter.tally.counts().values())
    said = f"{_counted(len(survey), 'prompt')} listed in {seconds:.2f} s with {_counted(requests, 'request')}"
    return Check("answer", Health.OK, said), survey


def _own(adapter: Adapter, prompts: Sequence[str]) -> Sequence[Check]:
    try:
        return adapter.examine(prompts)
    except (Denied, Unreachable) as error:
        return (_met("connection", error),)


def _project(target: Target, adapter: Adapter, memory: Memory) -> Check:
    try:
        found = adapter.identity()
    except (Denied, Unreachable) as error:
        return _met(PROJECT, error)
    for wanted, where in ((target.project, "mooring.yaml pins"), (memory.identity, "the ledger was written for")):
        if wanted is not None and wanted != found:
            message = f"The connection leads to the project {found}, while {where} {wanted}: a sync stops there"
            return Check(PROJECT, Health.FAIL, message, f"Correct url and credentials of {target.name}.")
    if target.project is None:
        message = f"It is {found}, and mooring.yaml does not pin it: other credentials would be taken for the same"
        return Check(PROJECT, Health.NOTE, message, f"Write into the target {target.name}: project: {quoted(found)}")
    return Check(PROJECT, Health.OK, f"It is {found}, as pinned")


# --- names and labels -------------------------------------------------------------------------------------------------


def _names(target: Target, adapter: Adapter, desired: Desired) -> Iterator[Check]:
    """Ask the adapter about every name and label; it needs no connection for that."""
    objections = {
        (prompt, label): adapter.objections(target.naming.on_platform(prompt), label, None)
        for prompt in sorted(desired.prompts) or ("prompt",)
        for label in sorted(target.labels)
    }
    yield _labels(target, objections)
    if desired.prompts:
        yield _prompt_names(target, adapter, desired, objections)


_Objections = Mapping[tuple[str, str], Sequence[Objection]]


def _labels(target: Target, objections: _Objections) -> Check:
    refused = {label: one for (_, label), found in sorted(objections.items()) for one in found if one.field == "label"}
    if refused:
        first = next(iter(refused.values()))
        message = f"The platform cannot carry {_listed(refused)}: {first.reason}"
        return Check("labels", Health.WARN, message, first.fix)
    managed = _listed(
        (label if label == git else f"{label} (Git's {git})" for label, git in sorted(target.labels.items())), most=10
    )
    return Check("labels", Health.OK, f"Managed here: {managed}. All others are left alone")


def _prompt_names(target: Target, adapter: Adapter, desired: Desired, objections: _Objections) -> Check:
    refused = {prompt: one for (prompt, _), found in sorted(objections.items()) for one in found if one.field == "name"}
    shared = target.naming.collisions(desired.prompts)
    if shared:
        named = _listed(f"{' and '.join(several)} would both be {name}" for name, several in sorted(shared.items()))
        return Check(
            "prompt names", Health.WARN, named, f"Give them different names in `rename:` of the target {target.name}."
        )
    if not refused:
        return Check("prompt names", Health.OK, "The platform can carry every name that Git has")
    first = next(iter(refused.values()))
    number = f"{len(refused)} of {_counted(len(desired.prompts), 'name')}"
    message = f"The platform cannot carry {number}: {_listed(refused)}. {first.reason}"
    rules = _rename_rules(target, adapter, desired, sorted(refused))
    written = ", ".join(f'"{pattern}": "{form}"' for pattern, form in rules.items())
    fix = f"Write into the target {target.name}: rename: {{{written}}}" if rules else first.fix
    return Check("prompt names", Health.WARN, message, fix)


def _rename_rules(target: Target, adapter: Adapter, desired: Desired, refused: Sequence[str]) -> Mapping[str, str]:
    """Give rules that write dots for folders, if the platform carries what comes out and no two names become one."""
    if not all("/" in prompt for prompt in refused):
        return {}
    folders = sorted({prompt.rpartition("/")[0] for prompt in refused}, key=lambda one: (-one.count("/"), one))
    rules = {f"{folder}/*": f"{folder.replace('/', '.')}.*" for folder in folders}
    naming = Naming({**rules, **target.naming.rules})
    label = min(target.labels)
    carried = (adapter.objections(naming.on_platform(prompt), label, None) for prompt in refused)
    fits = all(one.field != "name" for found in carried for one in found)
    return rules if fits and not naming.collisions(desired.prompts) else {}


# --- what the platform can do, and what may be done -------------------------------------------------------------------


def _capabilities(can: Capabilities) -> Iterator[Check]:
    """Say what the platform can do as far as people meet it."""
    for name, it_can, yes, no in (
        (
            "versions",
            can.immutable_versions,
            "A version never changes, so each is read once",
            "A version can be rewritten in place, so what labels serve is read in every run",
        ),
        (
            "removal",
            can.removes_labels,
            "A label can be taken off, which `prune: retire` does",
            "A label cannot be taken off, only moved: `prune: retire` only reports",
        ),
        (
            "deletion",
            can.deletes_prompts,
            "A prompt can be deleted, which `prune: delete` does once it is archived",
            "A prompt cannot be deleted: `prune: delete` goes no further than `retire`",
        ),
        (
            "authors",
            can.names_authors,
            "It tells who made a version",
            "It does not tell who made a version, so neither can a drift report",
        ),
        (
            "changes",
            can.tells_changes,
            "It can be asked what changed, so a check in between is small",
            "It cannot be asked what changed, so each check lists every prompt",
        ),
    ):
        yield Check(name, Health.OK, yes) if it_can else Check(name, Health.NOTE, no)


def _modes(target: Target, desired: Desired) -> Iterator[Check]:
    """Say what a sync may write; a rule may give some prompts a mode of their own."""
    modes = Counter(target.settings(prompt).mode for prompt in desired.prompts or ("",))
    for mode in Mode:
        if modes[mode]:
            of = "" if len(modes) == 1 else f" for {_counted(modes[mode], 'prompt')}"
            yield _mode(target, mode, of)


def _mode(target: Target, mode: Mode, of: str) -> Check:
    match mode:
        case Mode.OBSERVE:
            fix = f"Write into the target {target.name}, once a plan looks right: mode: upsert"
            return Check("mode", Health.NOTE, f"observe{of}: a sync writes nothing there", fix)
        case Mode.CREATE_ONLY:
            said = f"create-only{of}: a sync makes new prompts and versions, and moves no label that is there"
            return Check("mode", Health.NOTE, said)
        case Mode.UPSERT:
            return Check("mode", Health.OK, f"upsert{of}: a sync brings labels to what Git says")
        case _:
            assert_never(mode)


# --- the ledger -------------------------------------------------------------------------------------------------------


def _ledger(run: Run, target: Target) -> tuple[Memory, tuple[Check, ...]]:
    try:
        memory = target.ledger.read()
    except LedgerUnreadable as error:
        return Memory(), (Check("ledger", Health.UNKNOWN, str(error)),)
    now = datetime.fromisoformat(run.clock.now())
    return memory, (_recorded(memory, now), *_left_behind(memory), *_suspended(memory, now))


def _recorded(memory: Memory, now: datetime) -> Check:
    if memory.trouble is not None:
        return Check("ledger", Health.WARN, memory.trouble, "The next sync writes a whole one on top.")
    if memory.head is None:
        return Check("ledger", Health.NOTE, "It answers and is empty: no sync wrote anything yet")
    times = [base.time for known in memory.prompts.values() for base in known.bases.values()]
    held = f"It remembers {_counted(len(memory.prompts), 'prompt')}"
    if not times:
        return Check("ledger", Health.OK, held)
    age = _age(now - datetime.fromisoformat(max(times)))
    return Check("ledger", Health.OK, f"{held}; the last sync that wrote was {age} ago")


def _left_behind(memory: Memory) -> Iterator[Check]:
    if memory.intent is not None:
        wanted = _listed(f"{prompt}@{label}" for prompt, label in sorted(memory.intent.wanted))
        message = f"The run {memory.intent.run} holds the lease, about to write {wanted}; it is at work, or it died"
        fix = "If none is at work, the next sync takes it over within a minute and settles what was begun."
        yield Check("lease", Health.WARN, message, fix)


def _suspended(memory: Memory, now: datetime) -> Iterator[Check]:
    for one in memory.suspensions:
        if datetime.fromisoformat(one.until) > now:
            until = f"{datetime.fromisoformat(one.until):%Y-%m-%d %H:%M %Z}"
            message = f"Nothing is written to {one.pattern} until {until}, by {one.by}: {one.reason}"
            yield Check("suspended", Health.NOTE, message, f"mooring resume {shlex.quote(one.pattern)}")


def _age(gone: timedelta) -> str:
    seconds = max(0, int(gone.total_seconds()))
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return _counted(seconds // size, noun)
    return _counted(seconds, "second")


def _listed(texts: Iterable[str], most: int = _NAMED) -> str:
    all_of_them = list(texts)
    more = f" and {len(all_of_them) - most} more" if len(all_of_them) > most else ""
    return ", ".join(all_of_them[:most]) + more


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
