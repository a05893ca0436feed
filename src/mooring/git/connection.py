"""How does a repository of our own reach the user's remotes with the user's own settings?"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mooring.git.command import Git

_CARRIED = re.compile(
    r"(http|https|credential|url|protocol|ssh|user|author|committer|safe)\..+"
    r"|core\.(sshcommand|askpass|gitproxy)"
    r"|remote\..+\.(url|pushurl|proxy|proxyauthmethod|uploadpack|receivepack|vcs)",
    re.DOTALL,
)
_INHERITED = {"global", "system"}


@dataclass(frozen=True, slots=True)
class _Setting:
    scope: str
    key: str
    value: str


def connection_settings(repo: Git) -> dict[str, str]:
    """Give the environment in which git, run in another repository, reaches the remotes of `repo` by their names.

    It holds the URLs, proxies, headers and credential helpers of the user's repository, so secrets are in it: it
    must go through the environment only. Raises GitFailed where `repo` is no repository.
    """
    settings = tuple(_settings(repo))
    environment: dict[str, str] = {}
    # The other repository reads the user's global files too. A setting given twice is harmful (a doubled HTTP header
    # is refused), so those are left to git, unless their includes depend on which repository is asking.
    if any(s.scope in _INHERITED and s.key.startswith("includeif.") for s in settings):
        environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
    else:
        settings = tuple(s for s in settings if s.scope not in _INHERITED)
    carried = [s for s in _absolute(repo, settings) if _CARRIED.fullmatch(s.key)]
    environment["GIT_CONFIG_COUNT"] = str(len(carried))
    for position, setting in enumerate(carried):
        environment[f"GIT_CONFIG_KEY_{position}"] = setting.key
        environment[f"GIT_CONFIG_VALUE_{position}"] = setting.value
    return environment


def remote_names(repo: Git) -> tuple[str, ...]:
    """List the remotes that are configured with a URL, in the order of the configuration."""
    keys = (s.key for s in _settings(repo))
    names = (key.removeprefix("remote.").removesuffix(".url") for key in keys if re.fullmatch(r"remote\..+\.url", key))
    return tuple(dict.fromkeys(names))


def _settings(repo: Git) -> Iterator[_Setting]:
    fields = repo.run("config", "--list", "-z", "--show-scope", "--includes").decode("utf-8", "surrogateescape")
    parts = fields.split("\0")
    for scope, entry in zip(parts[::2], parts[1::2], strict=False):
        key, separator, value = entry.partition("\n")
        yield _Setting(scope, key, value if separator else "true")


def _absolute(repo: Git, settings: tuple[_Setting, ...]) -> Iterator[_Setting]:
    """A relative path as URL starts from the user's work tree, which the other repository does not have."""
    aliases = tuple(s.value for s in settings if re.fullmatch(r"url\..+\.(insteadof|pushinsteadof)", s.key, re.DOTALL))
    home: Path | None = None
    for setting in settings:
        is_url = re.fullmatch(r"remote\..+\.(url|pushurl)", setting.key, re.DOTALL)
        if not is_url or not _is_relative_path(setting.value) or setting.value.startswith(aliases):
            yield setting
            continue
        home = home or _home(repo)
        yield _Setting(setting.scope, setting.key, str((home / setting.value).resolve()))


def _is_relative_path(url: str) -> bool:
    """Git takes a URL for a path unless a colon comes before the first slash."""
    return bool(url) and ":" not in url.partition("/")[0] and not url.startswith(("/", "\\", "~"))


def _home(repo: Git) -> Path:
    found = repo.attempt("rev-parse", "--show-toplevel")
    shown = found.stdout if found.returncode == 0 else repo.run("rev-parse", "--absolute-git-dir")
    return Path(shown.decode("utf-8", "surrogateescape").removesuffix("\n"))
