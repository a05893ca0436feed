"""Installed by others: uvx in an empty home, pre-commit in an environment of its own, and the image's own pip line."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SOURCES = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]
TARGET = "{adapter: memory, url: 'memory:///p', mode: observe, labels: [l]}"
LARGEST = 45_000_000
"""Bytes that the image's environment may take, beside Python, Debian and git."""

pytestmark = pytest.mark.packaging


def tool(name: str) -> str:
    """Find a program of the development environment, or of this machine."""
    found = shutil.which(name, path=f"{BIN}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(command, cwd=folder, env=dict(environment), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def nobody(home: Path, **more: str) -> dict[str, str]:
    """Give the environment of somebody with an empty home; where packages come from stays."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_", "HTTP"))}
    return {**kept, "HOME": str(home), "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin", **more}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """What `docker build` sees of this repository, which is what a wheel needs."""
    folder = tmp_path / "src"
    ignored = shutil.ignore_patterns("__pycache__", "tests")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            folder.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_uvx_plays_the_demo_in_an_empty_home(context: Path, tmp_path: Path) -> None:
    uv = tool("uv")
    for name in ("home", "empty"):
        (tmp_path / name).mkdir()
    environment = nobody(tmp_path / "home", UV_PYTHON=sys.executable, UV_PYTHON_DOWNLOADS="never")
    run([uv, "build", "--quiet", "--wheel", "--out-dir", tmp_path / "dist", context], tmp_path, environment)
    (wheel,) = (tmp_path / "dist").glob("mooring-*.whl")
    said = run([Path(uv).with_name("uvx"), "--from", wheel, "mooring", "demo"], tmp_path / "empty", environment)
    assert "expectations held" in said
    assert list((tmp_path / "empty").iterdir()) == []


def test_the_images_own_lines_make_a_small_environment_that_works(context: Path, tmp_path: Path) -> None:
    text = (ROOT / "config" / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"^RUN (python -m venv .*)$", text, re.MULTILINE)
    home = tmp_path / "opt"
    line = line.replace("/opt/mooring", str(home)).replace("/src", str(context))
    run(["/bin/sh", "-c", line], tmp_path, nobody(tmp_path, PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin"))
    assert not (home / "bin" / "pip").exists()
    size = sum(file.stat().st_size for file in home.rglob("*") if file.is_file() and not file.is_symlink())
    assert size < LARGEST
    assert "expectations held" in run([home / "bin" / "mooring", "demo"], tmp_path, nobody(tmp_path))


def test_pre_commit_installs_the_hook_and_looks_at_what_is_staged(context: Path, tmp_path: Path) -> None:
    program = tool("pre-commit")
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", context)
    who = {f"GIT_{role}_{part}": "a@b" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    environment = nobody(tmp_path, PRE_COMMIT_HOME=str(tmp_path / "cache"), **who)
    used = tmp_path / "used"
    used.mkdir()

    def git(folder: Path, *words: str) -> str:
        return run(["git", *words], folder, environment).strip()

    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "A release"]):
        git(context, *words)
    hook = {"repo": str(context), "rev": git(context, "rev-parse", "HEAD"), "hooks": [{"id": "mooring-validate"}]}
    files = {
        ".pre-commit-config.yaml": yaml.safe_dump({"repos": [hook]}),
        "mooring.yaml": f"version: 1\nid: a\ntargets: {{x: {TARGET}}}\n",
        "prompts/greet.yaml": "labels: [l]\nprompt: Hello\n",
    }
    (used / "prompts").mkdir()
    for name, text in files.items():
        (used / name).write_text(text, encoding="utf-8")
    git(used, "init", "-q")
    git(used, "add", ".")
    (used / "prompts" / "greet.yaml").write_text("prompt: [", encoding="utf-8")  # not staged, so it is laid aside
    assert "Passed" in run([program, "run"], used, environment)
    git(used, "add", ".")
    done = subprocess.run([program, "run"], cwd=used, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "exit code: 65" in done.stdout
    assert "prompts/greet.yaml:" in done.stdout
