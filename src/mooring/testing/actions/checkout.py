"""What does actions/checkout do? The commands of git that its version 5 gives, against the served repository."""

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.results import Conclusion
from mooring.testing.actions.site import StepContext, StepResult

_INPUTS = frozenset(
    {"ref", "token", "path", "fetch-depth", "fetch-tags", "persist-credentials", "clean", "show-progress"}
)


def checkout(context: StepContext) -> StepResult:
    """Clone the commit of the run, or `ref`, with one commit of history or `fetch-depth` of it (0: all).

    The token stays in the clone's configuration until the end of the job, unless `persist-credentials` is false.
    """
    strange = sorted(set(context.inputs) - _INPUTS)
    if strange:
        raise Invalid(f"the stand-in for actions/checkout does not know the input {strange[0]}")
    folder = context.workspace / context.inputs.get("path", "")
    folder.mkdir(parents=True, exist_ok=True)
    clone = _Clone(folder, context)
    wanted = _wanted(context)
    try:
        clone.git("init", "--quiet", str(folder))
        clone.git("remote", "add", "origin", context.site.github.git_url)
        clone.fetch(wanted, int(context.inputs.get("fetch-depth") or 1), context.inputs.get("fetch-tags") == "true")
        clone.git("checkout", "--quiet", "--force", *wanted.checkout)
        keep = context.inputs.get("persist-credentials", "true") == "true"
        if keep:
            clone.git("config", "--local", clone.header, clone.authorization)
        commit = clone.git("log", "-1", "--format=%H")
    except _GitFailed as error:
        return StepResult(lines=tuple(clone.lines), masks=(clone.basic,), error=str(error))
    clone.git("config", "--global", "--add", "safe.directory", str(folder))
    post = clone.forget if keep else None
    return StepResult({"commit": commit, "ref": wanted.ref}, {}, (), tuple(clone.lines), (clone.basic,), None, post)


class _GitFailed(Exception):
    """Git ended with an error."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A ref, the refspec that fetches it alone, and what `git checkout` is given then."""

    ref: str
    refspec: str
    checkout: tuple[str, ...]


def _wanted(context: StepContext) -> _Wanted:
    given = context.inputs.get("ref", "")
    ref, commit = (given, "") if given else (context.event.ref, context.event.sha)
    if len(ref) == 40 and set(ref) <= set("0123456789abcdef"):
        return _Wanted("", f"+{ref}", (ref,))
    if not ref.startswith("refs/"):
        bare = context.site.github.hub.bare
        ref = f"refs/heads/{ref}" if bare.tip(ref) is not None else f"refs/tags/{ref}"
    if ref.startswith("refs/heads/"):
        branch = ref.removeprefix("refs/heads/")
        local = f"refs/remotes/origin/{branch}"
        return _Wanted(ref, f"+{commit or ref}:{local}", ("-B", branch, local))
    if ref.startswith("refs/pull/"):
        local = f"refs/remotes/pull/{ref.removeprefix('refs/pull/')}"
        return _Wanted(ref, f"+{commit or ref}:{local}", (local,))
    return _Wanted(ref, f"+{commit or ref}:{ref}", (ref,))


class _Clone:
    """A clone that is being made."""

    def __init__(self, folder: Path, context: StepContext) -> None:
        token = context.inputs.get("token") or context.token
        self.folder = folder
        self.basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        self.authorization = f"AUTHORIZATION: basic {self.basic}"
        self.header = f"http.{context.site.github.url}/.extraheader"
        self.lines: list[str] = []
        self._environment = {
            "HOME": str(context.home),
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
        }

    def git(self, *arguments: str, extra: Mapping[str, str] | None = None) -> str:
        """Run git in the clone; raises _GitFailed."""
        self.lines.append(f"[command]git {' '.join(arguments)}".replace(self.basic, "***"))
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**self._environment, **(extra or {})},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        told = (done.stdout + done.stderr).decode("utf-8", "replace")
        self.lines += told.splitlines()
        if done.returncode != 0:
            raise _GitFailed(f"The process 'git' failed with exit code {done.returncode}: {told.strip()}")
        return done.stdout.decode().strip()

    def fetch(self, wanted: _Wanted, depth: int, tags: bool) -> None:  # noqa: FBT001  # an input of the action
        """Fetch what is wanted; where the depth is 0 all branches and tags, and then the commit."""
        key = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": self.header, "GIT_CONFIG_VALUE_0": self.authorization}
        whole = ("fetch", "--quiet", "--prune", "--no-recurse-submodules")
        if depth > 0:
            specs = [wanted.refspec, *(["+refs/tags/*:refs/tags/*"] if tags else [])]
            self.git(*whole, "--no-tags", f"--depth={depth}", "origin", *specs, extra=key)
            return
        everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        pull = [wanted.refspec] if wanted.ref.startswith("refs/pull/") else []
        self.git(*whole, "--no-tags", "origin", *everything, *pull, extra=key)
        self.git(*whole, "--no-prune", "--no-tags", "origin", wanted.refspec, extra=key)

    def forget(self, _: Conclusion) -> StepResult:
        """Take the token out of the clone at the end of the job."""
        self.lines = []
        try:
            self.git("config", "--local", "--unset-all", self.header)
        except _GitFailed as error:
            return StepResult(lines=(f"::warning::{error}",))
        return StepResult(lines=tuple(self.lines))
