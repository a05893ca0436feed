"""How does git itself reach the fake? By git's own server program, behind the tokens' right to the contents."""

import base64
import binascii
import functools
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Contents(StrEnum):
    """What a token may do with the repository's contents, as workflows write it under `permissions`."""

    NONE = "none"
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of git's: `rest` is the path below the repository, without a slash."""

    verb: str
    rest: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What git is answered."""

    status: int
    kind: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Door:
    """A bare repository behind tokens. It is private: nobody reads it without one."""

    folder: Path
    name: str
    tokens: dict[str, Contents]
    logins: dict[str, str] = field(default_factory=dict[str, str])

    def rest_of(self, path: str) -> str | None:
        """Give what of a path is below the repository as git asks for it, None where the path is none of git's."""
        for base in (f"/{self.name}.git/", f"/{self.name}/"):
            rest = path.removeprefix(base)
            if rest != path and rest in {"info/refs", "git-upload-pack", "git-receive-pack"}:
                return rest
        return None

    def answer(self, ask: Ask) -> Reply:
        """Serve, or refuse in the host's words."""
        token = _token(ask.headers)
        right = self.tokens.get(token)
        if token == "":
            return _refused(401, "No anonymous read access.")
        if right is None:
            return _refused(401, "Invalid username or token.")
        if right is Contents.NONE:
            return _refused(404, "Repository not found.")
        login = self.logins.get(token, "github-actions[bot]")
        if "git-receive-pack" in (ask.rest, ask.query.removeprefix("service=")) and right is not Contents.WRITE:
            return _refused(403, f"Permission to {self.name}.git denied to {login}.")
        return _served(self.folder, ask, login)


def _token(headers: Mapping[str, str]) -> str:
    """Give the password of basic authentication, or a bearer's token; '' where there is neither."""
    scheme, _, rest = headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return rest.strip()
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return "unreadable"


def _refused(status: int, message: str) -> Reply:
    headers = {"www-authenticate": 'Basic realm="GitHub"'} if status == 401 else {}
    return Reply(status, "text/plain", headers, message.encode())


def _served(folder: Path, ask: Ask, login: str) -> Reply:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH_INFO": f"/{folder.name}/{ask.rest}",
        "QUERY_STRING": ask.query,
        "REQUEST_METHOD": ask.verb,
        "REMOTE_USER": login,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": ask.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(ask.body)),
        "HTTP_CONTENT_ENCODING": ask.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": ask.headers.get("git-protocol", ""),
    }
    done = subprocess.run([_backend()], input=ask.body, env=environment, capture_output=True, check=False)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
    status = int(headers.pop("status", "200" if done.returncode == 0 else "500").split()[0])
    headers.pop("content-length", None)
    return Reply(status, headers.pop("content-type", "text/plain"), headers, body)


@functools.cache
def _backend() -> str:
    done = subprocess.run(["git", "--exec-path"], capture_output=True, check=True)
    return str(Path(done.stdout.decode().strip()) / "git-http-backend")
