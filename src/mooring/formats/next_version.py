"""Which file comes next for a prompt, and what stands in it?"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mooring.core.desired import HEAD_KEY, DesiredPrompt, Version
from mooring.formats.keys import newest, next_key
from mooring.formats.layout import folded, split_suffix

_PART = re.compile(r"[^\x00-\x1f\x7f<>:\"/\\|?*]*[^\x00-\x1f\x7f<>:\"/\\|?*. ]")
_VERSION_LINE = re.compile(r"^version[ \t]*:[^\r\n]*", re.MULTILINE)

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/-]*|v[0-9.]+")
_NO_TEXT = frozenset({"true", "false", "null", "y", "n", "yes", "no", "on", "off"})

_STARTER = """\
# One version of a prompt. Once it is merged it never changes: `mooring new {name}` starts the next one.
# `system_prompt` makes a chat of one system message. Write `prompt` instead for plain text, or `messages`:
#   messages:
#     - role: system
#       content: You answer customers of {{{{store}}}}.
#     - placeholder: history
#     - {{role: user, content: "{{{{question}}}}"}}
system_prompt: |
  You are a helpful assistant for {{{{product_name}}}}.

# What the app reads from the prompt's config, all of it optional:
# model: gpt-4o
# params: {{temperature: 0.3, max_tokens: 800}}
# tools: []
# output_schema: {{type: object}}
# examples: []
# config: {{}}

# Say in registry.yaml which label serves this version:
#   {quoted}:
#     production: v1
"""


@dataclass(frozen=True, slots=True)
class NextVersion:
    """The file to make: its key, its path in the repository, and the version to copy (None: take `starter`)."""

    key: str
    path: str
    after: Version | None


class NoNextVersion(ValueError):
    """A prompt has no next version file; the message says why, and the way out."""


def next_version(name: str, prompts: Mapping[str, DesiredPrompt], prefix: str) -> NextVersion:
    """Give the file that comes after the newest version of one of `prompts`: v2 → v3, v1.1.0 → v1.2.0, none → v1.

    `prefix` is the prompts folder with its `/`. Raises NoNextVersion.
    """
    prompt = prompts.get(name)
    versions = {} if prompt is None else prompt.versions
    last = newest(versions)
    if last is None:
        _refuse_name(name)
        if prompt is None:
            _refuse_likeness(name, prompts)
        return NextVersion("v1", f"{prefix}{name}/v1.yaml", None)
    if last == HEAD_KEY:
        raise NoNextVersion(
            f"{versions[last].path} is the whole prompt `{name}`, and has no further versions. "
            "Edit that file; Git keeps the earlier ones."
        )
    folder, _, file = versions[last].path.rpartition("/")
    key = next_key(last, versions)
    return NextVersion(key, f"{folder}/{key}{split_suffix(file)[1]}", versions[last])


def copied(data: bytes, to: NextVersion) -> bytes:
    """Give the bytes of the next version: those of the last, with the key that a YAML file states changed."""
    if to.path.lower().endswith(".txt"):
        return data
    text = data.decode("utf-8", "surrogateescape")
    return _VERSION_LINE.sub(f"version: {quoted(to.key)}", text, count=1).encode("utf-8", "surrogateescape")


def starter(name: str) -> str:
    """Give the text of a prompt's first version file, which is valid as it stands."""
    return _STARTER.format(name=name, quoted=quoted(name))


def quoted(word: str) -> str:
    """Give a word as YAML that means this text to every reader, those of YAML 1.1 included."""
    if _PLAIN.fullmatch(word) and word.lower() not in _NO_TEXT:
        return word
    return "'" + word.replace("'", "''") + "'"


def _refuse_likeness(name: str, prompts: Iterable[str]) -> None:
    for other in prompts:
        if folded(other) == folded(name):
            raise NoNextVersion(
                f"`{name}` differs from the prompt `{other}` only in case or in the form of its letters."
            )
        if name.startswith(f"{other}@"):
            raise NoNextVersion(f"`{name}` names a label, and versions are of the whole prompt: mooring new {other}")


def _refuse_name(name: str) -> None:
    parts = name.split("/")
    if all(_PART.fullmatch(part) and not part.startswith(".") for part in parts):
        return
    raise NoNextVersion(
        f"`{name[:80]}` cannot be a folder's name everywhere. "
        "Make a folder with a plain name, and write `name:` into its version file."
    )
