"""What happened on GitHub, as a workflow is told of it?

Each function gives an event with the parts of its payload that workflows read ("Events that trigger workflows",
"Webhook events and payloads"), over the real commits of the served repository.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mooring.git.command import Git, GitFailed
from mooring.testing.actions.values import Value
from mooring.testing.github.bare import Bare
from mooring.testing.github.hub import Hub
from mooring.testing.github.rows import Pull

NO_COMMIT = "0" * 40
"""Where a branch stands that is not there."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. With `dataclasses.replace` it becomes one of another actor, another run, or a re-run."""

    name: str
    payload: Mapping[str, Value]
    ref: str
    sha: str
    actor: str = "grace"
    actor_id: int = 1001
    triggering_actor: str = ""
    """Who started this attempt, where that is somebody else: a re-run keeps the rights of the actor."""
    run_id: int = 7_000_000_001
    run_number: int = 1
    run_attempt: int = 1
    head_ref: str = ""
    base_ref: str = ""
    from_fork: bool = field(default=False)

    @property
    def merge_group_base(self) -> str:
        """Give the branch that a merge group is for, '' for other events."""
        group = self.payload.get("merge_group")
        base = group.get("base_ref") if isinstance(group, Mapping) else None
        return base.removeprefix("refs/heads/") if isinstance(base, str) else ""


def push(hub: Hub, before: str, after: str, ref: str = "refs/heads/main", actor: str = "grace") -> Event:
    """Give the push that moved a ref; NO_COMMIT before is a new ref, after one that was taken away."""
    bare = hub.bare
    commits: list[Value] = []
    if NO_COMMIT not in (before, after):
        commits = [_commit(bare, one) for one in bare.between(before, after)]
    payload: dict[str, Value] = {
        "ref": ref,
        "before": before,
        "after": after,
        "created": before == NO_COMMIT,
        "deleted": after == NO_COMMIT,
        "forced": NO_COMMIT not in (before, after) and not bare.is_ancestor(before, after),
        "commits": commits,
        "head_commit": None if after == NO_COMMIT else _commit(bare, after),
        "pusher": {"name": actor},
        **_common(hub, actor),
    }
    return Event("push", payload, ref, after, actor)


def pull_request(hub: Hub, number: int, action: str = "synchronize", actor: str = "") -> Event:
    """Give what happened to a pull request, and write `refs/pull/N/merge` and `/head` as the host does.

    Raises ValueError where the branches do not merge: GitHub starts nothing then.
    """
    pull = _current(hub, number)
    actor = actor or pull.login
    merge = _merge_ref(hub.bare, pull)
    payload: dict[str, Value] = {
        "action": action,
        "number": number,
        "pull_request": _pull(hub, pull, merge),
        **_common(hub, actor),
    }
    fork = pull.head_repository != hub.repository
    ref = f"refs/pull/{number}/merge"
    return Event("pull_request", payload, ref, merge, actor, head_ref=pull.head, base_ref=pull.base, from_fork=fork)


def pull_request_target(hub: Hub, number: int, action: str = "synchronize", actor: str = "") -> Event:
    """Give the same event as the base branch is told of it: its commit, its secrets, whoever proposes."""
    told = pull_request(hub, number, action, actor)
    base, tip = told.base_ref, hub.bare.tip(told.base_ref) or NO_COMMIT
    ref = f"refs/heads/{base}"
    return Event(
        "pull_request_target",
        told.payload,
        ref,
        tip,
        told.actor,
        head_ref=told.head_ref,
        base_ref=base,
        from_fork=False,
    )


def merge_group(hub: Hub, number: int, actor: str = "github-merge-queue[bot]") -> Event:
    """Give what the merge queue asks for one pull request, over a real branch `gh-readonly-queue/…`."""
    pull = _current(hub, number)
    base_sha = hub.bare.tip(pull.base) or NO_COMMIT
    ref = f"refs/heads/gh-readonly-queue/{pull.base}/pr-{number}-{base_sha}"
    sha = _merged(hub.bare, pull, f"Merge pull request #{number}")
    hub.bare.git.run("update-ref", ref, sha)
    group: dict[str, Value] = {
        "head_sha": sha,
        "head_ref": ref,
        "base_sha": base_sha,
        "base_ref": f"refs/heads/{pull.base}",
        "head_commit": _commit(hub.bare, sha),
    }
    return Event(
        "merge_group", {"action": "checks_requested", "merge_group": group, **_common(hub, actor)}, ref, sha, actor
    )


