"""The examples in the documentation of prompt files are valid prompt files."""

import re
from pathlib import Path

import pytest

from mooring.formats import classify_paths, parse_blob
from mooring.formats.strict_yaml import FILE_CAP, MAX_DEPTH, MAX_UNFOLDED, REGISTRY_CAP

PAGE = (Path(__file__).parents[2] / "docs" / "prompt-files.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(# prompts/(.+?)\n.*?)```", PAGE, re.DOTALL)


def test_there_is_an_example_of_every_file() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml") == 4


@pytest.mark.parametrize(("text", "path"), EXAMPLES, ids=[path for _, path in EXAMPLES])
def test_an_example_is_valid(text: str, path: str) -> None:
    beside = ["support_agent/v1.yaml", "customer_support/v1.1.0.txt"]
    parsed = parse_blob(classify_paths([path, *beside])[path], text.encode())
    assert parsed.flaws == ()


def test_the_bounds_are_those_of_the_code() -> None:
    assert (FILE_CAP, REGISTRY_CAP) == (2**20, 2**26)
    assert f"{MAX_DEPTH} levels" in PAGE
    assert f"{MAX_UNFOLDED:,} characters" in PAGE
