"""With which identity and which credential does git work in this job?

Both are handed over by variables that only this process has (https://git-scm.com/docs/git-config, GIT_CONFIG_COUNT):
the token stands in no file, so that `persist-credentials: false` can be told to actions/checkout.
"""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mooring.git.command import Git, GitFailed

_REMOTE = "origin"


def identity(author: tuple[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables by which git signs as whoever started the job; what a workflow set itself stays."""
    name, mail = author
    wanted = {"NAME": name, "EMAIL": mail}
    return {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in wanted.items()
        if not environment.get(f"GIT_{role}_{part}")
    }


def credential(folder: Path, token: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables by which git logs in to the host that the token is for, none where it has a login already."""
    server = environment.get("GITHUB_SERVER_URL", "").rstrip("/")
    git = Git(folder)
    try:
        url = git.attempt("remote", "get-url", "--push", _REMOTE).stdout.decode("utf-8", "replace").strip()
        if not token or not _is_on(server, url):
            return {}
        # Two headers of the same kind, and GitHub answers 400.
        if git.attempt("config", "--get-urlmatch", "http.extraheader", url).returncode == 0:
            return {}
    except GitFailed:
        return {}
    count = environment.get("GIT_CONFIG_COUNT", "")
    place = int(count) if count.isdigit() else 0
    login = b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        f"GIT_CONFIG_KEY_{place}": f"http.{server}/.extraheader",
        f"GIT_CONFIG_VALUE_{place}": f"AUTHORIZATION: basic {login}",
        "GIT_CONFIG_COUNT": str(place + 1),
    }


def _is_on(server: str, url: str) -> bool:
    """Tell whether a remote is on the server, port and scheme included; user and password do not matter."""
    wanted, found = urlsplit(server), urlsplit(url)
    if wanted.scheme not in {"http", "https"}:
        return False
    return (wanted.scheme, wanted.hostname, wanted.port) == (found.scheme, found.hostname, found.port)
