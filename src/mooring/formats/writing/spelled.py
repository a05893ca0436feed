"""Under which fields of a prompt file does wanted content stand?

Lowering joins the fields of a file into one config. On the way back a value goes to the field that gives its key in the
file already, and a new key to where a person would put it.
"""

from collections.abc import Mapping
from typing import TypeAlias

from mooring.core.artifact import Artifact, Json, Message, Turn
from mooring.core.lowering import NAMED, PARAMS, SPELLINGS, lower, spell

BODIES = ("prompt", "system_prompt", "messages")
CONTENT = frozenset({*BODIES, *SPELLINGS})
"""The fields that make the artifact."""
ORDER = (
    *("name", "id", "version", "description", "labels", "active_version", "tags", "owners", "variables"),
    *BODIES,
    *("model", "params", *PARAMS, "tools", "output_schema", "examples", "template_format", "config"),
)
"""The fields of a prompt file as a person orders them."""

_Fields: TypeAlias = dict[str, Json]


def spelled(artifact: Artifact) -> _Fields:
    """Give the fields of a new file."""
    config = artifact.config
    fields = spell(config)
    strange = {name: fields.pop(name) for name in NAMED if name in fields and not _may_stand_at_top(name, fields[name])}
    if strange:
        own = fields.get("config", {})
        fields["config"] = strange | dict(own if isinstance(own, Mapping) else {})
    return _body(artifact, {}) | fields


def respelled(fields: Mapping[str, Json], artifact: Artifact) -> _Fields:
    """Give the fields of a file that has some already, with the content changed; what else it states stays."""
    others = {name: value for name, value in fields.items() if name not in CONTENT}
    config = _config({name: value for name, value in fields.items() if name in SPELLINGS}, artifact.config)
    return others | _body(artifact, fields) | config


def body_field(fields: Mapping[str, Json]) -> str | None:
    """Give the field of a file that holds its text or messages."""
    return next((name for name in BODIES if name in fields), None)


def _body(artifact: Artifact, fields: Mapping[str, Json]) -> _Fields:
    body = artifact.body
    if isinstance(body, str):
        return {"prompt": body}
    if "messages" not in fields and len(body) == 1:
        only = body[0]
        if isinstance(only, Message) and only.role == "system" and only.content:
            return {"system_prompt": only.content}
    typed = _typed(fields.get("messages"))
    return {"messages": [_turn(turn, typed) for turn in body]}


def _turn(turn: Turn, typed: Mapping[str, bool]) -> _Fields:
    """Spell a placeholder like the one of its name in the file, else like all of them."""
    if isinstance(turn, Message):
        return {"role": turn.role, "content": turn.content}
    if typed.get(turn.name, bool(typed) and all(typed.values())):
        return {"type": "placeholder", "name": turn.name}
    return {"placeholder": turn.name}


def _typed(messages: Json) -> Mapping[str, bool]:
    typed: dict[str, bool] = {}
    for item in messages if isinstance(messages, list) else ():
        if isinstance(item, Mapping) and ("type" in item or "placeholder" in item):
            typed[str(item.get("name", item.get("placeholder")))] = "type" in item
    return typed


def _config(fields: _Fields, config: Json) -> _Fields:
    if not isinstance(config, Mapping):
        silent = {name: value for name, value in fields.items() if name != "config" and not lower({name: value}).config}
        return silent | {"config": config}
    placed = _Placed(fields)
    for key, value in config.items():
        placed.put(key, value)
    return placed.fields()


class _Placed:
    """Config keys put into the fields of a file one by one."""

    def __init__(self, fields: Mapping[str, Json]) -> None:
        own, params = fields.get("config"), fields.get("params")
        self._had = fields
        self._own: Mapping[str, Json] = own if isinstance(own, Mapping) else {}
        self._params: Mapping[str, Json] = params if isinstance(params, Mapping) else {}
        self._at_top = {name for name in fields if name in NAMED or name in PARAMS}
        self._all_in_config = bool(self._own.keys() & {*NAMED, *PARAMS}) and not self._at_top and not self._params
        self._flat = not isinstance(params, Mapping) and any(name in PARAMS for name in fields)
        self._new: dict[str, _Fields] = {"": {}, "params": {}, "config": {}}

    def put(self, key: str, value: Json) -> None:
        self._new[self._field(key, value)][key] = value

    def fields(self) -> _Fields:
        fields = dict(self._new[""])
        for name, had in (("params", self._params), ("config", self._own)):
            # An empty mapping says nothing, and stays if somebody wrote it.
            if self._new[name] or (name in self._had and not had and self._had[name] == {}):
                fields[name] = self._new[name]
        if "template_format" in self._had and "template_format" not in fields:
            silent = not lower({"template_format": self._had["template_format"]}).config
            fields |= {"template_format": self._had["template_format"]} if silent else {}
        return fields

    def _field(self, key: str, value: Json) -> str:
        """Give the field that a key goes under: `params`, `config`, or '' for the top of the file."""
        may_be_top = _may_stand_at_top(key, value)
        if key in self._own or self._all_in_config:
            return "config"
        if key in self._params:
            return "params"
        if may_be_top and (key in self._at_top or key in NAMED):
            return ""
        if key in PARAMS:
            return "" if self._flat else "params"
        return "" if key == "params" and key in self._had and may_be_top else "config"


def _may_stand_at_top(name: str, value: Json) -> bool:
    """Tell whether a field of this name gives this config key and nothing else."""
    if name == "template_format" and not isinstance(value, str):
        return False
    return name in SPELLINGS and name != "config" and lower({name: value}).config == {name: value}
