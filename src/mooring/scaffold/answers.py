"""What was a person asked, and which repository are the answers for?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mooring.scaffold.ci import Ci

_LOCAL = re.compile(r"(sqlite|memory|file):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person was asked. `id` tells this repository from others for ever."""

    id: str
    target: str
    adapter: str
    url: str
    labels: tuple[str, ...] = ("production",)
    project: str | None = None
    """What the platform calls the project, where it could be asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the files go.

    `prefix` is the folder of mooring.yaml from the root, empty or ending in `/`. `taken` are the files that the CI
    reads and that are somebody else's, by path from the root: another mooring.yaml's, or jobs of the repository's own.
    `has_prompts` speaks of files; `serves` is how many prompts the platform serves, so far as it was asked. `remote`
    tells whether there is one to push to.
    """

    prefix: str
    branch: str
    has_prompts: bool
    ci: Ci = Ci.GITHUB
    taken: frozenset[str] = frozenset()
    serves: int = 0
    remote: bool = False


SECRETS: Mapping[str, tuple[str, ...]] = {
    "langfuse": ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"),
    "mlflow": ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"),
}
"""The variables that hold a platform's credentials, by adapter."""


def is_local(url: str) -> bool:
    """Tell whether a platform is a file or this process, which nobody else can reach."""
    return _LOCAL.match(url) is not None


def id_of(name: str) -> str:
    """Make an id of a repository's name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name.removesuffix(".git")).strip("-.")[:64]
    return plain or "prompts"


def signature(id_: str) -> str:
    """Give the sentence by which jobs that were written for a mooring.yaml are known again."""
    return f"Written by `mooring init` for {id_}."
