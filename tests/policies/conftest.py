"""A repository with a remote, tied to a platform by the installed command line, and a person at the platform's side."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Ref
from mooring.testing.langfuse import Langfuse
from tests.support import places

if TYPE_CHECKING:
    from mooring.testing.bench import Bench


class Place(places.Place):
    """A place where each finding is treated as a policy says."""

    def configure(self, policy: str) -> None:
        self.configuration(f"policy: {policy}\n{places.ALL}")

    def holder(self, prompt: str, label: str) -> Ref:
        (ref,) = self.platform().look(prompt, [label]).labels[label]
        return Ref(ref)

    def text(self, prompt: str, key: str, text: str) -> None:
        """Write one version file."""
        body = "".join(f"  {line}\n" for line in text.splitlines())
        self.write(f"prompts/{prompt}/{key}.yaml", f"# {key} of {prompt}\nprompt: |\n{body}")


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
