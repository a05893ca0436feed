"""What runs on GitLab CI: which jobs of config/gitlab/mooring.gitlab-ci.yml does `mooring init` write, and as what?"""

import re
from collections.abc import Collection
from pathlib import Path

from mooring.formats.next_version import quoted
from mooring.scaffold.answers import SECRETS, Answers, Place, is_local, signature

MAIN = ".gitlab-ci.yml"
"""The file that GitLab reads by itself."""
INCLUDED = ".gitlab/mooring.yml"
"""The jobs where that file is somebody else's, and is to include them."""
PUSHING = "MOORING_GIT_TOKEN"
"""The variable with the token that pushes the ledger and the branches of proposals."""

_FILE = "mooring.gitlab-ci.yml"
_WITHOUT_CREDENTIALS = (".mooring", "mooring-validate", "mooring-plan")
_BY_HAND = ("variables", "mooring-resolve", "mooring-rollback")
"""What a person fills in and starts: one form for a whole project, so the first mooring.yaml has it."""
_BLOCK = re.compile(r"^([.\w-]+):\n(?:(?:[ ].*)?\n)*", re.MULTILINE)


def gitlab_path(answers: Answers, place: Place) -> str:
    """Give the path of the jobs from the root: GitLab's own file, or where that is taken one for it to include."""
    if MAIN not in place.taken:
        return MAIN
    return f".gitlab/mooring-{answers.id}.yml" if INCLUDED in place.taken else INCLUDED


def gitlab_text(answers: Answers, place: Place) -> str:
    """Give the jobs; where only this machine reaches the platform, those without credentials."""
    blocks = {found[1]: found[0].rstrip("\n") for found in _BLOCK.finditer(_source().read_text(encoding="utf-8"))}
    folder = place.prefix.rstrip("/")
    kept = [name for name in blocks if not folder or name not in _BY_HAND]
    chosen = _WITHOUT_CREDENTIALS if is_local(answers.url) else kept
    text = _head(answers) + "\n\n".join(blocks[name] for name in chosen) + "\n"
    text = re.sub(r"(?<=MOORING_FOLDER: )\.(?= )", lambda _: quoted(folder) if folder else ".", text)
    text = re.sub(r"(?<=resource_group: )mooring$", f"mooring-{answers.id}", text, flags=re.MULTILINE)
    return _renamed(text, blocks, answers.id) if folder else text


def _source() -> Path:
    """Find the file to copy: in the wheel, or beside the sources of an editable install."""
    package = Path(__file__).parents[1]
    packed = package / "_config" / "gitlab" / _FILE
    return packed if packed.is_file() else package.parents[1] / "config" / "gitlab" / _FILE


def _head(answers: Answers) -> str:
    if is_local(answers.url):
        return f"# A plan on each merge request. {signature(answers.id)}\n# It wants no variables.\n\n"
    wanted = ", ".join((PUSHING, *SECRETS.get(answers.adapter, ("the platform's credentials",))))
    return (
        "# A plan on each merge request, a sync after each merge, and a look for drift by schedule.\n"
        f"# They want as variables, masked and protected: {wanted}. The plan wants none.\n"
        f"# {signature(answers.id)}\n\n"
    )


def _renamed(text: str, names: Collection[str], id_: str) -> str:
    """Name the jobs after the id: GitLab merges jobs of one name into one, whichever files they are from."""
    ours = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True) if name not in _BY_HAND)
    said = rf"(?m)(^|extends: |!reference \[)({ours})(?=:$|$|,)"
    return re.sub(said, lambda found: f"{found[1]}{found[2]}-{id_}", text)
