"""What must be installed for this repository, and under which key is it cached? Runs before anything is installed.

Only the standard library is there, so mooring.yaml is read as text: a word too many only installs more than is used.
"""

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

EXTRAS = ("alerts", "langfuse", "mlflow")
"""Those with a lock beside this file; what every job needs is in base.txt."""

_COMMENT = re.compile(r"(^|\s)#.*")
_APPRISE = re.compile(r"\bnotify[\"']?\s*:\s*+[\"']?+(?!github\b)\S")
_EMBEDDED = re.compile(r"[\"'\s](sqlite|file):", re.IGNORECASE)
_SOURCE = ("pyproject.toml", "README.md", "src", "adapters", "config")


def extras_of(config: str, command: str) -> tuple[str, ...]:
    """Give the extras that a config and a command ask for."""
    config = _COMMENT.sub("", config)
    found = {
        "alerts": _APPRISE.search(config) is not None,
        "langfuse": command == "doctor" and "langfuse" in config,
        "mlflow": _EMBEDDED.search(config) is not None,
    }
    return tuple(name for name in EXTRAS if found[name])


def chosen(asked: str, config: str, command: str) -> tuple[str, ...]:
    """Give the extras that the input `extras` names, those that the config needs where it says `auto`."""
    if asked.strip() in {"", "auto"}:
        return extras_of(config, command)
    named = tuple(sorted(set(asked.replace(",", " ").split())))
    unknown = [name for name in named if name not in EXTRAS]
    if unknown:
        sys.exit(f"::error title=mooring::There is no extra {unknown[0]!r}; there are {', '.join(EXTRAS)}.")
    return named


def key_of(action: Path, extras: tuple[str, ...]) -> str:
    """Give the same for the same source, locks, extras and Python alone."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.executable}\n{','.join(extras)}\n".encode())
    for path in _files(action):
        digest.update(f"{path.relative_to(action).as_posix()}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return f"mooring-{platform.system()}-{platform.machine()}-{digest.hexdigest()[:32]}"


def _files(action: Path) -> Iterator[Path]:
    for name in _SOURCE:
        place = action / name
        found = [place] if place.is_file() else place.rglob("*")
        yield from sorted(one for one in found if one.is_file() and "__pycache__" not in one.parts)


def _memory(folder: Path) -> str:
    """Give where Mooring remembers what it read of the platforms; '' where no repository is.

    From the workspace, as a cache is found again only under the path that it was saved under.
    """
    command = ["git", "-C", str(folder), "rev-parse", "--path-format=absolute", "--git-common-dir"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return os.path.relpath(f"{done.stdout.strip()}/mooring/live.sqlite") if done.returncode == 0 else ""


def main() -> None:
    """Write the outputs of this step."""
    folder = Path(os.environ.get("INPUT_WORKING_DIRECTORY") or ".")
    try:
        config = (folder / (os.environ.get("INPUT_CONFIG") or "mooring.yaml")).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        config = ""  # the command says what is wrong with it
    extras = chosen(os.environ.get("INPUT_EXTRAS", ""), config, os.environ.get("INPUT_COMMAND", ""))
    told = {
        "extras": " ".join(extras),
        "key": key_of(Path(os.environ["GITHUB_ACTION_PATH"]), extras),
        "memory": _memory(folder),
    }
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
        file.write("".join(f"{name}={value}\n" for name, value in told.items()))


if __name__ == "__main__":
    main()
