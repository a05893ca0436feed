"""What does a repository need to begin? The files that `mooring init` writes, and never over others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mooring import __version__
from mooring.formats.next_version import quoted, starter

EXAMPLE = "hello"
WORKFLOW = ".github/workflows/mooring.yml"
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
    """Where the files go. `prefix` is the folder of mooring.yaml from the root, empty or ending in `/`."""

    prefix: str
    branch: str
    has_prompts: bool


@dataclass(frozen=True, slots=True)
class Written:
    """Paths from the root: what was written, and what was there already and is as it was."""

    new: tuple[str, ...]
    kept: tuple[str, ...]


def scaffold(answers: Answers, place: Place) -> Mapping[str, str]:
    """Give the files of a beginning by their path from the root."""
    files = {f"{place.prefix}mooring.yaml": config_text(answers)}
    if not place.has_prompts:
        files |= {
            f"{place.prefix}prompts/{EXAMPLE}/v1.yaml": starter(EXAMPLE),
            f"{place.prefix}prompts/registry.yaml": _registry(answers),
        }
    return files | {WORKFLOW: workflow_text(answers, place)}


def write_missing(root: Path, files: Mapping[str, str]) -> Written:
    """Write the files that are not there yet; raises OSError."""
    new: list[str] = []
    for path, text in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            with place.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            continue
        new.append(path)
    return Written(tuple(new), tuple(path for path in files if path not in new))


def id_of(name: str) -> str:
    """Make an id of a repository's name."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name.removesuffix(".git")).strip("-.")[:64]
    return plain or "prompts"


def config_text(answers: Answers) -> str:
    """Give the text of mooring.yaml."""
    labels = ", ".join(quoted(label) for label in answers.labels)
    pinned = quoted(answers.project or "")
    project = (
        f"    project: {pinned}   # another project behind the credentials stops the run\n" if answers.project else ""
    )
    return f"""\
version: 1
id: {quoted(answers.id)}   # who this repository is, on platforms and in the ledger; never change it
prompts: prompts/
targets:
  {quoted(answers.target)}:
    adapter: {quoted(answers.adapter)}
    url: {quoted(answers.url)}
    {_CREDENTIALS.get(answers.adapter, _NO_CREDENTIALS)}
{project}    mode: observe          # writes nothing; `upsert` lets sync write
    labels: [{labels}]   # managed here; all other labels are left alone
policy:
  platform_ahead: block    # somebody serves what was never reviewed: block | alert | adopt | revert
  relabelled: alert        # somebody moved a label to other reviewed content: alert | block
  missing: block           # somebody removed it: block | alert | revert
  prune: report            # Git no longer declares it: report | retire | delete
# alerts:                  # whom to tell of what a sync or a look for drift finds
#   - notify: env:SLACK_URL   # an Apprise URL, in the jobs' `env`; needs mooring[alerts]
#     labels: [{labels}]
#   - notify: github          # an issue for each incident; the jobs need issues: write
"""


def _registry(answers: Answers) -> str:
    lines = "".join(f"  {quoted(label)}: v1\n" for label in answers.labels)
    return f"# Which version does each label serve?\n{EXAMPLE}:\n{lines}"


def is_local(url: str) -> bool:
    """Tell whether a platform is a file or this process, which nobody else can reach."""
    return _LOCAL.match(url) is not None


def workflow_text(answers: Answers, place: Place) -> str:
    """Give a GitHub workflow: a plan on pull requests, and where the platform can be reached, sync and drift."""
    local = is_local(answers.url)
    env = _ENV + _SECRETS.get(answers.adapter, "")
    text = _HEAD.format(
        branch=place.branch,
        folder=f"\ndefaults:\n  run:\n    working-directory: {quoted(place.prefix)}\n" if place.prefix else "",
        version=__version__,
        schedule="" if local else '  schedule:\n    - cron: "23 * * * *"\n',
    )
    return text if local else text + _JOBS.format(version=__version__, env=env)


_NO_CREDENTIALS = "# credentials: {token: env:NAME}   # from the environment; a secret in this file is refused"
_CREDENTIALS: Mapping[str, str] = {
    "langfuse": "credentials: {public_key: env:LANGFUSE_PUBLIC_KEY, secret_key: env:LANGFUSE_SECRET_KEY}",
}

_ENV = """\
    env:
      GITHUB_TOKEN: ${{ github.token }}
"""
_SECRETS: Mapping[str, str] = {
    "langfuse": """\
      LANGFUSE_PUBLIC_KEY: ${{ secrets.LANGFUSE_PUBLIC_KEY }}
      LANGFUSE_SECRET_KEY: ${{ secrets.LANGFUSE_SECRET_KEY }}
""",
    "mlflow": """\
      MLFLOW_TRACKING_USERNAME: ${{ secrets.MLFLOW_TRACKING_USERNAME }}
      MLFLOW_TRACKING_PASSWORD: ${{ secrets.MLFLOW_TRACKING_PASSWORD }}
""",
}

_STEPS = """\
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0   # who moved is read from the history
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install "mooring=={version}"
"""

_HEAD = (
    """\
# A plan on each pull request, a sync after each merge, a look for drift every hour. Written by `mooring init`.
# The jobs open pull requests where Settings, Actions, General, Workflow permissions allows it; else they push branches.
name: mooring
on:
  pull_request:
  push:
    branches: [{branch}]
{schedule}{folder}
permissions:
  contents: read

jobs:
  plan:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    steps:
"""
    + _STEPS
    + """\
      - run: mooring validate
      - run: mooring plan --offline -o text -o md="$GITHUB_STEP_SUMMARY"
"""
)

_JOBS = (
    """\

  sync:
    if: github.event_name == 'push'
    runs-on: ubuntu-latest
    permissions:
      contents: write        # the ledger, under refs/mooring, and the branches of proposals
      pull-requests: write   # what was moved by hand is proposed to Git
    concurrency: mooring-sync
{env}    steps:
"""
    + _STEPS
    + """\
      - run: mooring sync -o text -o md="$GITHUB_STEP_SUMMARY"

  drift:
    if: github.event_name == 'schedule'
    runs-on: ubuntu-latest
    permissions:
      contents: write        # what was told, and the branches of proposals
      pull-requests: write
{env}    steps:
"""
    + _STEPS
    + """\
      - run: mooring drift -o text -o md="$GITHUB_STEP_SUMMARY"
      - if: success() || failure()   # drift fails when somebody moved, and then there is something to propose
        run: mooring adopt --by-policy -o text -o md="$GITHUB_STEP_SUMMARY"
"""
)
