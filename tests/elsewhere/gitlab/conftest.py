"""A small GitLab: which jobs does a pipeline have, and what does a runner do with each?"""

import base64
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.elsewhere.conftest import Place

FILE = Path(__file__).parents[3] / "config" / "gitlab" / "mooring.gitlab-ci.yml"
GLOBAL = {"default", "include", "stages", "variables", "workflow"}
JOB_TOKEN, PROJECT_TOKEN = "glcbt-64_fake0fake0fake0", "glpat-fake1fake1fake1fake1"

# --- the file: extends, !reference ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """`!reference [job, keyword]`."""

    path: tuple[str, ...]


class Loader(yaml.SafeLoader):
    """YAML with GitLab's own tag."""


def _reference(loader: Loader, node: yaml.Node) -> Reference:
    assert isinstance(node, yaml.SequenceNode)
    return Reference(tuple(map(str, loader.construct_sequence(node))))


Loader.add_constructor("!reference", _reference)


def read_jobs(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the global variables and the jobs, with what they extend and refer to put in."""
    document: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader)  # noqa: S506  # a SafeLoader
    names = [name for name in document if name not in GLOBAL]
    jobs = {name: _resolved(document, _extended(document, name)) for name in names if not name.startswith(".")}
    return document.get("variables", {}), jobs


def _extended(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    own = dict(document[name])
    parent = own.pop("extends", None)
    return own if parent is None else _merged(_extended(document, parent), own)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {key: _merged(below[key], above[key]) for key in above if _are_maps(below.get(key), above[key])}
    return {**below, **above, **both}


def _are_maps(*values: object) -> bool:
    return all(isinstance(value, dict) for value in values)


def _resolved(document: Mapping[str, Any], value: Any) -> Any:
    match value:
        case dict():
            return {key: _resolved(document, one) for key, one in value.items()}
        case list():
            found = [_resolved(document, one) for one in value]
            return [one for each in found for one in (each if isinstance(each, list) else [each])]
        case Reference(path=(job, *keys)):
            target: Any = _extended(document, job)
            for key in keys:
                target = target[key]
            return _resolved(document, target)
        case _:
            return value


# --- rules:if ---------------------------------------------------------------------------------------------------------

TOKEN = re.compile(r"""\s*(?:(\$\w+)|"([^"]*)"|'([^']*)'|/((?:[^/\\]|\\.)+)/|(null)|(==|!=|=~|!~|&&|\|\||[()]))""")
Word = tuple[str, str | None]


def holds(rule: str, variables: Mapping[str, str]) -> bool:
    """Tell whether a rule's `if` is true, as GitLab documents it: && binds before ||, a name alone is true if set."""
    words = _words(rule, variables)
    found = _either(words)
    assert not words, f"{rule!r} goes on: {words}"
    return found


def _words(rule: str, variables: Mapping[str, str]) -> list[Word]:
    words: list[Word] = []
    place = 0
    while place < len(rule.rstrip()):
        found = TOKEN.match(rule, place)
        assert found is not None, f"{rule!r} is no rule from {rule[place:]!r} on"
        name, double, single, pattern, null, sign = found.groups()
        if name is not None:
            words.append(("value", variables.get(name[1:])))
        elif double is not None or single is not None:
            words.append(("value", double if double is not None else single))
        elif pattern is not None:
            words.append(("pattern", pattern))
        else:
            words.append(("value", None) if null else (sign, None))
        place = found.end()
    return words


def _either(words: list[Word]) -> bool:
    found = _both(words)
    while words and words[0][0] == "||":
        words.pop(0)
        found = _both(words) or found
    return found


def _both(words: list[Word]) -> bool:
    found = _one(words)
    while words and words[0][0] == "&&":
        words.pop(0)
        found = _one(words) and found
    return found


def _one(words: list[Word]) -> bool:
    kind, value = words.pop(0)
    if kind == "(":
        found = _either(words)
        assert words.pop(0)[0] == ")"
        return found
    assert kind == "value", f"{kind} where a value belongs"
    if not words or words[0][0] not in {"==", "!=", "=~", "!~"}:
        return bool(value)
    sign, _ = words.pop(0)
    _, other = words.pop(0)
    if sign in {"==", "!="}:
        return (value == other) is (sign == "==")
    return (re.search(other or "", value or "") is not None) is (sign == "=~")


