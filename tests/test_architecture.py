"""The tree keeps the promises that no linter checks: adapters are whole, files stay small, nothing is mocked."""

import ast
import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, dict[str, Any]] = {c["id"]: c for c in PYPROJECT["tool"]["importlinter"]["contracts"]}
ADAPTERS = sorted(path.name for path in (ROOT / "adapters").iterdir() if (path / "__init__.py").is_file())
PARTS = {
    f"mooring.{path.stem}"
    for path in (ROOT / "src" / "mooring").iterdir()
    if path.suffix == ".py" or (path / "__init__.py").is_file()
} - {"mooring.__init__", "mooring.__main__"}

DECIDING, ACTING, TESTING = 250, 400, 500  # lines; a table of cases may be long
TEXT = {"", ".css", ".json", ".js", ".md", ".py", ".sh", ".toml", ".txt", ".yaml", ".yml"}
MACHINE_PATH = re.compile(r"(?<![\w.*-])(?:/(?:work|root)/|/(?:home|Users)/[a-z]+/|[A-Z]:\\\\?Users)")


def ours() -> Iterator[Path]:
    """Give every file of the project, none of the environment or the caches."""
    for top in (ROOT, *(ROOT / name for name in (".ci", ".github", "adapters", "config", "docs", "src", "tests"))):
        found = top.iterdir() if top == ROOT else top.rglob("*")
        made = ("__pycache__", ".coverage")
        yield from (path for path in found if path.is_file() and not any(part.startswith(made) for part in path.parts))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = sorted(path for path in ours() if path.suffix == ".py")


# --- Adapters -------------------------------------------------------------------------------------------------------


def test_there_is_an_adapter() -> None:
    assert {"mooring_memory", "mooring_mlflow"} <= set(ADAPTERS)


def test_a_folder_in_adapters_is_an_adapter() -> None:
    folders = {p.name for p in (ROOT / "adapters").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders == set(ADAPTERS)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_shadows_no_sdk(adapter: str) -> None:
    # `adapters` itself is on the path of a development install: adapters/mlflow would hide MLflow.
    assert adapter.startswith("mooring_")


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_has_types(adapter: str) -> None:
    assert (ROOT / "adapters" / adapter / "py.typed").is_file()


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_is_registered_wherever_adapters_are_listed(adapter: str) -> None:
    tool = PYPROJECT["tool"]
    name = adapter.removeprefix("mooring_")
    assert PYPROJECT["project"]["entry-points"]["mooring.adapters"][name] == f"{adapter}:connect"
    assert adapter in tool["importlinter"]["root_packages"]
    assert adapter in tool["deptry"]["known_first_party"]
    assert adapter in CONTRACTS["loaded"]["forbidden_modules"]
    assert adapter in CONTRACTS["sight"]["source_modules"]
    assert adapter in CONTRACTS["strangers"]["modules"]


def test_an_adapter_sees_the_core_the_ports_and_the_http_client_alone() -> None:
    assert set(CONTRACTS["sight"]["forbidden_modules"]) == PARTS - {"mooring.core", "mooring.http", "mooring.ports"}


# --- Files ----------------------------------------------------------------------------------------------------------


def bound_of(name: str) -> int:
    if name.startswith(("src/mooring/core/", "src/mooring/formats/")):
        return DECIDING
    return TESTING if name.startswith("tests/") else ACTING


def test_files_stay_small() -> None:
    lines = {relative(path): path.read_bytes().count(b"\n") for path in PYTHON}
    assert {name: number for name, number in lines.items() if number > bound_of(name)} == {}


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_is_mocked() -> None:
    mock = re.compile(r"(unittest\.)?mock\b|pytest_mock\b|asynctest\b")
    assert [f"{relative(path)}: {name}" for path in PYTHON for name in imported(path) if mock.match(name)] == []


def test_a_module_opens_with_what_it_is_for() -> None:
    silent = [path for path in PYTHON if parsed(path).body and not ast.get_docstring(parsed(path))]
    assert [relative(path) for path in silent] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    named = []
    for path in ours():
        if path.suffix in TEXT:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            named += [f"{relative(path)}:{n}" for n, line in enumerate(lines, start=1) if MACHINE_PATH.search(line)]
    assert named == []


def test_everything_that_is_built_or_run_has_a_licence_and_a_changelog() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- Documents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=relative)
def test_a_links_file_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_of_the_documents_is_complete() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    pages = [p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if page != "README.md" and f"({page})" not in index] == []


def test_what_ci_runs_is_what_the_makefile_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    run = re.search(r"^for target in (.+); do$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    assert run
    workflow = (ROOT / ".github" / "workflows" / "checks.yml").read_text(encoding="utf-8")
    called = set(run[1].split()) | set(re.findall(r"run: make ([a-z]+)", workflow))
    assert {"demo", "check", "test", "wheel"} <= called <= targets


def test_foreign_actions_are_pinned_by_commit() -> None:
    for workflow in (ROOT / ".github" / "workflows").glob("*.yml"):
        for action in re.findall(r"uses: (\S+)", workflow.read_text(encoding="utf-8")):
            assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
