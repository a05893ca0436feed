"""Which fixtures do several test files share? A real MLflow, embedded and served."""

import functools
import importlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from mooring.core.address import Ref
from mooring.core.artifact import Artifact, Message
from mooring.ports import Adapter, Options
from mooring.testing.bench import Bench
from mooring_mlflow import connect
from tests.support import clones

pytest.register_assert_rewrite("mooring.testing.conformance")

# A busy machine is no failure of a law; whoever wants more examples asks for a profile of their own.
settings.register_profile("suite", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")


COVERING = ("tests/core/", "tests/formats/test_lowering.py")
"""The core's own tests: what only others happen to run, or chance, does not count as tested."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep all that needs a real MLflow in one worker, and trace where it counts: both cost a minute of CPU."""
    for item in items:
        own = item.nodeid.startswith(COVERING)
        if not own or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.no_cover)
        asked = set(item.fixturenames) if isinstance(item, pytest.Function) else set()
        if asked & {"mlflow_server", "mlflow_template"}:
            item.add_marker(pytest.mark.xdist_group("mlflow"))
        if getattr(config.option, "loadgroup", False):
            _tell_group(item)


def _tell_group(item: pytest.Item) -> None:
    """Write a test's group where pytest-xdist looks for it, which pytest-xdist itself fails to since pytest 9.2."""
    groups = sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")})
    if groups and hasattr(item, "_id"):
        item._id = type(item._id).parse(f"{item.nodeid}@{'_'.join(groups)}")


# Where Python may not keep what it compiled, two workers and each command that a test starts compile it all anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of the test's own is made below it


def _keeps_in_memory() -> bool:
    """Tell whether folders of tests may lie in memory: tests make half a million files, and run hooks among them."""
    if sys.platform != "linux" or {"TMPDIR", "PYTEST_DEBUG_TEMPROOT"} & os.environ.keys():
        return False
    if not os.access(MEMORY, os.R_OK | os.W_OK | os.X_OK):
        return False
    return shutil.disk_usage(MEMORY).free > 4 << 30 and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC


if _keeps_in_memory():
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # whoever asked before us is asked again


PLAIN_GIT = """\
[core]
\tfsync = none
[pack]
\tthreads = 1
[init]
\ttemplateDir = {template}
[gc]
\tauto = 0
[maintenance]
\tauto = false
[receive]
\tautogc = false
"""


