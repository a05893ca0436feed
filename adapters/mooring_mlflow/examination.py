"""What can be seen of the way to an MLflow registry without writing to it?"""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from mooring.ports import AdapterError, Check, Denied, Health
from mooring_mlflow.registry import Missing, Registry

STRANGE = "mooring doctor %2B+ü"
"""A name that no prompt has, with what proxies like to decode twice or to replace."""

_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_TRIED = 3
_LOCAL = {"localhost", "127.0.0.1", "::1"}


def examine(registry: Registry, url: str, workspace: str | None, prompts: Sequence[str]) -> Iterator[Check]:
    """Look at a registry; `prompts` are names that live there. Raises Unreachable."""
    if url.startswith("sqlite:"):
        yield Check("connection", Health.OK, f"The registry {url}, read through the mlflow package")
        yield _identity(registry)
        said = "Who may write the file may do everything, and MLflow keeps no record of who did"
        yield Check("rights", Health.NOTE, said)
        return
    where = url if workspace is None else f"{url}, workspace {workspace}"
    yield Check("connection", Health.OK, f"The registry at {where}, asked over REST")
    yield from _encryption(url)
    yield _identity(registry)
    yield _names(registry, prompts)
    said = "What these credentials may write only a write tells: MLflow has no question for it"
    fix = "A sync needs EDIT on prompts, and pruning MANAGE; READ is enough for mode observe."
    yield Check("rights", Health.NOTE, said, fix)
    said = (
        "MLflow protects no alias: who has EDIT may move one or rewrite a version in place, and nothing tells who did"
    )
    yield Check("protection", Health.NOTE, said, "Give EDIT to the credentials of Mooring alone, and READ to people.")


def _encryption(url: str) -> Iterator[Check]:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        said = "The connection is not encrypted: login and prompts can be read and changed on the way"
        yield Check("encryption", Health.WARN, said, "Write https:// in the target's url, where the server has it.")


def _identity(registry: Registry) -> Check:
    """Tell whether the registry can be told from another one at the same address."""
    try:
        registry.born()
    except (Denied, Missing):
        said = (
            "The default experiment is hidden, so the registry is known by its address alone, whatever stands behind it"
        )
        return Check("identity", Health.WARN, said, "Let these credentials READ the default experiment (its id is 0).")
    return Check("identity", Health.OK, "The registry is known by the birth of its default experiment")


def _names(registry: Registry, prompts: Sequence[str]) -> Check:
    """Ask for odd names and see whether they arrive: those that live there, and one that nobody has."""
    odd = [name for name in prompts if not _PLAIN.fullmatch(name)][:_TRIED]
    arrived = {name: _arrives(registry, name) for name in (*odd, STRANGE)}
    bent = [repr(name) for name, well in arrived.items() if well is False]
    if bent:
        said = f"Something on the way changes names: {', '.join(bent)} did not come to the registry as it was sent"
        fix = "Let proxies pass the query as it is: neither decoded nor written anew."
        return Check("names on the way", Health.WARN, said, fix)
    if None in arrived.values():
        said = "Whether odd names survive the way cannot be seen: these credentials may not ask for them"
        return Check("names on the way", Health.NOTE, said)
    return Check("names on the way", Health.OK, "Spaces, signs and letters beyond ASCII arrive as they were sent")


def _arrives(registry: Registry, name: str) -> bool | None:
    """Tell whether a name comes to the registry as it was sent; None where nobody may know."""
    try:
        return registry.get_container(name).name == name
    except Missing:
        # The answer repeats the name that was looked for, else it would not be taken for Missing.
        return name == STRANGE
    except Denied:
        return None
    except AdapterError:
        return False
