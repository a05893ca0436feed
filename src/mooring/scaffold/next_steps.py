"""What does a person do after `mooring init`? Commands to copy, and the settings of the repository."""

from collections.abc import Sequence
from shlex import quote

from mooring.scaffold.answers import SECRETS, Answers, Place, is_local
from mooring.scaffold.ci import Ci
from mooring.scaffold.gitlab import MAIN, PUSHING, gitlab_path

_PAGE = "https://github.com/mooring-dev/mooring/blob/main/docs/ci.md"


def next_steps(answers: Answers, place: Place, paths: Sequence[str], command: str) -> str:
    """Give the text; `paths` are to be committed, as they are typed here, and `command` runs mooring here."""
    added = " ".join(quote(path) for path in paths)
    pushed = f" && git push -u origin {quote(place.branch)}" if place.remote else ""
    look = f"{command} adopt       propose it to Git" if place.serves else f"{command} plan        what a sync would do"
    beginning = f"""\
Next:
  git add {added} && git commit -m "Tie prompts to Git with mooring"{pushed}
  {command} status      what the platform has, beside what Git has
  {look}
Then set `mode: upsert` in mooring.yaml, commit, and run {command} sync.
"""
    return "\n".join([*_serving(answers, place), beginning, *_settings(answers, place)])


def _serving(answers: Answers, place: Place) -> list[str]:
    if not place.serves:
        return []
    number = f"{place.serves} prompt{'s' if place.serves > 1 else ''}"
    return [f"{answers.target} serves {number} already, so no example was written.\n"]


def _settings(answers: Answers, place: Place) -> list[str]:
    asks = not is_local(answers.url)
    match place.ci:
        case Ci.GITHUB:
            return [_secrets(answers, (), "gh secret set {}", "gh asks for each value"), _GITHUB] if asks else []
        case Ci.GITLAB:
            command = "glab variable set {} --masked --protected"
            how = "glab reads each value from standard input"
            set_ = [_secrets(answers, (PUSHING,), command, how), _GITLAB.format(branch=quote(place.branch))]
            return [*_include(answers, place), *(set_ if asks else [])]
        case Ci.OTHER:
            return [_OTHER]


def _secrets(answers: Answers, first: Sequence[str], command: str, how: str) -> str:
    """Give the commands that set what the jobs need, or say that only the person knows what a platform asks for."""
    names = (*first, *SECRETS.get(answers.adapter, ()))
    lines = "".join(f"  {command.format(name)}\n" for name in names)
    if answers.adapter not in SECRETS:
        lines += "  and the platform's credentials: named in mooring.yaml, and in `env` where the jobs say so\n"
    return f"Set the secrets of the jobs, before you push ({how}):\n{lines}"


def _include(answers: Answers, place: Place) -> list[str]:
    path = gitlab_path(answers, place)
    if path == MAIN:
        return []
    return [f"Add to {MAIN}, which is yours and stays as it is:\n  include:\n    - local: {path}\n"]


_GITHUB = """\
Let the jobs open pull requests, or proposals stay branches. It is in Settings -> Actions -> General -> Workflow
permissions (Allow GitHub Actions to create and approve pull requests), or:
  gh api -X PUT 'repos/{owner}/{repo}/actions/permissions/workflow' -F can_approve_pull_request_reviews=true
"""
_GITLAB = f"""\
{PUSHING} is a project access token with the role Developer and the scope write_repository: it pushes the ledger.
Look for drift every hour:
  glab schedule create --cron '23 * * * *' --description mooring --ref {{branch}}
"""
_OTHER = f"""\
No jobs were written: this repository's host is neither GitHub nor GitLab. What to run after a merge, on a pull
request and on a schedule is in {_PAGE}
"""
