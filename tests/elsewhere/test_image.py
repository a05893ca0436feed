"""config/deploy/Dockerfile, read: small, for nobody in particular, from a base that cannot change."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / "config" / "deploy" / "Dockerfile"


def instructions() -> Iterator[tuple[str, str]]:
    """Give each instruction with its argument on one line; comments are gone."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").split("\n"):
        word, _, rest = line.partition(" ")
        yield word, " ".join(rest.split())


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def test_both_stages_stand_on_one_base_of_known_bytes() -> None:
    bases = [rest.partition(" AS ")[0] for word, rest in instructions() if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+@sha256:[0-9a-f]{64}", bases[0])


def test_what_runs_is_nobody_and_has_git_but_nothing_to_build_with() -> None:
    last = dict(stages()[-1])
    uid, _, gid = last["USER"].partition(":")
    assert uid.isdigit()
    assert int(uid) > 0 < int(gid)
    assert json.loads(last["ENTRYPOINT"]) == ["mooring"]
    assert last["HEALTHCHECK"] == "NONE"
    installed = re.search(r"apt-get install [^&]*", last["RUN"])
    assert installed is not None
    assert installed[0].split()[4:] == ["git", "openssh-client"]
    assert "safe.directory '*'" in last["RUN"]
    assert "pip" not in last["RUN"]
    assert last["COPY"].startswith("--from=build ")


def test_the_build_sees_what_the_wheel_is_made_of_and_no_more() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["only-include"], *wheel.get("force-include", {}), "pyproject.toml"}
    needed |= {project["project"]["readme"], *project["project"]["license-files"]}
    assert lines[1] == "*"
    assert allowed == {path.partition("/")[0] for path in needed}


def test_hadolint_has_nothing_to_say() -> None:
    tool = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if tool is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([tool, "--no-color", str(FILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
