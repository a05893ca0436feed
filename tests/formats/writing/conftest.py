"""Adoption as the caller sees it: files in, files out, read back, and asked for again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.desired import Desired, PromptFacts
from mooring.formats.writing.adoption import Layout, Rewritten, Wanted, rewritten

if TYPE_CHECKING:
    from tests.formats.conftest import Build


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of it; `files` are all files afterwards."""

    files: Mapping[str, bytes]
    desired: Desired
    result: Rewritten

    def text(self, path: str) -> str:
        return self.files[path].decode()

    @property
    def changed(self) -> set[str]:
        return set(self.result.files)


class Adopt(Protocol):
    def __call__(
        self,
        files: Mapping[str, str | bytes],
        wanted: Mapping[str, Mapping[str, Artifact]],
        layout: Layout = Layout.AUTO,
        facts: PromptFacts = ...,
    ) -> Adopted: ...


@pytest.fixture
def adopt(build: "Build") -> Adopt:
    """Adopt, and prove what holds always: hashes, other labels, no new mistake, a fixed point."""

    def adopted(
        files: Mapping[str, str | bytes],
        wanted: Mapping[str, Mapping[str, Artifact]],
        layout: Layout = Layout.AUTO,
        facts: PromptFacts = PromptFacts(),
    ) -> Adopted:
        before = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
        was = build(before)
        wants = [Wanted(prompt, contents, facts) for prompt, contents in wanted.items()]
        result = rewritten(before, was, "prompts/", wants, layout)
        after = {path: data for path, data in {**before, **result.files}.items() if data is not None}
        now = build(after)
        for prompt, contents in wanted.items():
            for label, content in contents.items():
                if prompt not in result.refused:
                    assert now.side(prompt, label) == content_hash(content)
                    assert now.prompts[prompt].labels[label] == result.keys[prompt, label]
        for prompt, known in was.prompts.items():
            for label in known.labels:
                if prompt in result.refused or label not in wanted.get(prompt, {}):
                    assert now.side(prompt, label) == was.side(prompt, label)
            assert prompt in now.prompts
        assert len(now.problems) <= len(was.problems)
        assert rewritten(after, now, "prompts/", wants, layout).files == {}
        return Adopted(after, now, result)

    return adopted


@pytest.fixture
def changed_lines() -> Callable[[str, str], list[str]]:
    """The lines that a change takes away and adds, each with its sign."""

    def lines(before: str, after: str) -> list[str]:
        from difflib import ndiff

        return [line[0] + line[2:] for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]

    return lines
