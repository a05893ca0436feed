"""What is seen of a repository before `mooring init` writes: its name, its CI, its branch, and what is taken?"""

from collections.abc import Collection, Iterator
from pathlib import Path

from mooring.git.host import host_of
from mooring.git.repository import Repository
from mooring.scaffold.answers import Place, id_of, signature
from mooring.scaffold.ci import Ci, Signs, which_ci
from mooring.scaffold.github import PLAIN as WORKFLOW
from mooring.scaffold.gitlab import INCLUDED, MAIN


def name_of(repo: Repository) -> str:
    """Give an id made of what the remote calls the repository, else of its folder's name."""
    return id_of(_remote(repo).rstrip("/").replace(":", "/").rpartition("/")[2] or repo.root.name)


def place_of(repo: Repository, id_: str, siblings: Collection[str], server: str) -> Place:
    """See where the files of `id_` go; `siblings` are the other mooring.yaml, `server` is GITHUB_SERVER_URL."""
    prompts = repo.root / repo.prefix / "prompts"
    return Place(
        repo.prefix,
        _branch(repo),
        prompts.is_dir() and any(prompts.iterdir()),
        _ci(repo, server),
        frozenset(_taken(repo.root, id_, siblings)),
        remote=bool(_remote(repo)),
    )


def _ci(repo: Repository, server: str) -> Ci:
    has_github, has_gitlab = (repo.root / ".github").is_dir(), (repo.root / MAIN).is_file()
    return which_ci(Signs(host_of(_remote(repo)), host_of(server), has_github, has_gitlab))


def _taken(root: Path, id_: str, siblings: Collection[str]) -> Iterator[str]:
    """List what is somebody else's. A plain name is the first mooring.yaml's, whether its jobs are written or not."""
    for path in (WORKFLOW, INCLUDED):
        if siblings and not _is_ours(root / path, id_):
            yield path
    if (root / MAIN).exists() and not _is_ours(root / MAIN, id_):
        yield MAIN


def _is_ours(place: Path, id_: str) -> bool:
    try:
        return signature(id_) in place.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _remote(repo: Repository) -> str:
    return _answer(repo, "config", "--get", "remote.origin.url")


def _branch(repo: Repository) -> str:
    """Give the remote's default branch, else the current one."""
    followed = _answer(repo, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    return followed or _answer(repo, "symbolic-ref", "--quiet", "--short", "HEAD") or "main"


def _answer(repo: Repository, *question: str) -> str:
    return repo.git.attempt(*question).stdout.decode("utf-8", "replace").strip()
