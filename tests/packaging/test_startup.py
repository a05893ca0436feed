"""Mooring starts fast: what a command does not need, it does not import."""

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = """\
version: 1
id: demo
branch: main
prompts: prompts/
targets:
  local: {adapter: mlflow, url: "sqlite:///mlflow.db", mode: upsert, labels: [production, fallback]}
"""
LISTING = """\
import json, sys
from mooring.cli import main
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
print(json.dumps({"code": code, "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def modules_after(*arguments: str, cwd: Path) -> set[str]:
    """Run the command line in a fresh interpreter and give the top-level modules that it left loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LISTING, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["code"] == 0, done.stdout + done.stderr
    return set(told["modules"])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config" / "demo" / "prompts", tmp_path / "prompts")
    (tmp_path / "mooring.yaml").write_text(CONFIG, encoding="utf-8")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=A", "-c", "user.email=a@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return tmp_path


def test_the_version_needs_none_of_the_heavy_modules(tmp_path: Path) -> None:
    loaded = modules_after("--version", cwd=tmp_path)
    assert "click" in loaded
    assert loaded.isdisjoint({"deepdiff", "mlflow", "requests", "rich", "subprocess", "tenacity", "yaml"})


def test_help_needs_no_network_and_no_yaml(tmp_path: Path) -> None:
    assert modules_after("--help", cwd=tmp_path).isdisjoint({"deepdiff", "mlflow", "requests", "tenacity", "yaml"})


def test_validate_imports_no_sdk_and_no_adapter(repository: Path) -> None:
    loaded = modules_after("validate", cwd=repository)
    assert "yaml" in loaded
    assert loaded.isdisjoint({"langfuse", "mlflow", "mooring_memory", "mooring_mlflow"})


def cpu_of(*command: str, cwd: Path) -> float:
    """Give the processor time of one run in seconds; unlike the clock on the wall it is our own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *command], cwd=cwd, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def test_the_version_takes_at_most_half_again_as_long_as_importing_click(tmp_path: Path) -> None:
    click = version = float("inf")
    for attempt in range(30):  # the best of several is the one that nothing disturbed
        click = min(click, cpu_of("-c", "import click", cwd=tmp_path))
        version = min(version, cpu_of("-c", "from mooring.cli import main; main()", "--version", cwd=tmp_path))
        if attempt >= 5 and version <= 1.5 * click:
            break
    assert version <= 1.5 * click
