"""Which of GitHub's traps does this repository stand in front of? Files are read, GitHub asked, nothing written."""

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mooring.core.check import Check, Health
from mooring.formats.layout import classify_paths
from mooring.git.host import Subject, host_of
from mooring.git.repository import Repository
from mooring.github.discovery import TOKENS, Place, find
from mooring.github.traps.danger import danger
from mooring.github.traps.documents import FOLDER, Workflow
from mooring.github.traps.ground import Ground, Judge, Yaml, by_file, listed, place
from mooring.github.traps.hosting import hosting
from mooring.github.traps.ledger import ledger_rules
from mooring.github.traps.proposals import proposals
from mooring.github.traps.queues import queues
from mooring.github.traps.reading import CAP, NotAWorkflow, read_workflow
from mooring.github.traps.required import required
from mooring.github.traps.rights import rights
from mooring.github.traps.settings import Settings, Unseen, unseen
from mooring.github.traps.triggers import triggers
from mooring.github.traps.usage import uses_of
from mooring.ports import Clock

JUDGES: tuple[Judge, ...] = (danger, rights, queues, triggers, required, proposals, hosting)
MOST_FILES = 200
_MOST_PATHS = 5_000
_SSH = "ssh.github.com"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at. `opens_issues`: mooring.yaml wants alerts as issues."""

    subject: Subject
    environment: Mapping[str, str]
    opens_issues: bool
    clock: Clock


def examine(scene: Scene) -> tuple[Check, ...]:
    """Name the traps, for a repository on GitHub or one with workflows; raises nothing."""
    asked = scene.subject
    url = None if asked.remote is None else _url(asked.repo, asked.remote)
    where = find(scene.environment, url)
    is_there = where is not None or _is_github(url, scene.environment)
    workflows, broken = _workflows(asked.repo.root)
    uses = tuple(use for workflow in workflows for use in uses_of(workflow))
    if not is_there and not workflows and not broken:
        return ()
    yaml = Yaml(
        None if asked.branch is None else asked.branch.removeprefix("refs/heads/"),
        _paths(asked) if _filters_paths(workflows) else (),
        pushes_ledger=asked.ledger is not None,
        opens_issues=scene.opens_issues,
    )
    matters = bool(uses) or scene.opens_issues
    ground = Ground(
        workflows, uses, yaml, _settings(scene, where, yaml) if matters else unseen(Unseen("Nothing was asked."))
    )
    found = (check for judge in JUDGES for check in judge(ground)) if is_there and matters else _of_files(ground)
    rules = [ledger_rules(asked.ledger)] if is_there and asked.ledger is not None else []
    return (*broken, *_running(ground), *found, *rules)


def _of_files(ground: Ground) -> Iterator[Check]:
    """Without GitHub itself only what files say is said."""
    if ground.uses:
        yield from (check for judge in (danger, rights, queues, triggers) for check in judge(ground))
    else:
        yield from danger(ground)


def _running(ground: Ground) -> Iterator[Check]:
    if ground.uses:
        places = listed(place(uses) for _, uses in by_file(ground.uses))
        yield Check("workflows", Health.OK, f"Mooring runs in {places}")
    else:
        message = f"No workflow below {FOLDER} runs Mooring, so nothing is synced by a merge"
        yield Check("workflows", Health.NOTE, message, "`mooring init` writes one, and leaves all other files alone.")


def _settings(scene: Scene, where: Place | None, yaml: Yaml) -> Settings:
    if where is None:
        why = f"Neither {' nor '.join(TOKENS)} holds a token for this repository"
        return unseen(Unseen(why, 'export GH_TOKEN="$(gh auth token)"'))
    from mooring.github.api import Api
    from mooring.github.traps.asking import ask

    return ask(Api(where, scene.clock), yaml.branch)


# --- the work tree ----------------------------------------------------------------------------------------------------


def _workflows(root: Path) -> tuple[tuple[Workflow, ...], tuple[Check, ...]]:
    found: list[Workflow] = []
    broken: list[Check] = []
    for path in _files(root / FOLDER):
        name = f"{FOLDER}/{path.name}"
        try:
            found.append(read_workflow(name, _bytes(path)))
        except (NotAWorkflow, OSError) as error:
            message = f"{name} was not looked at: {error.strerror if isinstance(error, OSError) else error}"
            broken.append(
                Check(
                    "workflows",
                    Health.NOTE,
                    message,
                    "GitHub runs no workflow that it cannot read: correct it, or take the file away.",
                )
            )
    return tuple(found), tuple(broken)


def _files(folder: Path) -> list[Path]:
    """Give the workflow files; GitHub looks neither into folders there nor behind symbolic links."""
    try:
        there = sorted(path for path in folder.iterdir() if path.suffix in {".yml", ".yaml"})
        return [path for path in there if stat.S_ISREG(path.lstat().st_mode)][:MOST_FILES]
    except OSError:
        return []


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(CAP + 1)


def _filters_paths(workflows: tuple[Workflow, ...]) -> bool:
    pushes = (flow.triggers.get("push") for flow in workflows)
    return any(push is not None and (push.paths is not None or push.paths_ignore is not None) for push in pushes)


def _paths(asked: Subject) -> tuple[str, ...]:
    """Give paths whose change must be synced: what is there, and what a new prompt would add."""
    inputs = asked.inputs
    prefix = f"{inputs.prompts}/" if inputs.prompts else ""
    done = asked.repo.git.attempt("ls-files", "-z", "--", inputs.prompts or ".")
    there = done.stdout.decode("utf-8", "replace").split("\0")[:_MOST_PATHS]
    prompts = classify_paths(path.removeprefix(prefix) for path in there)
    paths = (f"{prefix}{path}" for path in (*prompts, "registry.yaml", "new.yaml", "new/v1.yaml"))
    return tuple(dict.fromkeys([inputs.config, *paths]))


# --- is it GitHub? ----------------------------------------------------------------------------------------------------


def _url(repo: Repository, remote: str) -> str | None:
    done = repo.git.attempt("remote", "get-url", "--push", "--", remote)
    return done.stdout.decode("utf-8", "replace").split("\n")[0] or None


def _is_github(url: str | None, environment: Mapping[str, str]) -> bool:
    host = None if url is None else host_of(url)
    return host is not None and host in {"github.com", _SSH, host_of(environment.get("GITHUB_SERVER_URL", ""))}
