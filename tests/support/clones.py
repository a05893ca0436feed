"""Which clone does a test work in? One with a bare remote beside it, copied rather than made."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PERSON = ("A Person", "a@example.org")
BRANCH = "refs/heads/main"


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make(folder: Path) -> None:
    """Make a clone and its bare remote below a folder, both empty. A copy of both costs less than making them."""
    make_alone(folder)
    git(folder, "init", "-q", "--bare", "-b", "main", "remote.git")
    git(folder / "clone", "remote", "add", "origin", "../remote.git")


def make_alone(folder: Path) -> None:
    """Make an empty repository below a folder, which has no remote."""
    git(folder, "init", "-q", "-b", "main", "clone")
    sign(folder / "clone")


def sign(clone: Path, person: tuple[str, str] = PERSON) -> None:
    """Say who works in a clone."""
    with (clone / ".git/config").open("a", encoding="utf-8") as config:
        config.write(f"[user]\n\tname = {person[0]}\n\temail = {person[1]}\n")


@dataclass
class Clone:
    """A person's clone, with its remote beside it where it has one."""

    folder: Path

    @property
    def remote(self) -> Path:
        return self.folder.parent / "remote.git"

    def git(self, *arguments: str) -> str:
        return git(self.folder, *arguments)

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def commit(self, message: str = "change") -> str:
        """Commit all there is, push it to the branch main of the remote, and give the commit."""
        before = tip(self.folder / ".git", "HEAD")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        made = tip(self.folder / ".git", "HEAD")
        assert made is not None
        if self.remote.is_dir():
            if tip(self.remote, BRANCH) in {None, before}:
                hand_over(self.folder / ".git", self.remote, made)
            else:
                self.git("push", "-q", "origin", f"HEAD:{BRANCH}")
        return made

    def refs(self) -> str:
        """Every ref of the remote with its object: equal before and after means that nothing was written."""
        return git(self.remote, "for-each-ref")


def tip(repository: Path, ref: str) -> str | None:
    """Give the commit of a ref, None where there is none, without a process."""
    file = repository / ref
    text = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    if text.startswith("ref: "):
        return tip(repository, text.removeprefix("ref: "))
    packed = repository / "packed-refs"
    if not text and packed.is_file():
        rows = (line.split(" ") for line in packed.read_text(encoding="utf-8").splitlines())
        text = next((row[0] for row in rows if row[1:] == [ref]), "")
    return text or None


def hand_over(ours: Path, remote: Path, commit: str) -> None:
    """Do what a push of a fast-forward to main does, of which `commit` is the new end: a push costs six processes."""
    for source in (ours / "objects").glob("*/*"):
        target = remote / source.relative_to(ours)
        if source.parent.name != "info" and not target.exists():
            target.parent.mkdir(exist_ok=True)
            target.hardlink_to(source)
    for ref in (remote / BRANCH, ours / "refs/remotes/origin/main"):
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(f"{commit}\n", encoding="utf-8")


def copy(template: Path, folder: Path) -> Path:
    """Copy a clone and its remote into a folder, and give the clone."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return folder / "clone"
