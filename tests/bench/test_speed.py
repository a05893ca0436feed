"""How fast is a check of what did not change? Ratios to a bare client in the same run, and exact counts."""

import json
import os
import resource
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mooring import cycle
from mooring.cli.session import Request, open_session
from mooring.core.report import Exit

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

CONFIG = """\
version: 1
id: {id}
branch: main
targets:
  served: {{adapter: mlflow, url: "{url}", mode: upsert, labels: [production]}}
"""
BARE = """
import sys, requests
url, page = sys.argv[1] + "/api/2.0/mlflow/registered-models/search", None
flt = {"filter": "tags.`mlflow.prompt.is_prompt` = 'true'", "max_results": 1000}
while True:
    got = requests.get(url, params={**flt, **({"page_token": page} if page else {})}, timeout=60).json()
    page = got.get("next_page_token")
    if not page:
        break
"""


IN_MEMORY = """\
version: 1
id: many
branch: main
targets:
  local: {adapter: memory, url: "memory://many", mode: upsert, labels: [production]}
"""


ON_LANGFUSE = """\
version: 1
id: many
branch: main
targets:
  prod:
    adapter: langfuse
    url: {url}
    credentials: {{public_key: env:MANY_PUBLIC_KEY, secret_key: env:MANY_SECRET_KEY}}
    mode: upsert
    labels: [production]
"""
BARE_LANGFUSE = """
import sys, requests
with requests.Session() as session:
    session.auth = ("pk-lf-many", "sk-lf-many")
    for url in sys.argv[1:]:
        session.get(url, timeout=60).json()
"""
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def written(folder: Path, config: str, names: list[str]) -> None:
    """Make a repository with a one-file prompt for each name."""
    for number, name in enumerate(names):
        file = folder / "prompts" / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"labels: [production]\nprompt: {json.dumps('Answer {{question}}. ' * 40 + str(number))}\n")
    (folder / "mooring.yaml").write_text(config)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], check=True)


def cpu_of(command: list[str], folder: Path) -> tuple[float, str]:
    """Give the CPU seconds of a process with its children, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def test_drift_of_1000_prompts(tmp_path: Path, mlflow_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"b{uuid.uuid4().hex[:6]}"
    written(tmp_path, CONFIG.format(id=name, url=mlflow_server), [f"{name}-{number:04}" for number in range(1000)])
    mooring = str(Path(sys.executable).parent / "mooring")
    first, _ = cpu_of([mooring, "sync"], tmp_path)

    spent, told = zip(*(cpu_of([mooring, "drift", "-o", "json"], tmp_path) for _ in range(5)), strict=True)
    bare, _ = zip(*(cpu_of([sys.executable, "-c", BARE, mlflow_server], tmp_path) for _ in range(5)), strict=True)

    target: Any = json.loads(told[-1])["targets"][0]
    assert target["requests"] == {"list": 1, "read": 0, "write": 0}
    assert target["total"] == target["verified"] == 1000
    with capsys.disabled():
        print(
            f"\n1000 prompts on a served MLflow: first sync {first:.1f} s CPU; drift {min(spent):.2f} s CPU, "
            f"{min(spent) / min(bare):.1f} times a bare list call with requests ({min(bare):.2f} s)"
        )


@contextmanager
def langfuse_of(folder: Path) -> Iterator[tuple[str, Callable[[], list[str]]]]:
    """Serve a folder's prompts from another process: the address, and what gives the paths asked for since."""
    script = Path(__file__).with_name("langfuse_of_many.py")
    command = [sys.executable, str(script), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        asking, answers = server.stdin, server.stdout

        def paths() -> list[str]:
            asking.write("\n")
            return [str(path) for path in json.loads(answers.readline())]

        yield answers.readline().strip(), paths


def test_own_cpu_for_10000_prompts_on_langfuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANY_PUBLIC_KEY", "pk-lf-many")
    monkeypatch.setenv("MANY_SECRET_KEY", "sk-lf-many")
    written(tmp_path, "", [f"team{number % 50}/p{number:05}" for number in range(10_000)])
    mooring = str(Path(sys.executable).parent / "mooring")
    with langfuse_of(tmp_path / "prompts") as (url, paths):
        written(tmp_path, ON_LANGFUSE.format(url=url), [])
        # The prompts carry Mooring's mark, and this clone's ledger is new.
        first, _ = cpu_of([mooring, "sync", "--accept-lost-ledger"], tmp_path)
        cpu_of([mooring, "drift"], tmp_path)
        paths()
        _, told = cpu_of([mooring, "drift", "-o", "json"], tmp_path)
        asked = paths()
        drift, _ = zip(*(cpu_of([mooring, "drift"], tmp_path) for _ in range(9)), strict=True)
        requests = [sys.executable, "-c", BARE_LANGFUSE, *(f"{url}{path}" for path in asked)]
        bare, _ = zip(*(cpu_of(requests, tmp_path) for _ in range(9)), strict=True)
        measured = [sys.executable, "-c", PEAK, mooring, "drift"]
        peak = cpu_of(measured, tmp_path)[1].splitlines()[-1]

    target: Any = json.loads(told)["targets"][0]
    assert target["requests"] == {"list": 2, "read": 0, "write": 0}
    assert len(asked) == 2
    assert target["total"] == target["verified"] == 10_000
    with capsys.disabled():
        print(
            f"\n10,000 prompts on the faithful Langfuse: first sync {first:.1f} s CPU; drift {min(drift):.2f} s CPU "
            f"with its start and its git, {min(drift) / min(bare):.1f} times the same two requests with requests "
            f"({min(bare):.2f} s); {peak} MB at most"
        )


def test_own_cpu_for_10000_prompts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path, IN_MEMORY, [f"team{number % 50}/p{number:05}" for number in range(10_000)])
    assert cycle.sync(open_session(Request(tmp_path)).run).exit is Exit.OK
    mooring = str(Path(sys.executable).parent / "mooring")

    bare, _ = zip(*(cpu_of([mooring, "--version"], tmp_path) for _ in range(5)), strict=True)
    offline, told = zip(
        *(cpu_of([mooring, "plan", "--offline", "-o", "json"], tmp_path) for _ in range(5)), strict=True
    )
    began = time.process_time()
    report = cycle.drift(open_session(Request(tmp_path)).run)
    drift = time.process_time() - began

    assert json.loads(told[-1])["targets"][0]["total"] == len(report.rows) == 10_000
    with capsys.disabled():
        print(
            f"\n10,000 prompts in memory: plan --offline {min(offline):.2f} s CPU with its start and its git, "
            f"{min(offline) / min(bare):.1f} times a mere start ({min(bare):.2f} s); drift {drift:.2f} s without either"
        )