@pytest.fixture(scope="session", autouse=True)
def _plain_git(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give git no settings of this machine, no sample hooks to copy, and nothing to tidy up."""
    folder = tmp_path_factory.mktemp("git")
    (folder / "template" / "hooks").mkdir(parents=True)
    (folder / "gitconfig").write_text(PLAIN_GIT.format(template=folder / "template"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_SYSTEM", str(folder / "gitconfig"))
        yield


@pytest.fixture(scope="session")
def empty_clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a clone and its bare remote, both empty, to be copied."""
    folder = tmp_path_factory.mktemp("empty-clone")
    clones.make(folder)
    return folder


@pytest.fixture(scope="session")
def lone_clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty repository without a remote, to be copied."""
    folder = tmp_path_factory.mktemp("lone-clone")
    clones.make_alone(folder)
    return folder


@pytest.fixture
def home(empty_clone: Path, tmp_path: Path) -> Path:
    """A clone with a bare remote, both empty."""
    return clones.copy(empty_clone, tmp_path)


@pytest.fixture
def no_job(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Take away what a CI job sets, so that a test that runs in one behaves as on a desk."""
    for name in OF_A_JOB:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


OF_A_JOB = ("GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # its workers would import mlflow several times over
}


MAKE = """
from mooring.ports import Options
from mooring_mlflow import connect
adapter = connect(Options("template", "sqlite:///template.db", {}, "."))
assert not adapter.survey([], [])
assert adapter.identity().startswith("mlflow:1")
"""


@pytest.fixture(scope="session")
def mlflow_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty registry, migrated once: copying it saves seconds in every test that needs one of its own.

    What making it said stands in `said.txt` beside it.
    """
    os.environ.update(QUIET)
    folder = tmp_path_factory.mktemp("template")
    with (folder / "said.txt").open("wb") as said:
        maker = subprocess.Popen([sys.executable, "-c", MAKE], cwd=folder, stdout=said, stderr=said)
        importlib.import_module("mlflow")  # what a person's client needs, meanwhile
        assert maker.wait() == 0, (folder / "said.txt").read_text()
    return folder / "template.db"


@pytest.fixture(scope="module")
def mlflow_file(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of this module's own."""
    return Path(shutil.copy(mlflow_template, tmp_path_factory.mktemp("registry") / "mlflow.db"))


@pytest.fixture(scope="session")
def mlflow_server_file(mlflow_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its registry."""
    return Path(shutil.copy(mlflow_template, tmp_path_factory.mktemp("server") / "mlflow.db"))


@pytest.fixture(scope="session")
def mlflow_server(mlflow_server_file: Path) -> Iterator[str]:
    """The address of a real MLflow server over a file of its own."""
    folder = mlflow_server_file.parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", f"sqlite:///{mlflow_server_file}"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**os.environ, **QUIET}, start_new_session=True
        )
    try:
        _await(f"http://127.0.0.1:{port}", server, folder / "server.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"MLflow did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def mlflow_bench() -> Callable[[str], Bench]:
    """Make a bench over a registry, `http://…` or `sqlite:////…`, with a person at MLflow's own client."""

    @functools.cache
    def bench(url: str) -> Bench:
        def open_it(extra: dict[str, str]) -> Adapter:
            return connect(Options("test", url, {}, "/", extra=extra))

        person = MlflowPerson(url)
        silent = frozenset({"tools", "examples", "template_format"})
        return Bench(lambda: open_it({}), lambda size: open_it({"page_size": str(size)}), person, person.draw, silent)

    return bench


class MlflowPerson:
    """Somebody with MLflow's own client, as an app's developer or the author of a notebook has it."""

    def __init__(self, uri: str) -> None:
        from mlflow import MlflowClient

        self.client = MlflowClient(tracking_uri=uri, registry_uri=uri)

    def save(self, prompt: str, content: Artifact, labels: Sequence[str] = ()) -> Ref:
        template: Any = content.body
        if not isinstance(content.body, str):
            turns = [turn for turn in content.body if isinstance(turn, Message)]
            template = [{"role": turn.role, "content": turn.content} for turn in turns]
        config: dict[str, Any] = dict(content.config) if isinstance(content.config, dict) else {}
        schema = config.pop("output_schema", None)
        if "model" in config:
            config["model_name"] = config.pop("model")
        made = self.client.register_prompt(
            prompt, template, commit_message="by hand", response_format=schema, model_config=config or None
        )
        for label in labels:
            self.client.set_prompt_alias(prompt, label, made.version)
        return Ref(str(made.version))

    def point(self, prompt: str, label: str, ref: Ref) -> None:
        self.client.set_prompt_alias(prompt, label, int(ref))

    def unlabel(self, prompt: str, label: str) -> None:
        self.client.delete_prompt_alias(prompt, label)

    def tamper(self, prompt: str, ref: Ref, content: Artifact) -> None:
        assert isinstance(content.body, str)
        self.client.set_prompt_version_tag(prompt, str(ref), "mlflow.prompt.text", content.body)

    def delete_version(self, prompt: str, ref: Ref) -> None:
        self.client.delete_prompt_version(prompt, str(ref))

    def delete_prompt(self, prompt: str) -> None:
        self.client.delete_prompt(prompt)

    def draw(self, prompt: str) -> Ref:
        """Save a message with an image, which is no text."""
        parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "https://x/y"}}]
        made = self.client.register_prompt(prompt, [{"role": "user", "content": parts}])
        return Ref(str(made.version))
