"""A repository with a remote, tied to a platform by the installed command line, with people at every side of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mooring.testing.github.serve import Served
from mooring.testing.github.serve import serve as serve_github
from mooring.testing.langfuse import Langfuse
from tests.support import places

if TYPE_CHECKING:
    from mooring.testing.bench import Bench


class Place(places.Place):
    """A place from where what the platform has comes into Git."""

    def adopt(self, *arguments: str) -> Any:
        """Adopt what can be, and give the report."""
        code, report = self.mooring("adopt", *arguments)
        assert code == 0, {one[1] for one in outcomes(report).values()} or report
        return report

    def begin(self, policy: str = "{}", labels: str = places.LABELS) -> None:
        """Write mooring.yaml, commit what there is, and sync it."""
        self.configure(policy, labels)
        self.commit()
        self.synced()

    def configure(self, policy: str = "{}", labels: str = places.LABELS) -> None:
        self.configuration(f"policy: {policy}\n{places.ALL}", labels=labels)

    def proposed(self) -> dict[str, str]:
        """Give the branches of proposals on the remote, without what they all begin with, and their commits."""
        return {branch.removeprefix("mooring/acme/"): commit for branch, commit in self.proposals().items()}

    def message(self, branch: str) -> str:
        """Give the message of a proposal's commit."""
        self.git("fetch", "-q", "origin", f"mooring/acme/{branch}")
        return self.git("log", "-1", "--format=%B", "FETCH_HEAD")

    def shown(self, branch: str, path: str) -> str:
        """Give a file as a proposal has it."""
        self.git("fetch", "-q", "origin", f"mooring/acme/{branch}")
        return self.git("show", f"FETCH_HEAD:{path}")

    def merge(self, *branches: str) -> None:
        """Merge proposals as their reviewers do, all of them where none is named, and delete their branches."""
        for branch in branches or self.proposed():
            self.merge_branch(f"mooring/acme/{branch}")

    def settle(self) -> int:
        """Sync twice: the second writes nothing anywhere, and nothing differs. Give the first one's writes."""
        code, report = self.mooring("sync")
        assert code == 0, {one[1] for one in outcomes(report).values()} or report
        self.settled()
        code, drift = self.mooring("drift")
        assert code == 0, drift
        writes: int = report["targets"][0]["requests"]["write"]
        return writes

    def stored(self, prompt: str, label: str = "production") -> Any:
        """Give what an app gets, with all that the platform tells of it."""
        found = self.held(prompt, label)
        assert found is not None
        return found

    def text(self, prompt: str, text: str, labels: str = "[production]") -> None:
        """Write a prompt of one file."""
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{prompt}.yaml", f"# {prompt}, as its owners like it\nprompt: |\n{body}labels: {labels}\n")


def outcomes(report: Any) -> dict[str, tuple[str | None, str]]:
    """Give what became of each address, and what is told of it."""
    found = [one for target in report["targets"] for one in target["addresses"]]
    return {f"{one['prompt']}@{one['label']}": (one["outcome"], one["note"] or "") for one in found}


@pytest.fixture(name="outcomes")
def outcomes_of() -> Callable[[Any], dict[str, tuple[str | None, str]]]:
    """Give what became of each address of a report, and why."""
    return outcomes


@pytest.fixture
def on_langfuse(home: Path, no_job: pytest.MonkeyPatch) -> Iterator[Place]:
    with places.on_langfuse(Place, home, Langfuse(), no_job) as made:
        yield made


@pytest.fixture
def on_mlflow(
    home: Path, no_job: pytest.MonkeyPatch, mlflow_template: Path, mlflow_bench: "Callable[[str], Bench]"
) -> Place:
    return places.on_mlflow(Place, home, mlflow_template, mlflow_bench)


@pytest.fixture(params=["langfuse", pytest.param("mlflow", marks=pytest.mark.xdist_group("mlflow"))])
def place(request: pytest.FixtureRequest) -> Place:
    """The same on each platform."""
    found: Place = request.getfixturevalue(f"on_{request.param}")
    return found


@pytest.fixture
def github(on_langfuse: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """Host the remote of `on_langfuse` on a fake GitHub."""
    with serve_github(on_langfuse.remote) as served:
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served
