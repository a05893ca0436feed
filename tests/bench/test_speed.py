"""How fast is a check of what did not change? Ratios to a bare client in the same run, and exact counts."""

import json
import os
import resource
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

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


def cpu_of(command: list[str], folder: Path) -> tuple[float, str]:
    """Give the CPU seconds of a process with its children, and what it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def test_drift_of_1000_prompts(tmp_path: Path, mlflow_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"b{uuid.uuid4().hex[:6]}"
    for number in range(1000):
        file = tmp_path / "prompts" / f"{name}-{number:04}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"labels: [production]\nprompt: {json.dumps('Answer {{question}}. ' * 40 + str(number))}\n")
    (tmp_path / "mooring.yaml").write_text(CONFIG.format(id=name, url=mlflow_server))
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(tmp_path)]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "start"]):
        subprocess.run([*git, *arguments], check=True)
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
