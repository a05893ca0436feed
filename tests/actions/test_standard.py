"""The stand-ins for GitHub's own actions keep what theirs keep: caches that outlive a run, artifacts, a Python."""

import platform
from typing import TYPE_CHECKING

from mooring.testing.actions.events import pull_request
from mooring.testing.actions.results import Conclusion

if TYPE_CHECKING:
    from mooring.testing.actions.events import Event
    from tests.actions.conftest import Stage

CACHE = """
- id: cache
  uses: actions/cache@0057852bfaa89a56745cba8c7296529d2fc39830
  with: {path: "~/kept\\nhere.txt", key: KEY, restore-keys: "v1-"}
- id: told
  run: |
    echo "hit=${{ steps.cache.outputs.cache-hit }} $(cat ~/kept/file here.txt 2> /dev/null | tr '\\n' ' ')"
    mkdir -p ~/kept; echo KEY > ~/kept/file; echo KEY > here.txt
"""


def cached(stage: "Stage", key: str, event: "Event | None" = None, last: str = "") -> str:
    return stage.steps(CACHE.replace("KEY", key) + last, event).step("told").raw.strip()


def test_a_cache_outlives_its_run(stage: "Stage") -> None:
    assert cached(stage, "v1-a") == "hit="
    assert cached(stage, "v1-a") == "hit=true v1-a v1-a"
    assert cached(stage, "v1-b") == "hit=false v1-a v1-a"
    assert cached(stage, "v1-c") == "hit=false v1-b v1-b"
    assert cached(stage, "v2-c", last="- run: exit 1") == "hit=false v1-c v1-c"
    assert cached(stage, "v2-c") == "hit=false v1-c v1-c"
    assert cached(stage, "v2-c") == "hit=true v2-c v2-c"


def test_a_pull_request_sees_the_base_branchs_cache_and_main_not_the_other(stage: "Stage") -> None:
    stage.branch("topic", {"x": b"x"})
    event = pull_request(stage.hub, stage.person.open_pull("topic", "Mine").number, "opened")
    assert cached(stage, "v1-p", event) == "hit="
    assert cached(stage, "v1-p") == "hit="
    assert cached(stage, "v1-p", event) == "hit=true v1-p v1-p"
    assert cached(stage, "v1-q", event) == "hit=false v1-p v1-p"


def test_restore_and_save_are_two_steps(stage: "Stage") -> None:
    steps = """
- {id: back, uses: actions/cache/restore@x, with: {path: kept, key: k1, restore-keys: k}}
- run: mkdir -p kept; echo 1 > kept/file
- {id: put, uses: actions/cache/save@x, with: {path: kept, key: k1}}
- {id: miss, uses: actions/cache/restore@x, with: {path: other, key: k1, fail-on-cache-miss: true}}
"""
    first, second = stage.steps(steps), stage.steps(steps)
    assert first.step("back").outputs == {"cache-hit": "", "cache-primary-key": "k1"}
    assert second.step("back").outputs == {"cache-hit": "true", "cache-primary-key": "k1", "cache-matched-key": "k1"}
    assert "Unable to reserve cache" in second.annotations[0].message
    assert second.step("miss").outcome is Conclusion.FAILURE


def test_artifacts_are_in_the_result(stage: "Stage") -> None:
    report = stage.run("""
on: push
jobs:
  make:
    runs-on: x
    steps:
      - run: mkdir -p out/sub; echo 1 > out/a.json; echo 2 > out/sub/b.json; echo 3 > out/.hidden
      - {uses: actions/upload-artifact@x, with: {name: all, path: out}}
      - {uses: actions/upload-artifact@x, with: {name: one, path: "out/*.json"}}
      - {id: none, uses: actions/upload-artifact@x, with: {name: none, path: nothing}}
      - {id: again, uses: actions/upload-artifact@x, with: {name: one, path: out}, continue-on-error: true}
      - id: must
        uses: actions/upload-artifact@x
        with: {path: nothing, if-no-files-found: error}
        continue-on-error: true
  take:
    needs: make
    runs-on: x
    steps:
      - {uses: actions/download-artifact@x, with: {name: all, path: got}}
      - {id: told, run: cat got/a.json got/sub/b.json}
""")
    found = {name: sorted(one.name for one in folder.rglob("*.json")) for name, folder in report.artifacts.items()}
    assert found == {"all": ["a.json", "b.json"], "one": ["a.json"]}
    assert not (report.artifacts["all"] / ".hidden").exists()
    assert [report.step(name).outcome.value for name in ("none", "again", "must")] == ["success", "failure", "failure"]
    assert report.step("told").raw == "1\n2\n"


def test_setup_python_gives_the_interpreter_with_its_packages(stage: "Stage") -> None:
    report = stage.steps("""
- {id: py, uses: actions/setup-python@x, with: {python-version: "3.12"}}
- {id: told, run: 'python -c "import mooring, sys; print(sys.version_info[:2] > (3, 10))"; command -v python3 pip'}
""")
    assert report.step("py").outputs["python-version"] == platform.python_version()
    assert report.step("told").raw.startswith("True\n")
    assert report.step("told").raw.count("/_python/bin/") == 2


def test_an_interpreter_may_be_told_of_alone(stage: "Stage") -> None:
    report = stage.steps("""
- {id: py, uses: actions/setup-python@x, with: {update-environment: false}}
- {id: told, run: '"${{ steps.py.outputs.python-path }}" -c "import mooring"; echo "${pythonLocation:-none}"'}
""")
    assert report.step("told").raw == "none\n"
    assert report.jobs["it"].paths == ()


def test_jobs_find_the_same_paths_with_nothing_left_in_them(stage: "Stage") -> None:
    steps = """
- {id: at, run: 'echo "$RUNNER_TEMP $HOME"; ls -A "$PWD" "$HOME"'}
- {uses: actions/cache@x, with: {path: "${{ runner.temp }}/kept", key: k}}
- {id: kept, run: 'cat "$RUNNER_TEMP/kept/file" || { mkdir "$RUNNER_TEMP/kept"; echo 1 > "$RUNNER_TEMP/kept/file"; }'}
- {run: touch left "$HOME/left"}
"""
    first, second = stage.steps(steps), stage.steps(steps)
    assert first.step("at").raw == second.step("at").raw
    assert "left" not in second.step("at").raw
    assert second.step("kept").raw == "1\n"
