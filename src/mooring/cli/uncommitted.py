"""Which changes does a look at a commit leave out, because nobody committed them yet?"""

from dataclasses import replace

from mooring.cli.session import Request, Session
from mooring.core.finding import Finding, FindingKind
from mooring.core.report import Report
from mooring.git.repository import uncommitted
from mooring.reports.words import counted

_NAMED = 5


def with_uncommitted(report: Report, session: Session, request: Request) -> Report:
    """Add what the work tree has beyond HEAD, where HEAD is what was looked at."""
    if request.revision != "HEAD":
        return report
    inputs = session.repo.inputs(request.config, session.config.prompts)
    files = uncommitted(session.repo, inputs.prompts, inputs.config)
    if not files:
        return report
    named = ", ".join(files[:_NAMED]) + (f" and {len(files) - _NAMED} more" if len(files) > _NAMED else "")
    message = f"{counted(len(files), 'changed file is', 'changed files are')} not looked at, as no commit holds them"
    looking = "diff" if report.command == "diff" else "plan"
    fix = f"Commit what is meant, or look at the files as they are: mooring {looking} --worktree"
    finding = Finding(FindingKind.UNCOMMITTED, None, f"{message}: {named}", fix)
    return replace(report, findings=(*report.findings, finding))
