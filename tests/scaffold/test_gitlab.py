"""Are the jobs for GitLab those of config/gitlab, and do two mooring.yaml of one project keep apart?"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mooring.scaffold import Answers, Place
from mooring.scaffold.ci import Ci
from mooring.scaffold.gitlab import INCLUDED, MAIN, gitlab_path, gitlab_text

FILE = Path(__file__).parents[2] / "config" / "gitlab" / "mooring.gitlab-ci.yml"
HERE = Place("", "main", has_prompts=True, ci=Ci.GITLAB)
BELOW = Place("services/shop/", "main", has_prompts=True, ci=Ci.GITLAB, taken=frozenset({MAIN, INCLUDED}))
BY_HAND = {"variables", "mooring-resolve", "mooring-rollback"}


class Loader(yaml.SafeLoader):
    """Reads GitLab's own tag as the list that it stands on."""


def reference(loader: Loader, node: yaml.SequenceNode) -> list[Any]:
    found: list[Any] = loader.construct_sequence(node)
    return found


Loader.add_constructor("!reference", reference)


def read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, Loader)  # noqa: S506  # a safe loader with one more tag
    return found


def answers(url: str = "https://platform.example.com") -> Answers:
    return Answers("acme", "prod", "mlflow", url)


def test_the_jobs_are_those_of_the_file_to_copy() -> None:
    copied, written = read(FILE.read_text(encoding="utf-8")), read(gitlab_text(answers(), HERE))
    assert list(written) == list(copied)
    assert written["mooring-sync"].pop("resource_group") == "mooring-acme"
    assert copied["mooring-sync"].pop("resource_group") == "mooring"
    assert written == copied


def test_a_second_mooring_yaml_has_jobs_of_its_own_in_its_folder() -> None:
    first, second = read(gitlab_text(answers(), HERE)), read(gitlab_text(answers(), BELOW))
    assert set(second) == {f"{name}-acme" for name in set(first) - BY_HAND}
    assert second[".mooring-acme"]["variables"]["MOORING_FOLDER"] == "services/shop"
    extended = {job["extends"] for job in second.values() if "extends" in job}
    assert extended == {".mooring-acme", ".mooring-pushing-acme"}
    assert second[".mooring-pushing-acme"]["before_script"][0] == [".mooring-acme", "before_script"]
    for name, job in second.items():
        assert job.get("script") == first[name.removesuffix("-acme")].get("script")


def test_where_only_this_machine_reaches_the_platform_no_job_asks_it() -> None:
    text = gitlab_text(answers("sqlite:///mlflow.db"), HERE)
    assert set(read(text)) == {".mooring", "mooring-validate", "mooring-plan"}
    assert "MOORING_GIT_TOKEN" not in text


@pytest.mark.parametrize(
    ("taken", "path"),
    [
        (set(), ".gitlab-ci.yml"),
        ({MAIN}, ".gitlab/mooring.yml"),
        ({MAIN, INCLUDED}, ".gitlab/mooring-acme.yml"),
    ],
)
def test_jobs_never_go_into_somebody_elses_file(taken: set[str], path: str) -> None:
    assert gitlab_path(answers(), Place("", "main", has_prompts=True, taken=frozenset(taken))) == path
