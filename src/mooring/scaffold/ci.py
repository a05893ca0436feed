"""Which CI does a repository use?"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Ci(StrEnum):
    """The CI systems that `mooring init` writes jobs for, and all others."""

    GITHUB = "github"
    GITLAB = "gitlab"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen of a repository.

    `host` is the remote's; None: there is no remote, or it is a folder. `server` is the host of GITHUB_SERVER_URL.
    """

    host: str | None
    server: str | None
    has_github_folder: bool
    has_gitlab_file: bool


def which_ci(signs: Signs) -> Ci:
    """Tell the CI by the remote's host, else by its files; where nothing is known it is GitHub."""
    host = signs.host
    if host is not None and (host in {signs.server, "ssh.github.com"} or _names(host, "github", "ghe")):
        return Ci.GITHUB
    if host is not None and _names(host, "gitlab"):
        return Ci.GITLAB
    if signs.has_gitlab_file and not signs.has_github_folder:
        return Ci.GITLAB
    return Ci.GITHUB if host is None or signs.has_github_folder else Ci.OTHER


def _names(host: str, *products: str) -> bool:
    """Tell whether a host is called after a product: gitlab.com, gitlab.example.com, acme.ghe.com."""
    return not set(products).isdisjoint(re.split(r"[.-]", host.lower()))
