"""Which bytes does a prompt file have once it says something else, with its comments, order and style kept?"""

from collections.abc import Mapping, Sequence

from mooring.core.artifact import Artifact, Json
from mooring.core.canonical import NotCanonical, content_hash
from mooring.formats.located import plain
from mooring.formats.parsed import Role
from mooring.formats.strict_yaml import REGISTRY_CAP, read_yaml
from mooring.formats.version_file import UnreadableFile, read_artifact
from mooring.formats.writing.edits import edited, renamed, same
from mooring.formats.writing.emission import pair_lines
from mooring.formats.writing.spelled import CONTENT, ORDER, body_field, respelled, spelled

_BOM = b"\xef\xbb\xbf"
_CRLF = "\r\n"


class Unwritable(ValueError):
    """No file can say what is wanted; the message is a sentence with the way out."""


def new_file(artifact: Artifact, facts: Mapping[str, Json]) -> bytes:
    """Give a new version or one-file prompt: `facts` are its other fields."""
    return document(dict(facts) | spelled(artifact))


def new_text(artifact: Artifact, like: bytes) -> bytes | None:
    """Give a version that is nothing but its text, with the line ends of another; None where a text cannot say it."""
    body = artifact.body
    if not isinstance(body, str) or artifact.config != {}:
        return None
    if _CRLF.encode() in like:
        body = body.replace("\n", _CRLF)
    data = (_BOM if like.startswith(_BOM) else b"") + body.encode("utf-8", "surrogatepass")
    return data if _says(Role.VERSION_TEXT, data, artifact) is None else None


def with_content(role: Role, data: bytes, artifact: Artifact, facts: Mapping[str, Json], was: Role) -> bytes:
    """Give a file that serves other content. `facts` are other fields that it states then, None takes one away.

    `was` is the role of the file whose bytes are given. Only what differs changes; a file whose YAML leaves no room for
    that is written anew. Raises Unwritable.
    """
    now = fields_of(data)
    if now is None:
        raise Unwritable("the file is not valid. Run `mooring validate`, and correct it first.")
    stays = {name: value for name, value in now.items() if name not in facts}
    stays |= {name: value for name, value in facts.items() if value is not None}
    wanted = stays if _says(was, data, artifact) is None else respelled(stays, artifact)
    found = _edited(data, wanted, ORDER)
    if found is None or _says(role, found, artifact) is not None:
        found = _again(data, {name: stays[name] for name in stays if name not in CONTENT} | spelled(artifact))
    _prove(role, found, artifact)
    return found


def with_fields(data: bytes, wanted: Mapping[str, Json], order: Sequence[str]) -> bytes:
    """Give a file of prompt.yaml's or registry.yaml's kind that says `wanted`; new fields go where `order` says."""
    return _edited(data, wanted, order) or _again(data, wanted)


def fields_of(data: bytes) -> dict[str, Json] | None:
    """Give the fields of a YAML file; None where it is not valid as such."""
    reading = read_yaml(data, REGISTRY_CAP)
    if reading.flaws:
        return None
    root = {} if reading.root is None else plain(reading.root)
    return dict(root) if isinstance(root, Mapping) else None


def document(fields: Mapping[str, Json]) -> bytes:
    """Write a whole file as a person would, its fields in order; a literal text keeps its own lines."""
    return ("\n".join(pair_lines(fields, 0)) + "\n").encode("utf-8", "surrogatepass")


def _edited(data: bytes, wanted: Mapping[str, Json], order: Sequence[str]) -> bytes | None:
    text = data.removeprefix(_BOM).decode()
    old, new = (body_field(fields) if order else None for fields in (fields_of(data) or {}, wanted))
    if old is not None and new is not None and old != new:
        changed = renamed(text, old, new)
        text = text if changed is None else changed
    found = edited(text, wanted, order)
    if found is None:
        return None
    made = (_BOM if data.startswith(_BOM) else b"") + found.encode("utf-8", "surrogatepass")
    return made if same(fields_of(made), dict(wanted)) else None


def _again(data: bytes, wanted: Mapping[str, Json]) -> bytes:
    """Write a file anew under the comment that opens it."""
    opening: list[str] = []
    for line in data.removeprefix(_BOM).decode("utf-8", "replace").splitlines():
        if not line.startswith("#"):
            break
        opening.append(f"{line}\n")
    made = "".join(opening).encode() + document(wanted)
    return made.replace(b"\n", b"\r\n") if _CRLF.encode() in data else made


def _prove(role: Role, data: bytes, artifact: Artifact) -> None:
    reason = _says(role, data, artifact)
    if reason is not None:
        raise Unwritable(f"no file can hold its content: {reason}. Change it on the platform, or write it by hand.")


def _says(role: Role, data: bytes, artifact: Artifact) -> str | None:
    """Say why a file does not serve content; None says that it does."""
    try:
        read = content_hash(read_artifact(role, data))
        return None if read == content_hash(artifact) else "it would be read back otherwise"
    except UnreadableFile as unreadable:
        return unreadable.flaws[0].message
    except NotCanonical as refused:
        return "; ".join(f"{refusal.path}: {refusal.reason}" for refusal in refused.refusals[:3])
