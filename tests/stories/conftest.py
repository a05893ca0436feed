"""A repository with a bare remote, the installed command line, a platform, and the person who works at it."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Message
from mooring.testing.clock import ManualClock
from mooring.testing.langfuse import Langfuse
from mooring.testing.langfuse.validation import Listing
from tests.support import places
from tests.support.clones import git, sign
from tests.support.places import Channel

if TYPE_CHECKING:
    from mooring.core.report import Report
    from mooring.testing.bench import Bench


@dataclass
class Place(places.Place):
    """A place where stories are told; `names` lists all that the platform holds."""

    names: Callable[[], set[str]] = field(default=set)

    # --- what users type ----------------------------------------------------------------------------------------------

    def timeless(self, act: "Callable[[Any], Report]" = cycle.sync) -> "Report":
        """Do what a command does, with a clock that waits for nothing."""
        return act(open_session(Request(self.folder), clock=ManualClock()).run)

    def fresh(self) -> "Place":
        """Check out anew, as each CI run does: what the last one left on its disk is gone."""
        found = self.folder.with_name(f"{self.folder.name}-fresh")
        shutil.rmtree(found, ignore_errors=True)
        git(self.folder.parent, "clone", "-q", "-b", "main", "remote.git", found.name)
        sign(found)
        return replace(self, folder=found)

    # --- Git ----------------------------------------------------------------------------------------------------------

    def configure(self, *, more: str = places.ALL, target: str = "") -> None:
        self.configuration(more, target)

    def prompt(self, name: str, content: str | Artifact, labels: str = "production") -> None:
        """Write a prompt in one file."""
        artifact = Artifact(content) if isinstance(content, str) else content
        body: Any = artifact.body
        if not isinstance(body, str):
            body = [asdict(turn) if isinstance(turn, Message) else {"placeholder": turn.name} for turn in body]
        fields = {"prompt" if isinstance(body, str) else "messages": body, "config": artifact.config}
        lines = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
        self.write(f"prompts/{name}.yaml", f"labels: [{labels}]\n{lines}")

    def drop(self, *names: str) -> None:
        for name in names:
            (self.folder / f"prompts/{name}.yaml").unlink()

    def commit_prompt(self, name: str, content: str | Artifact, labels: str = "production") -> None:
        self.prompt(name, content, labels)
        self.commit()

    def archived(self) -> list[Any]:
        """Give every content of the archive, as a person reads it with git."""
        bare, ref = self.remote, "refs/mooring/acme/prod/archive"
        if not git(bare, "for-each-ref", ref):
            return []
        paths = git(bare, "ls-tree", "-r", "--name-only", ref).splitlines()
        return [json.loads(git(bare, "show", f"{ref}:{path}"))["body"] for path in paths]

    # --- the platform -------------------------------------------------------------------------------------------------

    def save(self, prompt: str, content: str | Artifact, *labels: str) -> Ref:
        """Save a version by hand."""
        artifact = Artifact(content) if isinstance(content, str) else content
        found: Ref = self.person.save(prompt, artifact, list(labels))
        return found

    def sent(self, *methods: str) -> int:
        """Count what Langfuse received by these methods so far."""
        return sum(1 for one in self.langfuse.requests if one.method in methods)


@pytest.fixture
def on_langfuse(home: Path, no_job: pytest.MonkeyPatch) -> Iterator[Place]:
    langfuse = Langfuse()

    def names() -> set[str]:
        with langfuse.opened("acme") as project:
            return {rows[0].name for rows in project.entries(Listing(page=1, limit=0))}

    with places.on_langfuse(Place, home, langfuse, no_job) as made:
        made.names = names
        made.configure()
        yield made


@pytest.fixture
def on_mlflow(
    home: Path, no_job: pytest.MonkeyPatch, mlflow_template: Path, mlflow_bench: "Callable[[str], Bench]"
) -> Place:
    made = places.on_mlflow(Place, home, mlflow_template, mlflow_bench)

    def names() -> set[str]:
        return {prompt.name for prompt in made.person.client.search_prompts(max_results=1000)}

    made.names = names
    made.configure()
    return made


@pytest.fixture(params=["langfuse", pytest.param("mlflow", marks=pytest.mark.xdist_group("mlflow"))])
def place(request: pytest.FixtureRequest) -> Place:
    """The same on each platform."""
    found: Place = request.getfixturevalue(f"on_{request.param}")
    return found


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Channel]:
    with Channel.opened() as made:
        monkeypatch.setenv("CHANNEL_URL", made.url)
        yield made