def schedule(hub: Hub, cron: str, actor: str = "grace") -> Event:
    """Give the hour of a cron line, on the default branch."""
    return _on_default(hub, "schedule", {"schedule": cron}, actor)


def workflow_dispatch(
    hub: Hub, inputs: Mapping[str, Value] | None = None, actor: str = "grace", branch: str | None = None
) -> Event:
    """Give what a person started by hand, with what they filled in."""
    ref = f"refs/heads/{branch or hub.bare.default_branch()}"
    payload: dict[str, Value] = {"inputs": dict(inputs or {}), "ref": ref, **_common(hub, actor)}
    return Event("workflow_dispatch", payload, ref, hub.bare.commit(ref) or NO_COMMIT, actor)


def repository_dispatch(
    hub: Hub, kind: str, client_payload: Mapping[str, Value] | None = None, actor: str = "langfuse[bot]"
) -> Event:
    """Give what another system told the repository, on the default branch."""
    payload: dict[str, Value] = {
        "action": kind,
        "branch": hub.bare.default_branch(),
        "client_payload": client_payload or {},
    }
    return _on_default(hub, "repository_dispatch", payload, actor)


def _on_default(hub: Hub, name: str, payload: Mapping[str, Value], actor: str) -> Event:
    branch = hub.bare.default_branch()
    return Event(
        name, {**payload, **_common(hub, actor)}, f"refs/heads/{branch}", hub.bare.tip(branch) or NO_COMMIT, actor
    )


def _current(hub: Hub, number: int) -> Pull:
    with hub.lock:
        hub.pulls()
        return hub.pull(number)


def _common(hub: Hub, actor: str) -> dict[str, Value]:
    kind = "Bot" if actor.endswith("[bot]") else "User"
    return {"repository": _repository(hub, hub.repository), "sender": {"login": actor, "id": 1001, "type": kind}}


def _repository(hub: Hub, name: str) -> dict[str, Value]:
    owner, _, short = name.partition("/")
    return {
        "full_name": name,
        "name": short,
        "private": True,
        "fork": name != hub.repository,
        "owner": {"login": owner},
        "default_branch": hub.bare.default_branch(),
        "html_url": f"https://github.com/{name}",
    }


def _pull(hub: Hub, pull: Pull, merge: str) -> dict[str, Value]:
    head = pull.head_repository
    return {
        "number": pull.number,
        "state": pull.state,
        "title": pull.title,
        "body": pull.body,
        "draft": False,
        "merged": pull.merged_at is not None,
        "merge_commit_sha": pull.merge_commit_sha or merge,
        "user": {"login": pull.login},
        "labels": [{"name": name} for name in pull.labels],
        "html_url": f"https://github.com/{hub.repository}/pull/{pull.number}",
        "head": {"ref": pull.head, "sha": pull.head_sha, "repo": None if head is None else _repository(hub, head)},
        "base": {
            "ref": pull.base,
            "sha": hub.bare.tip(pull.base) or pull.base_sha,
            "repo": _repository(hub, hub.repository),
        },
    }


def _commit(bare: Bare, commit: str) -> dict[str, Value]:
    name, mail = bare.git.text("log", "-1", "--format=%an%n%ae", commit).split("\n")
    return {"id": commit, "message": bare.message(commit), "author": {"name": name, "email": mail}}


def _merge_ref(bare: Bare, pull: Pull) -> str:
    bare.git.run("update-ref", f"refs/pull/{pull.number}/head", pull.head_sha)
    base = bare.tip(pull.base) or pull.base_sha
    merge = _merged(bare, pull, f"Merge {pull.head_sha} into {base}")
    bare.git.run("update-ref", f"refs/pull/{pull.number}/merge", merge)
    return merge


def _merged(bare: Bare, pull: Pull, message: str) -> str:
    """Make the commit that a merge would be, on no branch."""
    who = {"NAME": "GitHub", "EMAIL": "noreply@github.com"}
    names = {f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in who.items()}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "merge"
        bare.git.run("worktree", "add", "--quiet", "--detach", str(place), bare.tip(pull.base) or pull.base_sha)
        git = Git(place, names)
        try:
            hooks = ("-c", "core.hooksPath=/dev/null")
            git.run(*hooks, "merge", "--quiet", "--no-ff", "--no-verify", "-m", message, pull.head_sha)
            return git.text("rev-parse", "HEAD")
        except GitFailed as error:
            raise ValueError(f"pull request {pull.number} cannot be merged: {error.stderr}") from error
        finally:
            bare.git.run("worktree", "remove", "--force", str(place))
