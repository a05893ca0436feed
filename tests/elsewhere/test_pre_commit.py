"""The hook for pre-commit: which commits start it, and what does it look at?"""

import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.elsewhere.conftest import Place

FILE = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"


@pytest.fixture
def hook() -> Mapping[str, Any]:
    (found,) = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert set(found) == {"id", "name", "description", "entry", "language", "files", "pass_filenames"}
    return dict(found)


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        ("mooring.yaml", True),
        ("services/shop/mooring.yaml", True),
        ("prompts/greet/v1.yaml", True),
        ("services/shop/prompts/greet.yaml", True),
        ("src/app.py", False),
        ("not-mooring.yaml", False),
        ("src/my_prompts/x.py", False),
    ],
)
def test_it_starts_for_prompts_and_their_config(hook: Mapping[str, Any], path: str, starts: bool) -> None:
    assert (re.search(hook["files"], path) is not None) is starts


def test_a_broken_prompt_is_refused_as_it_is_staged(
    hook: Mapping[str, Any], place: "Place", bare: Mapping[str, str]
) -> None:
    script = place.folder / "author" / ".git" / "hooks" / "pre-commit"
    script.parent.mkdir(exist_ok=True)
    # Pre-commit runs the entry at the top of the work tree, with the index that is being committed.
    script.write_text(f"#!/bin/sh\nexec {shlex.join(shlex.split(hook['entry']))}\n", encoding="utf-8")
    script.chmod(0o755)

    def commit(text: str) -> subprocess.CompletedProcess[str]:
        (place.folder / "author" / "prompts" / "greet.yaml").write_text(text, encoding="utf-8")
        command = ["git", "-C", str(place.folder / "author"), "commit", "--quiet", "--all", "-m", "Change"]
        return subprocess.run(command, env=dict(bare), capture_output=True, text=True, check=False)

    refused = commit("prompt: [")
    assert refused.returncode != 0
    assert "prompts/greet.yaml:" in refused.stdout + refused.stderr
    assert commit("labels: [production]\nprompt: Good day\n").returncode == 0
