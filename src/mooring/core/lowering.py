"""Which config do the fields of a prompt file spell, and how is a config spelled as fields?

Apps read the config flat (`config["model"]`, `config["temperature"]`), people write it in fields of their own. Here is
the one place where the two meet. A value is never changed, only placed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mooring.core.artifact import Json

PARAMS = (
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "top_p",
    "top_k",
    "min_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "stop",
    "stop_sequences",
    "seed",
    "n",
    "logit_bias",
    "logprobs",
    "top_logprobs",
    "reasoning_effort",
    "response_format",
    "tool_choice",
    "parallel_tool_calls",
)
"""The inference parameters that may stand at the top of a file as well as under `params`."""

NAMED = ("model", "tools", "output_schema", "examples", "template_format")
"""The fields that go into the config under their own name."""

SPELLINGS = ("model", "params", *PARAMS, "tools", "output_schema", "examples", "template_format", "config")
"""Every field that lowers into the config."""

DEFAULT_TEMPLATE_FORMAT = "mustache"
"""Stating it is the same as not stating it."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A config key that two fields give, or a `config` that cannot be joined with `other`."""

    field: str
    other: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Lowered:
    """The flat config, and the clashes that make it void."""

    config: Json
    clashes: tuple[Clash, ...] = ()


def lower(spelled: Mapping[str, Json]) -> Lowered:
    """Lower the spelled fields of a file into its config. Total: any JSON value may stand under any of them."""
    parts = [(name, _lowered(name, spelled[name])) for name in SPELLINGS if name in spelled and name != "config"]
    parts = [(name, part) for name, part in parts if part]
    if "config" in spelled:
        own = spelled["config"]
        if not isinstance(own, Mapping):
            return Lowered(own, tuple(Clash("config", name, None) for name, _ in parts))
        parts.append(("config", own))
    return _joined(parts)


def spell(config: Json) -> dict[str, Json]:
    """Give fields that lower to a config: the inverse, so `lower(spell(config)).config == config`."""
    if not isinstance(config, Mapping):
        return {"config": config}
    named = {name: config[name] for name in NAMED if name in config and _lowered(name, config[name])}
    params = {name: config[name] for name in PARAMS if name in config}
    rest = {key: value for key, value in config.items() if key not in named and key not in params}
    fields: dict[str, Json] = {}
    if "model" in named:
        fields["model"] = named.pop("model")
    if params:
        fields["params"] = params
    return fields | named | ({"config": rest} if rest else {})


def _lowered(name: str, value: Json) -> Mapping[str, Json]:
    if name == "params" and isinstance(value, Mapping):
        return value
    if name == "template_format" and value == DEFAULT_TEMPLATE_FORMAT:
        return {}
    return {name: value}


def _joined(parts: list[tuple[str, Mapping[str, Json]]]) -> Lowered:
    config: dict[str, Json] = {}
    given_by: dict[str, str] = {}
    clashes: list[Clash] = []
    for name, part in parts:
        for key, value in part.items():
            if key in config:
                clashes.append(Clash(name, given_by[key], key))
            else:
                config[key] = value
                given_by[key] = name
    return Lowered(config, tuple(clashes))
