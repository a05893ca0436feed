"""What does a YAML file of GitHub's hold? It is read as YAML 1.2, so that `on` is a text, as it is there."""

from collections.abc import Mapping
from pathlib import Path

from mooring.formats.located import plain
from mooring.formats.strict_yaml import read_yaml
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.values import Value, is_list, text

_Shape = Mapping[str, Value]


def read(source: str | Path) -> Mapping[str, Value]:
    """Read a file, or a text; raises Invalid."""
    data = source.read_bytes() if isinstance(source, Path) else source.encode()
    name = source.name if isinstance(source, Path) else "the workflow"
    reading = read_yaml(data)
    if reading.flaws or reading.root is None:
        flaws = "; ".join(f"line {flaw.line}: {flaw.message}" for flaw in reading.flaws) or "it is empty"
        raise Invalid(f"{name} cannot be read: {flaws}")
    return mapping(plain(reading.root), name)


def mapping(value: Value, where: str) -> Mapping[str, Value]:
    """Give a mapping, an empty one for nothing; raises Invalid."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid(f"A mapping was expected at {where}")
    return value


def texts(value: Value, where: str) -> tuple[str, ...]:
    """Give a list of texts; one text stands for a list of one."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        raise Invalid(f"A list was expected at {where}")
    return tuple(text(one) for one in value) if is_list(value) else (text(value),)


def only(value: _Shape, allowed: frozenset[str], where: str) -> None:
    """Refuse keys that are not known; raises Invalid."""
    strange = sorted(set(value) - allowed)
    if strange:
        raise Invalid(f"Unexpected value '{strange[0]}' at {where}, or this runner does not know it")
