"""Do the files that were written ask for exactly what is wanted, and for nothing else otherwise?"""

from collections.abc import Mapping

from mooring.core.address import INVALID
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.desired import Desired
from mooring.formats.layout import classify_paths
from mooring.formats.tree import assemble
from mooring.formats.version_file import parse_blob
from mooring.formats.writing.declaring import Change, Scene


def disproved(
    scene: Scene,
    changes: Mapping[str, Change],
    made: Mapping[str, bytes | None],
    wanted: Mapping[str, Mapping[str, Artifact]],
) -> dict[str, str]:
    """Give the prompts whose files do not read back as they should, each with a sentence."""
    after = _assembled(scene, changes, made)
    reasons = {problem.path: problem.message for problem in after.problems}
    wrong: dict[str, str] = {}
    for name, change in changes.items():
        paths = [scene.prefix + path for path in change.files]
        reason = next((reasons[path] for path in paths if path in reasons), None)
        if reason is not None:
            wrong[name] = f"no file can hold its content: {reason}. Change it on the platform."
        elif not _serves(scene, name, after, wanted[name]):
            wrong[name] = "its files would be read back otherwise. Write them by hand, and run `mooring validate`."
    return wrong


def _serves(scene: Scene, name: str, after: Desired, wanted: Mapping[str, Artifact]) -> bool:
    for label, content in wanted.items():
        if after.side(name, label) != content_hash(content):
            return False
    before = scene.desired.prompts.get(name)
    others = before.labels.keys() - wanted.keys() if before is not None and before.versions else ()
    sides = ((after.side(name, label), scene.desired.side(name, label)) for label in others)
    return all(now == was for now, was in sides if was is not INVALID)


def _assembled(scene: Scene, changes: Mapping[str, Change], made: Mapping[str, bytes | None]) -> Desired:
    """Read the files of the changed prompts alone, and registry.yaml."""
    files = {path: data for path, data in ({**scene.files, **made}).items() if data is not None}
    concerned = {path for change in changes.values() for path in change.files}
    if scene.registry_path is not None:
        concerned.add(scene.registry_path)
    for name in changes:
        prompt = scene.desired.prompts.get(name)
        for version in prompt.versions.values() if prompt is not None else ():
            path = version.path.removeprefix(scene.prefix)
            concerned |= {path, scene.about(path.rpartition("/")[0])}
    roles = classify_paths(files)
    parsed = {path: ("", parse_blob(role, files[path])) for path, role in roles.items() if path in concerned}
    return assemble(commit=None, tree="", prefix=scene.prefix, files=parsed)
