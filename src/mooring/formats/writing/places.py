"""Where does a prompt of any name have its files, safe on every file system and never outside the folder?

The encoding is injective: what is not on its short list of characters is percent-encoded, and a name that is too long
is cut and ends with digits of its hash behind a `~`, which no other name's path holds.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator

from mooring.formats.keys import is_key
from mooring.formats.layout import classify_paths, folded
from mooring.formats.parsed import Role

PART_CAP = 200
"""The bytes of one part of a path; file systems allow 255."""
PATH_CAP = 220
"""The bytes of a whole path below the prompts folder; Windows allows some 260 with all folders above."""
_DIGITS = 16
_ROOM = 16
"""What `/v1.2.3-rc.1.yaml` adds at most, or nearly."""
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=$|[. ])", re.IGNORECASE)
"""What Windows takes for a device, whatever its suffix."""
_SUFFIX = re.compile(r"\.(?=(?:ya?ml|txt)$)", re.IGNORECASE)
_FOREIGN = re.compile(r"\.(?=prompt$)", re.IGNORECASE)
_HARMLESS = "._- (),&'+=@"
"""What a file's name may hold everywhere beside letters and digits, and no tool takes for more than itself."""
_MARKING = frozenset({Role.VERSION_YAML, Role.VERSION_TEXT, Role.PROMPT_YAML})
"""The files that make a folder that of one prompt."""
_LETTERS = frozenset({"Ll", "Lu", "Lo", "Lm", "Mn", "Mc", "Nd"})
_CUT_CODE = re.compile(r"%[0-9A-F]?$")


def file_paths(name: str) -> Iterator[str]:
    """Give the paths that a prompt of one file may have, the best one first."""
    *folders, last = name.split("/")
    top = not folders
    yield _bounded([*map(_folder, folders), _file(last, at_top=top)], name, ".yaml")
    yield _bounded([_file(name, at_top=True)], name, ".yaml")
    yield _marked(_file(name, at_top=True), name, ".yaml")


def folder_paths(name: str) -> Iterator[str]:
    """Give the folders that a prompt's versions may have, the best one first."""
    yield _bounded([_folder(part) for part in name.split("/")], name, "")
    yield _bounded([_folder(name)], name, "")
    yield _marked(_folder(name), name, "")


class Ground:
    """Which paths are taken, and what a new file would do to the files that are there. Changes as files are added."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._folders: dict[str, set[str]] = {}
        self._marks: dict[str, set[str]] = {}
        self._files: set[str] = set()
        self._above: set[str] = set()
        for path in paths:
            self.add(path)

    def add(self, path: str) -> None:
        """Take a path."""
        folder, _, name = path.rpartition("/")
        self._folders.setdefault(folder, set()).add(name)
        if classify_paths((path,)).get(path) in _MARKING:
            self._marks.setdefault(folder, set()).add(path)
        self._files.add(folded(path))
        self._above.update(folded(above) for above in _folders_of(path))

    def remove(self, path: str) -> None:
        """Give a path back."""
        folder, _, name = path.rpartition("/")
        self._folders.get(folder, set()).discard(name)
        self._marks.get(folder, set()).discard(path)
        self._files.discard(folded(path))

    def fits(self, path: str, role: Role) -> bool:
        """Tell whether a new file would be what it is meant to be, and leave every other file what it is."""
        if folded(path) in self._files | self._above or any(folded(up) in self._files for up in _folders_of(path)):
            return False
        near = set(self._near(path, role))
        before, after = classify_paths(near), classify_paths({*near, path})
        return after.get(path) is role and all(after.get(other) is before.get(other) for other in near)

    def free_folder(self, folder: str) -> bool:
        """Tell whether nothing at all stands in a folder or its place, whatever the case of its letters."""
        return folded(folder) not in self._above and self.fits(f"{folder}/v1.yaml", Role.VERSION_YAML)

    def _near(self, path: str, role: Role) -> Iterator[str]:
        """Give the files on which the role of `path` depends, and those whose own depends on it."""
        home = path.rpartition("/")[0]
        for folder in _folders_of(path):
            yield from list(self._marks.get(folder, ()))[:1]
        if role in _MARKING and not self._marks.get(home):
            for folder in self._folders:
                if folder == home or f"{folder}/".startswith(f"{home}/tests/"):
                    yield from self._in(folder)

    def _in(self, folder: str) -> Iterator[str]:
        return (f"{folder}/{name}" if folder else name for name in self._folders.get(folder, ()))


def _folders_of(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    return ("/".join(parts[: depth + 1]) for depth in range(len(parts)))


def _file(part: str, *, at_top: bool) -> str:
    """Encode the last part of a name for a file whose suffix comes behind."""
    encoded = _FOREIGN.sub("%2E", _part(part))
    is_taken = is_key(encoded) or encoded.lower() == "prompt" or (at_top and encoded.lower() == "registry")
    return _composed(_first_encoded(encoded) if is_taken else encoded)


def _folder(part: str) -> str:
    encoded = _SUFFIX.sub("%2E", _part(part))
    return _composed(_first_encoded(encoded) if encoded.lower() == "tests" else encoded)


def _part(part: str) -> str:
    if not part:
        return "%"
    encoded = "".join(char if _is_harmless(char) else _encoded(char) for char in part)
    if encoded[0] in ".- " or unicodedata.category(encoded[0]).startswith("M"):
        encoded = _first_encoded(encoded)
    if encoded[-1] in ". ":
        encoded = encoded[:-1] + _encoded(encoded[-1])
    return _first_encoded(encoded) if _DEVICE.match(encoded) else encoded


def _composed(encoded: str) -> str:
    """Leave nothing that some file systems would compose: a mark may stand behind an encoded character's last digit."""
    if unicodedata.is_normalized("NFC", encoded):
        return encoded
    return "".join(char if char.isascii() else _encoded(char) for char in encoded)


def _is_harmless(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in _HARMLESS
    return unicodedata.category(char) in _LETTERS


def _encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _first_encoded(part: str) -> str:
    return _encoded(part[0]) + part[1:]


def _bounded(parts: list[str], name: str, suffix: str) -> str:
    path = "/".join(parts) + suffix
    too_long = any(len(part.encode()) > PART_CAP - len(suffix) for part in parts)
    return _marked("%2F".join(parts), name, suffix) if too_long or len(path.encode()) > PATH_CAP - _ROOM else path


def _marked(part: str, name: str, suffix: str) -> str:
    """Cut a part, and make it the name's own by its hash."""
    room = PART_CAP - len(suffix) - _DIGITS - 1
    cut = _CUT_CODE.sub("", part.encode()[:room].decode("utf-8", "ignore"))
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    return f"{cut}~{digest}{suffix}"
