"""What does a CI's test page show of a report? JUnit XML: a suite for each target, a case for each address.

Written for the schema that Jenkins publishes and GitLab reads: https://llg.cubic.org/docs/junit/
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree as ET

from mooring import __version__, clean
from mooring.core.address import short
from mooring.core.check import Check, Health
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Guard
from mooring.core.report import AddressReport, Exit, Report, TargetReport
from mooring.core.state import State
from mooring.reports import words
from mooring.reports.failing import exit_of
from mooring.reports.outline import explanation
from mooring.reports.remarks import located

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write, not even escaped."""


class Verdict(StrEnum):
    """How a case ended; the values are the elements that say so."""

    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Case:
    """One test: of what, called how, how it ended, and why. `kind` is the type of a failure."""

    of: str
    name: str
    verdict: Verdict
    kind: str = ""
    message: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases that are shown together, and lines that are no cases."""

    name: str
    cases: tuple[Case, ...]
    said: tuple[str, ...] = ()


def text(report: Report) -> str:
    """Give a report as JUnit XML, in ASCII. What fails the command fails here, and so does what nobody could read."""
    made = suites(report)
    root = ET.Element("testsuites", {"name": f"mooring {report.command}".strip(), **_counts(made), "time": "0"})
    for suite in made:
        _write(root, suite, report)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return written.decode() + "\n"


def suites(report: Report) -> tuple[Suite, ...]:
    """Give a suite for each target, and before them one for the run itself and the files."""
    targets = [_target(report, target) for target in report.targets]
    invalid = Exit.INVALID in report.reasons
    files = [_file(one, invalid) for one in report.findings if one.kind is FindingKind.FILE]
    own = [*files, *(_check("repository", one) for one in report.checks)]
    blamed = any(case.verdict in {Verdict.FAILED, Verdict.ERROR} for suite in targets for case in suite.cases)
    blamed |= any(case.verdict in {Verdict.FAILED, Verdict.ERROR} for case in own)
    said = (*report.notices, *(_finding(one) for one in report.findings if one.kind is not FindingKind.FILE))
    return Suite("mooring", (_run(report, Verdict.PASSED if blamed else Verdict.FAILED), *own), said), *targets


def _run(report: Report, otherwise: Verdict) -> Case:
    """The case of the run: it fails for what no other case is to blame for."""
    name = report.command or "command line"
    if report.error is not None:
        return Case("mooring", name, Verdict.ERROR, report.exit.name.lower(), report.error)
    if report.exit is Exit.OK:
        return Case("mooring", name, Verdict.PASSED)
    return Case("mooring", name, otherwise, report.exit.name.lower(), words.EXIT_MEANINGS[report.exit])


def _target(report: Report, target: TargetReport) -> Suite:
    cases = [_address(one, exit_of(report, target, one)) for one in target.addresses]
    cases += [_guard(target.name, guard) for guard in target.guards]
    cases += [_check(target.name, check) for check in target.checks]
    if target.error is not None:
        cases.insert(0, Case(target.name, "target", Verdict.ERROR, target.error_exit.name.lower(), target.error))
    return Suite(target.name, tuple(cases), tuple(_finding(one) for one in target.findings))


def _address(one: AddressReport, exit_: Exit) -> Case:
    seen, state = one.row.seen, one.row.verdict.state
    address = seen.address
    of, name = address.target, f"{address.prompt}@{address.label}"
    told = explanation(one)
    sides = f"git {short(seen.git)}, base {short(seen.agreed)}, live {short(seen.live)}"
    fix = words.way_out_cut(one.row)
    details = (*told, sides, *([f"→ {fix}"] if fix else []), *([seen.url] if seen.url else []))
    message = told[0] if told else state.replace("_", " ")
    if state is State.UNKNOWN:
        return Case(of, name, Verdict.ERROR, state.value, message, details)
    if exit_ is not Exit.OK:
        return Case(of, name, Verdict.FAILED, state.value, message, details)
    if seen.suspension is not None:
        held = seen.suspension
        return Case(of, name, Verdict.SKIPPED, "", f"Suspended until {held.until} by {held.by}: {held.reason}")
    if seen.frozen is not None and state is not State.IN_SYNC:
        return Case(of, name, Verdict.SKIPPED, "", f"Frozen until {seen.frozen.until}: {seen.frozen.reason}")
    return Case(of, name, Verdict.PASSED)


def _guard(target: str, guard: Guard) -> Case:
    verdict = Verdict.PASSED if guard.open else Verdict.FAILED
    fix = f"mooring sync {guard.fix}" if guard.fix.startswith("--") else guard.fix
    return Case(target, f"guard {guard.kind}", verdict, "guard", guard.message, (f"→ {fix}",) if fix else ())


def _file(finding: Finding, invalid: bool) -> Case:  # noqa: FBT001  # private
    found = located(finding.message)
    where = "file" if found is None else f"{found[0].path}:{found[0].line}"
    verdict = Verdict.FAILED if invalid else Verdict.PASSED
    details = (finding.message, *([f"→ {finding.fix}"] if finding.fix else []))
    return Case("files", where, verdict, "invalid", finding.message if found is None else found[1], details)


_HEALTH = {Health.FAIL: Verdict.FAILED, Health.DENIED: Verdict.FAILED, Health.UNKNOWN: Verdict.ERROR}


def _check(of: str, check: Check) -> Case:
    verdict = _HEALTH.get(check.health, Verdict.PASSED)
    return Case(of, check.name, verdict, check.health.value, check.message, (f"→ {check.fix}",) if check.fix else ())


def _finding(finding: Finding) -> str:
    about = f" {finding.prompt}" if finding.prompt else ""
    fix = f" → {finding.fix}" if finding.fix else ""
    return f"{finding.kind.replace('_', ' ')}{about}: {finding.message}{fix}"


# --- XML ------------------------------------------------------------------------------------------------------------


def _write(root: ET.Element, suite: Suite, report: Report) -> None:
    counts = {**_counts([suite]), "skipped": _count([suite], Verdict.SKIPPED), "time": "0"}
    element = ET.SubElement(root, "testsuite", {"name": _line(suite.name), **counts})
    properties = ET.SubElement(element, "properties")
    for name, value in (("commit", report.commit), ("run", report.run), ("tool", __version__)):
        ET.SubElement(properties, "property", {"name": name, "value": _line(value or "")})
    for case, name in zip(suite.cases, _unique(suite.cases), strict=True):
        _write_case(element, case, name)
    if suite.said:
        ET.SubElement(element, "system-out").text = _lines(suite.said)


def _write_case(suite: ET.Element, case: Case, name: str) -> None:
    element = ET.SubElement(suite, "testcase", {"name": name, "classname": _line(case.of), "time": "0"})
    match case.verdict:
        case Verdict.PASSED:
            pass
        case Verdict.SKIPPED:
            ET.SubElement(element, "skipped", {"message": _line(case.message)})
        case Verdict.FAILED | Verdict.ERROR:
            why = {"message": _line(case.message), "type": _line(case.kind)}
            ET.SubElement(element, case.verdict.value, why).text = _lines(case.details or (case.message,))


def _unique(cases: Sequence[Case]) -> Iterator[str]:
    """Number the cases that share a name: readers keep one of those that look the same."""
    met: Counter[tuple[str, str]] = Counter()
    for case in cases:
        name = _printable(clean.name(case.name))
        met[case.of, name] += 1
        again = met[case.of, name]
        yield name if again == 1 else f"{name} ({again})"


def _counts(made: Sequence[Suite]) -> dict[str, str]:
    tests = sum(len(suite.cases) for suite in made)
    return {
        "tests": str(tests),
        "failures": _count(made, Verdict.FAILED),
        "errors": _count(made, Verdict.ERROR),
    }


def _count(made: Sequence[Suite], verdict: Verdict) -> str:
    return str(sum(1 for suite in made for case in suite.cases if case.verdict is verdict))


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(_line(text) for text in texts)


def _line(text: str) -> str:
    return _printable(clean.line(text))


def _printable(text: str) -> str:
    return _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
