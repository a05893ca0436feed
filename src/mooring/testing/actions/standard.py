"""What stands in for the actions of GitHub's own that workflows use most?"""

import shlex
import shutil
import subprocess
from pathlib import Path

from mooring.testing.actions.caching import cache, restore, save
from mooring.testing.actions.checkout import checkout
from mooring.testing.actions.site import StandIn, StepContext, StepResult


def standard_actions(python: Path) -> dict[str, Path | StandIn]:
    """Give stand-ins for checkout, setup-python, cache, upload-artifact and download-artifact, by their names.

    `python` is the interpreter that setup-python gives, whatever version is asked for; that of a virtual environment
    keeps its packages.
    """
    return {
        "actions/checkout": checkout,
        "actions/setup-python": setup_python(python),
        "actions/cache": cache,
        "actions/cache/restore": restore,
        "actions/cache/save": save,
        "actions/upload-artifact": upload_artifact,
        "actions/download-artifact": download_artifact,
    }


def setup_python(python: Path) -> StandIn:
    """Give a stand-in for actions/setup-python: `python` on PATH, or only told of with `update-environment: false`."""

    def run(context: StepContext) -> StepResult:
        folder = context.temp / "_python"
        place = folder / "bin"
        place.mkdir(parents=True, exist_ok=True)
        for name, rest in (("python", ""), ("python3", ""), ("pip", " -m pip")):
            # Through a link, the interpreter of a virtual environment would not find its packages.
            (place / name).write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))}{rest} "$@"\n', encoding="utf-8")
            (place / name).chmod(0o755)
        done = subprocess.run([python, "-I", "-c", _VERSION], capture_output=True, check=True)
        outputs = {"python-version": done.stdout.decode().strip(), "python-path": str(place / "python")}
        if context.inputs.get("update-environment") == "false":
            return StepResult(outputs, lines=("Successfully set up CPython",))
        environment = {"pythonLocation": str(folder), "Python_ROOT_DIR": str(folder), "Python3_ROOT_DIR": str(folder)}
        return StepResult(outputs, environment, (str(folder), str(place)), ("Successfully set up CPython",))

    return run


_VERSION = "import platform; print(platform.python_version())"


def upload_artifact(context: StepContext) -> StepResult:
    """Copy files into the run's artifact `name`; a name is taken once."""
    name = context.inputs.get("name") or "artifact"
    target = context.artifacts / name
    if target.exists() and context.inputs.get("overwrite") != "true":
        return StepResult(
            error=f"Failed to CreateArtifact: an artifact with the name {name} already exists on the workflow run"
        )
    found = _found(context)
    if not found:
        message = f"No files were found with the provided path: {context.inputs.get('path', '')}."
        kind = context.inputs.get("if-no-files-found") or "warn"
        if kind == "error":
            return StepResult(error=message)
        return StepResult(lines=() if kind == "ignore" else (f"::warning::{message} No artifacts will be uploaded.",))
    parents = [path.parent for path in found]
    root = next(
        parent for parent in [parents[0], *parents[0].parents] if all(one.is_relative_to(parent) for one in parents)
    )
    for path in found:
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return StepResult(
        {"artifact-id": str(len(list(context.artifacts.iterdir())))}, lines=(f"Artifact {name} uploaded.",)
    )


def download_artifact(context: StepContext) -> StepResult:
    """Copy the run's artifact `name` to `path`."""
    name = context.inputs.get("name", "")
    if not name or not (context.artifacts / name).is_dir():
        return StepResult(error=f"Unable to download artifact(s): Artifact not found for name: {name}")
    target = context.workspace / context.inputs.get("path", "")
    shutil.copytree(context.artifacts / name, target, dirs_exist_ok=True)
    return StepResult({"download-path": str(target)})


def _found(context: StepContext) -> list[Path]:
    found: list[Path] = []
    for line in context.inputs.get("path", "").splitlines():
        written = line.strip()
        if not written:
            continue
        root = Path(written) if Path(written).is_absolute() else context.workspace / written
        whole = sorted(root.rglob("*")) if root.is_dir() else _glob(root)
        hidden = context.inputs.get("include-hidden-files") == "true"
        found += [path for path in whole if path.is_file() and (hidden or not path.name.startswith("."))]
    return found


def _glob(pattern: Path) -> list[Path]:
    if pattern.is_file():
        return [pattern]
    return sorted(Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor))))