# --- a runner ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pipeline:
    """What GitLab knows when it makes a pipeline: its own variables, the project's, and those that a person gave."""

    source: str
    commit: str
    ref: str = "main"
    project: str = "7"
    given: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """How a job ended, its log, and what it kept."""

    code: int
    log: str
    artifacts: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class GitLab:
    """One project with its repository, its protected variables, and a runner."""

    place: "Place"
    url: str
    home: Path
    bare: Mapping[str, str]
    protected: Mapping[str, str]

    def jobs(self, pipeline: Pipeline) -> list[str]:
        """Name the jobs that a pipeline has."""
        variables = {**self._global(), **self._predefined(pipeline), **pipeline.given}
        return [name for name, job in read_jobs(FILE)[1].items() if any(_ifs(job["rules"], variables))]

    def run(self, pipeline: Pipeline, name: str) -> Job:
        """Run one job of a pipeline, as a runner would, in a fresh clone."""
        assert name in self.jobs(pipeline), f"the pipeline has no job {name}"
        job = read_jobs(FILE)[1][name]
        variables = {**self._predefined(pipeline), **self._global(), **job["variables"], **self._secrets(pipeline)}
        known = {**variables, **pipeline.given}
        expanded = {key: _expanded(value, known) for key, value in known.items()}
        folder = self._clone(pipeline, int(expanded.get("GIT_DEPTH", "20")))
        script = "\n".join(["set -eo pipefail", *job["before_script"], *job["script"]])
        environment = {**self.bare, **expanded}
        done = subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return Job(done.returncode, done.stdout + done.stderr, _kept(folder, job.get("artifacts", {})), folder)

    def _clone(self, pipeline: Pipeline, depth: int) -> Path:
        folder = self.home.parent / "builds"
        shutil.rmtree(folder, ignore_errors=True)
        told = f"gitlab-ci-token:{JOB_TOKEN}@"
        commands: list[Sequence[str]] = [
            ("init", "-q", "-b", "none", str(folder)),
            ("-C", str(folder), "remote", "add", "origin", f"{self.url.replace('//', f'//{told}')}/acme/prompts.git"),
            ("-C", str(folder), "fetch", "-q", *([f"--depth={depth}"] if depth else []), "origin", pipeline.commit),
            ("-C", str(folder), "checkout", "-q", "--detach", "FETCH_HEAD"),
        ]
        for command in commands:
            subprocess.run(["git", *command], env=self.bare, check=True, capture_output=True)
        return folder

    def _predefined(self, pipeline: Pipeline) -> dict[str, str]:
        merge_request = pipeline.source == "merge_request_event"
        found = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_SERVER_URL": self.url,
            "CI_PROJECT_URL": f"{self.url}/acme/prompts",
            "CI_PROJECT_ID": pipeline.project,
            "CI_PIPELINE_SOURCE": pipeline.source,
            "CI_COMMIT_SHA": pipeline.commit,
            "CI_COMMIT_REF_NAME": pipeline.ref,
            "CI_DEFAULT_BRANCH": "main",
            "CI_JOB_TOKEN": JOB_TOKEN,
            "GITLAB_USER_NAME": "Grace",
            "GITLAB_USER_EMAIL": "grace@example.org",
        }
        return found | ({"CI_MERGE_REQUEST_PROJECT_ID": "7"} if merge_request else {"CI_COMMIT_BRANCH": pipeline.ref})

    def _secrets(self, pipeline: Pipeline) -> Mapping[str, str]:
        """Give the protected variables to protected branches alone."""
        allowed = pipeline.source != "merge_request_event" and pipeline.ref == "main" and pipeline.project == "7"
        return self.protected if allowed else {}

    def _global(self) -> dict[str, str]:
        declared = read_jobs(FILE)[0]
        return {name: one["value"] if isinstance(one, dict) else str(one) for name, one in declared.items()}


def _ifs(rules: Sequence[Mapping[str, str]], variables: Mapping[str, str]) -> Iterator[bool]:
    for rule in rules:
        assert set(rule) == {"if"}, rule
        yield holds(rule["if"], variables)


def _expanded(value: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda found: known.get(found[1] or found[2], ""), value)


def _kept(folder: Path, artifacts: Mapping[str, Any]) -> dict[str, str]:
    paths = [*artifacts.get("paths", []), *artifacts.get("reports", {}).values()]
    return {path: (folder / path).read_text(encoding="utf-8") for path in paths if (folder / path).is_file()}


# --- its Git server ---------------------------------------------------------------------------------------------------


@contextmanager
def git_over_http(root: Path) -> Iterator[str]:
    """Serve the bare repositories below a folder: the job's token reads, the project's token also pushes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            given = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            token = given.partition(":")[2]
            pushes = "git-receive-pack" in self.path
            if token not in {JOB_TOKEN, PROJECT_TOKEN} or (pushes and token == JOB_TOKEN):
                self.send_response(403 if token == JOB_TOKEN else 401)
                self.send_header("WWW-Authenticate", 'Basic realm="GitLab"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            names = {
                "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
                "REQUEST_METHOD": self.command, "REMOTE_USER": "bot", "CONTENT_TYPE": self.headers["Content-Type"],
                "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"], "GIT_PROTOCOL": self.headers["Git-Protocol"],
            }  # fmt: skip
            environment = {**os.environ, **{name: value for name, value in names.items() if value}}
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
            for name, value in {**fields, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  # the name that the standard library calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def gitlab(place: "Place", home: Path, bare: Mapping[str, str]) -> Iterator[GitLab]:
    """A project on GitLab whose protected variables are set as the file asks."""
    with git_over_http(place.folder) as url:
        yield GitLab(place, url, home, bare, {**place.credentials, "MOORING_GIT_TOKEN": PROJECT_TOKEN})


@pytest.fixture
def pipeline(place: "Place") -> type[Pipeline]:
    """What makes a pipeline."""
    return Pipeline
