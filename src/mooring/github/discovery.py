"""Which repository on GitHub is this, and with which token may it be asked?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mooring.git.host import host_of

TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
"""The variables that may hold a token; the first that does counts, as with GitHub's own `gh`."""

_SERVER = "https://github.com"
_SSH_HOSTS = {"ssh.github.com": "github.com"}
"""GitHub's ssh on port 443 (docs.github.com: Using SSH over the HTTPS port)."""
_REPOSITORY = re.compile(r"(?!\.{1,2}/)[A-Za-z0-9._-]+/(?!\.{1,2}$)[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, `owner/name`, behind an API. The token is never shown."""

    api: str
    repository: str
    token: str = field(repr=False)


def token_of(environment: Mapping[str, str]) -> str | None:
    """Give the token that the environment holds, None where there is none that could be sent."""
    found = next((environment[name].strip() for name in TOKENS if environment.get(name, "").strip()), None)
    return found if found is not None and found.isascii() and found.isprintable() and " " not in found else None


def find(environment: Mapping[str, str], remote_url: str | None) -> Place | None:
    """Give the repository that the remote's URL names on the server that the token is for.

    That server is GITHUB_SERVER_URL, or github.com. GITHUB_REPOSITORY stands in where the URL names no host (a folder,
    an alias of ssh), never for another host: a pull request belongs where its branch was pushed to.
    """
    token = token_of(environment)
    if token is None:
        return None
    server = environment.get("GITHUB_SERVER_URL", "").rstrip("/") or _SERVER
    host = host_of(remote_url) if remote_url else None
    repository = ""
    if host is not None and _SSH_HOSTS.get(host, host) == host_of(server):
        repository = _named_by(remote_url or "")
    elif host is None or "." not in host:  # an alias in ~/.ssh/config has no dot; a server on the internet has one
        repository = environment.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        return None
    return Place(_api(environment, server), repository, token)


def _named_by(url: str) -> str:
    path = urlsplit(url).path if "://" in url else url.partition(":")[2]
    return path.strip("/").removesuffix(".git")


def _api(environment: Mapping[str, str], server: str) -> str:
    stated = environment.get("GITHUB_API_URL", "").rstrip("/")
    if stated:
        return stated
    parts = urlsplit(server)
    host = parts.hostname or ""
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{parts.scheme}://{parts.netloc}/api/v3"
