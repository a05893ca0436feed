"""What does the mooring.yaml of a beginning say?"""

from collections.abc import Mapping

from mooring.formats.next_version import quoted
from mooring.scaffold.answers import Answers, is_local
from mooring.scaffold.ci import Ci

_NO_CREDENTIALS = "# credentials: {token: env:NAME}   # from the environment; a secret in this file is refused"
_CREDENTIALS: Mapping[str, str] = {
    "langfuse": "credentials: {public_key: env:LANGFUSE_PUBLIC_KEY, secret_key: env:LANGFUSE_SECRET_KEY}",
}


def config_text(answers: Answers, ci: Ci) -> str:
    """Give the text of mooring.yaml for a repository with this CI."""
    labels = ", ".join(quoted(label) for label in answers.labels)
    pinned = quoted(answers.project or "")
    project = (
        f"    project: {pinned}   # another project behind the credentials stops the run\n" if answers.project else ""
    )
    alerts = _OFFERED if is_local(answers.url) or ci is not Ci.GITHUB else _ISSUES
    return f"""\
version: 1
id: {quoted(answers.id)}   # who this repository is, on platforms and in the ledger; never change it
prompts: prompts/
targets:
  {quoted(answers.target)}:
    adapter: {quoted(answers.adapter)}
    url: {quoted(answers.url)}
    {_CREDENTIALS.get(answers.adapter, _NO_CREDENTIALS)}
{project}    mode: observe          # writes nothing; `upsert` lets sync write
    labels: [{labels}]   # managed here; all other labels are left alone
policy:
  platform_ahead: block    # somebody serves what was never reviewed: block | alert | adopt | revert
  relabelled: alert        # somebody moved a label to other reviewed content: alert | block
  missing: block           # somebody removed it: block | alert | revert
  prune: report            # Git no longer declares it: report | retire | delete
{alerts.format(labels=labels)}"""


_SLACK = """\
{comment}  - notify: env:SLACK_URL   # an Apprise URL, in the `env` of the jobs; needs mooring[alerts]
{comment}    labels: [{labels}]
"""
_ISSUES = """\
alerts:                    # whom to tell of what a sync or a look for drift finds
  - notify: github         # an issue for each incident; the jobs have issues: write
""" + _SLACK.replace("{comment}", "# ")
_OFFERED = (
    "# alerts:                  # whom to tell of what a sync or a look for drift finds\n"
    + _SLACK.replace("{comment}", "# ")
    + "#   - notify: github        # an issue for each incident; the jobs need issues: write\n"
)
