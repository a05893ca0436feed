"""Which jobs does a repository need on GitHub Actions, when do they run, and what may each of them?"""

from collections.abc import Mapping
from dataclasses import dataclass

from mooring.formats.next_version import quoted


@dataclass(frozen=True, slots=True)
class Job:
    """A job and the events that start it, as `github.event_name` says them.

    `queue` is the rest of its concurrency group's name, and `waiting` says what becomes of those that wait in it.
    `inputs` are those of the action that a person fills in.
    """

    key: str
    events: tuple[str, ...]
    minutes: int
    rights: Mapping[str, tuple[str, str]]
    waiting: str
    queue: str = ""
    inputs: tuple[str, ...] = ()


_WRITES: Mapping[str, tuple[str, str]] = {
    "contents": ("write", "the ledger, under refs/mooring, and the branches of proposals"),
    "pull-requests": ("write", "what was done by hand is proposed to Git"),
    "statuses": ("write", "the status of the commit"),
    "issues": ("write", "alerts as issues, which open and close"),
}
_ASKED: Mapping[str, str] = {
    "address": "Which prompts, as support_agent@production; several with spaces between them",
    "reason": "Why: it goes on record (resolve, rollback, suspend)",
    "to": "rollback: to which version, commit or hash; promote: which label",
    "from": "promote: the label that serves it already",
    "take": "resolve: git or platform",
    "expect": "resolve: the hash that you saw live",
    "until": "suspend: until when, as 2030-01-31",
}
_COMMANDS = ("auto", "adopt", "resolve", "rollback", "promote", "suspend", "resume", "sync", "drift", "status")

PLAN = Job(
    "plan",
    ("pull_request", "merge_group"),
    10,
    {"contents": ("read", "the repository"), "pull-requests": ("write", "the comment")},
    "one at a time writes the comment",
    queue="-${{ github.ref }}",
)
SYNC = Job("sync", ("push",), 30, _WRITES, "of those that wait GitHub keeps the newest, which does the work of all")
DRIFT = Job("drift", ("schedule",), 30, _WRITES, "of those that wait one is enough")
BY_HAND = Job(
    "by-hand",
    ("workflow_dispatch",),
    30,
    _WRITES,
    "each in a group of its own: GitHub drops none",
    queue="-${{ github.run_id }}",
    inputs=("command", *_ASKED),
)

ON_REVIEW = "  pull_request:\n  merge_group:\n"
"""Without paths: a required check that never starts would hold the merge for ever."""
ON_SCHEDULE = '  schedule:\n    - cron: "23 * * * *"   # not on the hour, when GitHub is late\n'
ON_LANGFUSE = "  repository_dispatch:\n    types: [langfuse-prompt-update]   # Langfuse: Prompts, Automations\n"
"""https://langfuse.com/docs/prompt-management/features/github-integration"""
ON_DEMAND = "  workflow_dispatch:\n"


def on_push(branch: str) -> str:
    """Give the event of a merge into the branch that is true."""
    return f"  push:\n    branches: [{quoted(branch)}]\n"


def on_request() -> str:
    """Give the event of a person who fills in a form."""
    options = "".join(f"          - {command}\n" for command in _COMMANDS)
    form = "".join(
        f"      {name}:\n        description: {quoted(text)}\n        type: string\n" for name, text in _ASKED.items()
    )
    return (
        f"{ON_DEMAND}    inputs:\n      command:\n        description: What to do; auto looks for drift\n"
        "        type: choice\n"
        f"        required: true\n        options:\n{options}{form}"
    )
