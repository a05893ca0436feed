"""How does the ledger's own repository reach the remote just as the user's git would?

The cache is a repository of its own, so it lacks the user's settings: they are handed over through the environment,
where neither `ps` nor a log shows the tokens that they hold.
"""

import os
import re
import shutil
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mooring.git.command import Git, GitFailed
from mooring.ports import LedgerUnreadable

Setting = tuple[str, str]

_HANDED_OVER = re.compile(r"(http|credential|url|protocol|ssh)\.|core\.(sshcommand|askpass|gitproxy)$")
_OF_REMOTE = ("proxy", "proxyauthmethod", "uploadpack", "receivepack", "vcs")
_USERINFO = re.compile(r"(?<=://)[^/\s@']+@")


@dataclass(frozen=True, slots=True)
class Connection:
    """A cache repository that is ready to talk to one remote.

    `remote` is what git is told: a remote's name, or the path of the user's own repository. `place` says it for
    people, `author` is `Name <mail>`; `secrets` are texts that no message may hold.
    """

    git: Git
    cache: Path
    remote: str
    own: str
    """The user's own repository (the folder that linked worktrees share)."""
    place: str
    author: str
    null: str
    """The object id that stands for none."""
    secrets: tuple[str, ...]

    def redact(self, text: str) -> str:
        """Take every secret out of what git said."""
        text = _USERINFO.sub("***@", text)
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    @property
    def is_own(self) -> bool:
        """Tell whether the user's own repository plays the remote."""
        return self.remote == self.own


def connect(repository: Path, remote: str) -> Connection:
    """Make the cache where it is missing and gather the settings; raises LedgerUnreadable."""
    user = Git(repository)
    try:
        told = user.text(
            "rev-parse", "--path-format=absolute", "--git-common-dir", "--show-object-format", "--show-cdup"
        )
        # A bare repository prints no third line.
        common, object_format, up = (*told.split("\n"), "")[:3]
        settings = _settings(user)
        cache = Path(common) / "mooring" / "ledger.git"
        if not (cache / "HEAD").is_file():
            _make(cache, object_format)
        # Relative URLs and keys in settings start from the top of the user's working tree, so git runs there.
        top = (repository / up).resolve()
        # Without those of GIT_CONFIG_*: our own take their place there.
        known = _settings(Git(top, {"GIT_DIR": str(cache), "GIT_CONFIG_COUNT": "0"}))
    except GitFailed as error:
        raise LedgerUnreadable(
            f"The ledger is kept in Git, and git cannot open {repository}: {error.stderr}"
        ) from error
    except OSError as error:
        raise LedgerUnreadable(f"The ledger's cache below {repository} cannot be made: {error}") from error
    name = _remote_name(settings, remote)
    passed = [*_difference([s for s in settings if _HANDED_OVER.match(s[0])], known)]
    passed += [] if name is None else _remote_settings(settings, name)
    return Connection(
        git=Git(top, {"GIT_DIR": str(cache), **_environment([*_own_settings(settings), *passed])}),
        cache=cache,
        remote=common if name is None else name,
        own=common,
        place=_place(settings, name, repository),
        author=_author(settings),
        null="0" * (64 if object_format == "sha256" else 40),
        secrets=tuple(_secrets(settings)),
    )


def author(repository: Path) -> str:
    """Give `Name <mail>` of whoever git takes us for in a folder, and `mooring` where it does not know."""
    try:
        return _author(_settings(Git(repository)))
    except GitFailed:
        return _author([])


def _settings(git: Git) -> list[Setting]:
    listed = git.run("config", "--list", "-z").decode("utf-8", "surrogateescape")
    split = (entry.partition("\n") for entry in listed.split("\0") if entry)
    return [(key, value if separator else "true") for key, separator, value in split]


def _make(cache: Path, object_format: str) -> None:
    # Made beside and renamed, so that two runs at once never see half of a repository.
    draft = cache.with_name(f"{cache.name}.{uuid.uuid4().hex}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    Git(draft.parent).run("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", str(draft))
    try:
        draft.rename(cache)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not (cache / "HEAD").is_file():
            raise


def _remote_name(settings: Sequence[Setting], wanted: str) -> str | None:
    """Give the remote to talk to, None where the repository has none at all; raises LedgerUnreadable."""
    names = sorted({key[len("remote.") : -len(".url")] for key, _ in settings if re.fullmatch(r"remote\..+\.url", key)})
    if not names:
        return None
    if wanted not in names:
        raise LedgerUnreadable(
            f"The ledger is kept in the remote {wanted!r}, which this repository does not have (it has "
            f"{', '.join(names)}). Name the one to use in mooring.yaml: `ledger: {{remote: {names[0]}}}`."
        )
    return wanted


def _remote_settings(settings: Sequence[Setting], name: str) -> list[Setting]:
    chosen: list[Setting] = []
    for key in ("url", "pushurl"):
        values: list[str] = []
        for found, value in settings:
            if found == f"remote.{name}.{key}":
                values = [*values, value] if value else []
        # git pushes to every URL there is; compare-and-swap has a meaning on one of them only.
        chosen += [(f"remote.{name}.{key}", value) for value in values[:1]]
    others = {f"remote.{name}.{key}" for key in _OF_REMOTE}
    return chosen + [(key, value) for key, value in settings if key in others]


def _difference(wanted: Sequence[Setting], known: Sequence[Setting]) -> list[Setting]:
    """Give what the cache does not see anyway: a header that is set twice is sent twice, and refused."""
    seen = Counter(known)
    missing: list[Setting] = []
    for setting in wanted:
        if seen[setting]:
            seen[setting] -= 1
        else:
            missing.append(setting)
    return missing


def _own_settings(settings: Sequence[Setting]) -> list[Setting]:
    own = [("core.hookspath", os.devnull), ("gc.autodetach", "false")]
    if not any(key.startswith("http.lowspeed") for key, _ in settings):
        own += [("http.lowspeedlimit", "1"), ("http.lowspeedtime", "30")]
    return own


def _environment(settings: Sequence[Setting]) -> dict[str, str]:
    environment = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def _place(settings: Sequence[Setting], name: str | None, repository: Path) -> str:
    if name is None:
        return f"the repository {repository}"
    url = dict(_remote_settings(settings, name)).get(f"remote.{name}.url", "")
    return f"the remote {name} ({_USERINFO.sub('', url)})"


def _author(settings: Sequence[Setting]) -> str:
    """As git does: what the environment says counts before what is configured."""
    known = dict(settings)

    def told(part: str) -> str:
        said = os.environ.get(f"GIT_AUTHOR_{part.upper()}") or known.get(f"author.{part}") or known.get(f"user.{part}")
        return _plain(said or "")

    name, mail = told("name") or "mooring", told("email") or "mooring@localhost"
    return f"{name} <{mail.replace(' ', '')}>"


def _plain(text: str) -> str:
    return re.sub(r"[<>\s\0]+", " ", text).strip()


def _secrets(settings: Sequence[Setting]) -> list[str]:
    found: set[str] = set()
    for key, value in settings:
        if key.startswith("http.") and key.endswith(".extraheader"):
            found.update({value, value.partition(":")[2].strip(), *value.split()[1:]})
        for url in re.findall(r"https?://[^\s]+", f"{key} {value}"):
            userinfo = urlsplit(url).netloc.rpartition("@")[0]
            for part in (userinfo, *userinfo.split(":")):
                found.update({part, unquote(part)})
    # Shorter ones are words such as `git` or `Bearer`, which messages need.
    return sorted((secret for secret in found if len(secret) >= 8), key=len, reverse=True)
