"""Prompt folders as mappings from path to text, read the way Git's are: parsed per blob, kept as JSON, assembled."""

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from mooring.core.desired import Desired
from mooring.formats import ParsedFile, assemble, classify_paths, parse_blob

Build: TypeAlias = Callable[[Mapping[str, str | bytes]], Desired]


@pytest.fixture
def build() -> Build:
    def built(files: Mapping[str, str | bytes]) -> Desired:
        parsed = {}
        for path, role in classify_paths(files).items():
            data = files[path]
            kept = json.dumps(parse_blob(role, data.encode() if isinstance(data, str) else data).to_json())
            parsed[path] = (f"blob of {path}", ParsedFile.from_json(json.loads(kept)))
        return assemble(commit="c" * 40, tree="t", prefix="prompts/", files=parsed)

    return built
