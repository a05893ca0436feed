"""How is somebody told by issues on the Git host? One issue for each incident, found again by a mark in its body."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from mooring.alerts.sinks import Letter, SinkDown
from mooring.alerts.wording import MARKDOWN, TITLE, written
from mooring.core.incident import Incident, Listener
from mooring.core.telling import Item, Said
from mooring.ports import Forge, ForgeError, Issue

LABEL = "mooring"


@dataclass(frozen=True, slots=True)
class IssueSink:
    """Implements Sink over the Git host. Telling the same twice leaves one issue.

    The issues are listed once for all that was claimed together, and after that.
    """

    listener: Listener
    forge: Forge
    trouble: str = ""
    fix: str = ""
    _listed: dict[str, list[Issue]] = field(default_factory=dict[str, list[Issue]], repr=False, compare=False)
    """The issues of the last claim."""

    def send(self, letter: Letter) -> None:
        """Open, comment or close the issue of each item; raises SinkDown."""
        try:
            issues = self._issues(letter.claim)
            for item in letter.items:
                self._tell(letter.target, item, issues)
        except ForgeError as error:
            self._listed.clear()  # an answer may be lost, and the write not
            raise SinkDown(str(error), error.retry_after) from error

    def _issues(self, claim: str) -> list[Issue]:
        if not claim or claim not in self._listed:
            self._listed.clear()
            self._listed[claim] = list(self.forge.issues(LABEL))
        return self._listed[claim]

    def _tell(self, target: str, item: Item, issues: list[Issue]) -> None:
        there = _open_issue(issues, item.incident)
        match item.said:
            case Said.OPENED:
                if there is None:
                    issues.insert(0, self._open(target, item))
            case Said.UPDATED | Said.REMINDED:
                # One that a person closed is not opened again for the same cause.
                if there is not None:
                    self.forge.comment(there.number, _body(target, item))
            case Said.RESOLVED:
                if there is not None:
                    self._close(target, item, there, issues)
            case Said.PASSED:
                if not any(one.body.startswith(_marker(item.incident)) and not one.is_open for one in issues):
                    self._close(target, item, there or self._open(target, item), issues)
            case _:
                assert_never(item.said)

    def _open(self, target: str, item: Item) -> Issue:
        title = written(target, (item,), TITLE).title
        return self.forge.open_issue(title, f"{_marker(item.incident)}\n{_body(target, item)}", LABEL)

    def _close(self, target: str, item: Item, issue: Issue, issues: list[Issue]) -> None:
        # Closed first: should an answer get lost in between, the next attempt finds nothing left to do.
        self.forge.close_issue(issue.number)
        issues[:] = [replace(issue, is_open=False), *(one for one in issues if one.number != issue.number)]
        self.forge.comment(issue.number, _body(target, item))


def _open_issue(issues: Sequence[Issue], incident: Incident) -> Issue | None:
    # At the very start only: a hostile name further down may hold whatever mark it likes.
    return next((one for one in issues if one.is_open and one.body.startswith(_mark_of_cause(incident))), None)


def _mark_of_cause(incident: Incident) -> str:
    return f"<!-- mooring-incident: {incident.id} "


def _marker(incident: Incident) -> str:
    return f"{_mark_of_cause(incident)}{incident.opened.isoformat()} -->"


def _body(target: str, item: Item) -> str:
    text = written(target, (item,), MARKDOWN)
    return f"**{text.title}**\n\n{text.body}\n"
