"""How does a plan come to stand under its pull request, and what is said where it cannot?"""

from collections.abc import Callable
from dataclasses import replace

from mooring.core.finding import Finding, FindingKind
from mooring.core.report import Report
from mooring.ports import ForgeError
from mooring.review.post import Draft, Fate, post
from mooring.run import Run

_NO_PULL = "No comment was written: the environment names no pull request (GITHUB_EVENT_PATH, GITHUB_REF)"

_OUTDATED = "The comment was left as it is: by now the pull request has another newest commit than this run is about"


def commented(run: Run, report: Report, pull: int | None, draft: Callable[[], Draft]) -> Report:
    """Keep the comment up to date and say so in the report; what keeps it from being written fails nothing."""
    if pull is None:
        return replace(report, notices=(*report.notices, _NO_PULL))
    if run.forge is None:
        message = "No comment was written: there is no token for the Git host's API, or it is no GitHub"
        return _told(report, message, "Set GITHUB_TOKEN, with pull-requests: write")
    try:
        fate = post(run.forge, pull, draft())
    except ForgeError as error:
        return _told(report, *_why(pull, error))
    return replace(report, notices=(*report.notices, _said(pull, fate)))


def outdated(report: Report) -> Report:
    """Say that the comment is left to the job of a newer commit."""
    return replace(report, notices=(*report.notices, _OUTDATED))


def _said(pull: int, fate: Fate) -> str:
    if fate is Fate.NEEDLESS:
        return f"Pull request {pull} got no comment: there is nothing to show"
    return f"The comment on pull request {pull} {'says so already' if fate is Fate.UNCHANGED else f'was {fate}'}"


def _why(pull: int, error: ForgeError) -> tuple[str, str]:
    message = f"The comment on pull request {pull} could not be written; the job's summary has it (-o github)"
    if not error.denied:
        return f"{message}. {str(error).rstrip('.')}", ""
    message += ". The token may not: it is that of a pull request from a fork, or lacks a permission"
    return message, "For branches of this repository: permissions: pull-requests: write"


def _told(report: Report, message: str, fix: str) -> Report:
    return replace(report, findings=(*report.findings, Finding(FindingKind.ALERT, None, message, fix)))
