"""The wheel, alone in an empty environment, is whole: every adapter loads, its data is there, and nothing else is."""

import json
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADAPTERS = sorted(path.name for path in (ROOT / "adapters").iterdir() if (path / "__init__.py").is_file())

pytestmark = pytest.mark.packaging


def run(*command: str | Path) -> str:
    """Run a command and give what it prints; show what it said where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Installed:
    """The wheel and an environment that holds nothing but it and what it requires."""

    wheel: Path
    environment: Path

    def script(self, name: str) -> Path:
        return self.environment / "bin" / name

    def python(self, program: str) -> str:
        return run(self.script("python"), "-I", "-c", program)

    def names(self) -> list[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return archive.namelist()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel into dist/ and install it, by uv where present, else by pip."""
    environment = tmp_path_factory.mktemp("empty") / "env"
    dist = ROOT / "dist"
    for old in dist.glob("mooring-*.whl"):
        old.unlink()
    uv = shutil.which("uv")
    python = environment / "bin" / "python"
    install: list[str | Path]
    if uv:
        run(uv, "build", "--quiet", "--wheel", "--out-dir", dist, ROOT)
        run(uv, "venv", "--quiet", "--python", sys.executable, environment)
        install = [uv, "pip", "install", "--quiet", "--python", python]
    else:
        run(sys.executable, "-m", "venv", environment)
        pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        run(*pip, "wheel", "--no-deps", "--wheel-dir", dist, ROOT)
        install = [*pip, "install"]
    (wheel,) = dist.glob("mooring-*.whl")
    run(*install, wheel)
    return Installed(wheel, environment)


def test_the_wheel_holds_our_packages_and_nothing_beside_them(installed: Installed) -> None:
    names = installed.names()
    metadata = [name for name in names if ".dist-info/" in name]
    assert {name.partition("/")[0] for name in names if name not in metadata} == {"mooring", *ADAPTERS}
    assert [name for name in names if name.rpartition("/")[2] in {".keep", "README.md", "ruff.toml"}] == []
    assert [name for name in names if "/tests/" in name and "/_config/" not in name] == []
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in metadata)
    assert [f"{package}/py.typed" in names for package in ("mooring", *ADAPTERS)] == [True] * (1 + len(ADAPTERS))


@pytest.mark.parametrize(
    ("folder", "chosen"),
    [("demo", lambda _: True), ("schemas", lambda name: name.endswith(".json"))],
    ids=["demo", "schemas"],
)
def test_the_data_of_config_comes_along_whole(installed: Installed, folder: str, chosen: Callable[[str], bool]) -> None:
    source = ROOT / "config" / folder
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    wanted = {name for name in files if chosen(name)}
    prefix = f"mooring/_config/{folder}/"
    packed = {name.removeprefix(prefix) for name in installed.names() if name.startswith(prefix)}
    assert wanted
    assert wanted <= packed


def test_the_command_says_its_version(installed: Installed) -> None:
    version = installed.python("from importlib.metadata import version; print(version('mooring'))").strip()
    assert version in run(installed.script("mooring"), "--version")
    assert f"mooring-{version}-" in installed.wheel.name


def test_every_adapter_loads_without_its_sdk(installed: Installed) -> None:
    told = installed.python(
        "import json, sys\n"
        "from importlib.metadata import entry_points\n"
        "loaded = {e.name: e.load() for e in entry_points(group='mooring.adapters')}\n"
        "print(json.dumps([sorted(loaded), all(map(callable, loaded.values())), 'mlflow' in sys.modules]))"
    )
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert json.loads(told) == [sorted(wanted["project"]["entry-points"]["mooring.adapters"]), True, False]


def test_no_sdk_comes_along_uninvited(installed: Installed) -> None:
    assert installed.python("from importlib.util import find_spec; print(find_spec('mlflow'))").strip() == "None"


def test_every_module_imports(installed: Installed) -> None:
    """What is missing among the requirements shows here; public test helpers may want pytest."""
    told = installed.python(
        "import importlib, json, pkgutil\n"
        f"packages = {['mooring', *ADAPTERS]!r}\n"
        "failed = {}\n"
        "for package in map(importlib.import_module, packages):\n"
        "    for module in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        if module.name.startswith('mooring.testing.') or module.name.endswith('__main__'):\n"
        "            continue\n"
        "        try:\n"
        "            importlib.import_module(module.name)\n"
        "        except ImportError as error:\n"
        "            failed[module.name] = str(error)\n"
        "print(json.dumps(failed))"
    )
    assert json.loads(told) == {}


def test_the_demo_runs_from_the_wheel(installed: Installed) -> None:
    assert run(installed.script("mooring"), "demo", "--on", "memory")
