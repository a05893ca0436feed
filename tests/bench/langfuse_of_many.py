"""A Langfuse in a process of its own that holds a folder's prompts as Mooring published them: `… FOLDER`.

Prints its address when it serves, then for each line that it is sent the paths that it was asked for since the last.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.ports import Provenance
from mooring.testing.langfuse import Key, Langfuse, serve
from mooring_langfuse import notes

KEY = Key("pk-lf-many", "sk-lf-many", "many")


class Time:
    """A clock by which so many things happened one a minute, the last of them an hour ago."""

    def __init__(self, happened: int) -> None:
        self._left = happened

    def __call__(self) -> datetime:
        now = datetime.now(UTC)  # noqa: TID251  # a process of its own has its own clock
        if not self._left:
            return now
        self._left -= 1
        return now - timedelta(minutes=self._left, hours=1)


class Many(Langfuse):
    """An installation with one key, which is known beforehand."""

    def key_of(self, secret: str) -> Key | None:
        return KEY if secret == KEY.secret else None

    def knows_public(self, public: str) -> bool:
        return public == KEY.public


def filled(folder: Path) -> Langfuse:
    """Publish what each file says."""
    files = sorted(folder.rglob("*.yaml"))
    langfuse = Many(now=Time(len(files)))
    langfuse.project(KEY.project)
    person = langfuse.person(KEY.project)
    for file in files:
        written = yaml.safe_load(file.read_text(encoding="utf-8"))
        artifact, path = Artifact(written["prompt"], {}), file.relative_to(folder)
        mark = Provenance("many", "c" * 40, f"prompts/{path}", "A <a@example.org>", content_hash(artifact))
        person.save(path.with_suffix("").as_posix(), artifact, written["labels"], notes.write(mark))
    return langfuse


def main(folder: Path) -> None:
    langfuse = filled(folder)
    with serve(langfuse) as url:
        print(url, flush=True)
        for _ in sys.stdin:
            print(json.dumps([one.path for one in langfuse.requests]), flush=True)
            langfuse.requests.clear()


main(Path(sys.argv[1]))
