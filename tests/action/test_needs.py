"""Does the step before the installation see what a config needs?"""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "config" / "action" / "needs.py"


@pytest.fixture(scope="module")
def needs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("needs", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("config", "command", "wanted"),
    [
        ("targets: {p: {adapter: langfuse, url: 'https://eu.example'}}", "auto", ()),
        ("targets: {p: {adapter: langfuse, url: 'https://eu.example'}}", "doctor", ("langfuse",)),
        ("alerts:\n  - notify: github\n", "auto", ()),
        ("alerts:\n  - notify: 'github'\n", "auto", ()),
        ("alerts:\n  - notify: env:SLACK_URL\n", "auto", ("alerts",)),
        ("alerts: [{labels: [a], notify: env:X}]", "auto", ("alerts",)),
        ("#   - notify: env:SLACK_URL   # an example", "auto", ()),
        ("    url: sqlite:///mlflow.db", "sync", ("mlflow",)),
        ('    url: "SQLite:///mlflow.db"', "sync", ("mlflow",)),
        ("", "auto", ()),
    ],
)
def test_a_config_says_which_extras_it_needs(
    needs: ModuleType, config: str, command: str, wanted: tuple[str, ...]
) -> None:
    assert needs.extras_of(config, command) == wanted


def test_the_input_names_extras_itself_or_is_told_what_there_is(needs: ModuleType) -> None:
    assert needs.chosen("mlflow, alerts", "", "auto") == ("alerts", "mlflow")
    assert needs.chosen("auto", "url: sqlite:///x", "auto") == ("mlflow",)
    with pytest.raises(SystemExit, match="no extra 'slack'"):
        needs.chosen("slack", "", "auto")


def test_the_key_follows_the_source_and_the_extras(needs: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("1")
    first = needs.key_of(tmp_path, ())
    assert needs.key_of(tmp_path, ()) == first
    assert needs.key_of(tmp_path, ("alerts",)) != first
    (tmp_path / "src" / "a.py").write_text("2")
    assert needs.key_of(tmp_path, ()) != first


def test_every_lock_is_hashed_and_agrees_with_the_base(needs: ModuleType) -> None:
    locks = {name: _pins(name) for name in ("base", *needs.EXTRAS)}
    for name, pins in locks.items():
        assert pins, name
        assert {package: version for package, version in pins.items() if package in locks["base"]} == {
            package: locks["base"][package] for package in pins if package in locks["base"]
        }


def _pins(name: str) -> dict[str, str]:
    """Give each package's versions; every one of them has a hash, and no line names another place to get it from."""
    text = (SCRIPT.parent / f"{name}.txt").read_text(encoding="utf-8")
    pins: dict[str, str] = {}
    for entry in text.replace(" \\\n", " ").splitlines():
        requirement, *hashes = entry.split(" --hash=")
        assert hashes, entry
        assert all(one.strip().startswith("sha256:") for one in hashes), entry
        package, equals, version = requirement.partition("==")
        assert equals, entry
        pins[package.strip() + version.partition(";")[2].strip()] = version.partition(";")[0].strip()
    return pins


def test_it_runs_with_the_standard_library_alone(tmp_path: Path) -> None:
    output = tmp_path / "output"
    (tmp_path / "mooring.yaml").write_text("alerts:\n  - notify: env:SLACK\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    environment = {
        "PATH": "/usr/bin:/bin",
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_OUTPUT": str(output),
        "INPUT_WORKING_DIRECTORY": str(tmp_path),
    }
    subprocess.run([sys.executable, "-I", "-S", str(SCRIPT)], check=True, env=environment, cwd=tmp_path.parent)
    told = dict(line.split("=", 1) for line in output.read_text().splitlines())
    assert told["extras"] == "alerts"
    assert told["memory"] == f"{tmp_path.name}/.git/mooring/live.sqlite"
    assert told["key"].startswith("mooring-")
