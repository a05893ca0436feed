"""Does `make workflows` find what it is there to find?"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


SEEDS = {
    "injection": "error[template-injection]",
    "unpinned": "error[unpinned-uses]",
    "unknown-context": 'actionlint [expression] undefined variable "nobody"',
    "unknown-scope": 'actionlint [permissions] unknown permission scope "prompts"',
    "script": "SC2086",
}

pytestmark = pytest.mark.xdist_group("lint")


def linted(*seeds: str) -> tuple[int, str]:
    """Run it on seeds, as make does on the workflows."""
    files = [str(HERE / "seeds" / f"{seed}.yml") for seed in seeds]
    done = subprocess.run([sys.executable, HERE / "lint.py", *files], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def said() -> str:
    """What is said of all seeds at once, a clean one among them."""
    code, said = linted(*SEEDS, "clean")
    assert code == 1
    return said


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_wrong_is_found_where_it_is(said: str, seed: str) -> None:
    assert SEEDS[seed] in said
    assert re.search(rf"seeds/{seed}\.yml:", said)


def test_what_actionlint_is_too_old_to_know_is_no_finding(said: str) -> None:
    assert 'scope "attestations"' not in said
    assert "ubuntu-24.04" not in said


def test_what_is_clean_is_found_clean(said: str) -> None:
    assert "clean.yml" not in said
    assert linted("clean") == (0, "1 files: all clean\n")


def test_what_is_no_yaml_is_told() -> None:
    code, said = linted("broken", "clean")
    assert code == 1
    assert "broken.yml: mapping values are not allowed here" in said
