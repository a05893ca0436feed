"""How does an artifact stand in the tags of an MLflow prompt version, and how is it read back without loss?

Native, so that MLflow's own load_prompt gives an app what it expects: the text or the messages, `output_schema` as
response_format, and everything else in config as model_config. Carried in a tag of ours: `tools`, `examples`,
`template_format`, and what PromptModelConfig would not take (a temperature that is no number).
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from mooring.core.address import ContentHash
from mooring.core.artifact import Artifact, Content, Json, Message, Opaque, Placeholder, Turn, in_integers
from mooring.core.canonical import NotCanonical, content_hash
from mooring.ports import Objection

IS_PROMPT = "mlflow.prompt.is_prompt"
TYPE = "_mlflow_prompt_type"
TEXT = "mlflow.prompt.text"
RESPONSE_FORMAT = "_mlflow_prompt_response_format"
MODEL_CONFIG = "_mlflow_prompt_model_config"
CARRIER = "mooring.config"
CONTENT_TAGS = (IS_PROMPT, TYPE, TEXT, RESPONSE_FORMAT, MODEL_CONFIG, CARRIER)

SILENT = frozenset({"tools", "examples", "template_format"})
"""The config keys that MLflow has no place for: a version without our carrier says nothing about them."""

MAX_TAG = 100_000
"""Characters of any version tag, on every store."""

_CARRIED = SILENT | {"output_schema", "model_name", "extra_params"}
_VARIABLE = r"[a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*"
_PLACEHOLDER = re.compile(r"\{\{(" + _VARIABLE + r")\}\}")


@dataclass(frozen=True, slots=True)
class Config:
    """A config as MLflow holds it. `carried` stands beside the native parts, or is the whole of what is no object."""

    model_config: Mapping[str, Json]
    response_format: Mapping[str, Json]
    carried: Json


class _NotPlain(Exception):
    """A version's tags are not what an artifact encodes to; the message says why."""


def encode(artifact: Artifact) -> dict[str, str]:
    """Give the tags that hold an artifact; it must have no objections."""
    config = _split(artifact.config)
    tags = {IS_PROMPT: "true", TYPE: artifact.kind.value, TEXT: _text(artifact), CARRIER: _dump(config.carried)}
    if config.response_format:
        tags[RESPONSE_FORMAT] = _dump(config.response_format)
    if config.model_config:
        tags[MODEL_CONFIG] = _dump(config.model_config)
    return tags


def decode(tags: Mapping[str, str]) -> tuple[Content, ContentHash]:
    """Read an artifact and its hash from a version's tags; they are opaque where encoding would not give them again."""
    try:
        artifact = _artifact(tags)
        return artifact, content_hash(artifact)
    except (_NotPlain, NotCanonical) as error:
        opaque = Opaque({key: tags[key] for key in CONTENT_TAGS if key in tags}, str(error))
        return opaque, content_hash(opaque)


def silent(tags: Mapping[str, str]) -> frozenset[str]:
    """Give the config keys that a version with these tags says nothing about."""
    return frozenset() if CARRIER in tags else SILENT


def objections(artifact: Artifact) -> Iterator[Objection]:
    """Say what MLflow cannot carry of an artifact."""
    yield from body_objections(artifact)
    body = "text" if isinstance(artifact.body, str) else "messages"
    for tag, value in encode(artifact).items():
        if len(value) > MAX_TAG:
            where = body if tag == TEXT else "config"
            reason = f"it takes {len(value)} characters in MLflow's tag {tag}, which holds at most {MAX_TAG}"
            yield Objection(where, reason, "Shorten it, or split the prompt.")


def body_objections(artifact: Artifact) -> Iterator[Objection]:
    """Say which shapes of text and messages MLflow cannot carry, whatever their length."""
    if isinstance(artifact.body, str):
        if "\0" in artifact.body:
            yield Objection("text", "it holds a NUL character, which MLflow on Postgres refuses", "Take it out.")
        return
    if not artifact.body:
        yield Objection("messages", "MLflow keeps an empty list of messages as the text []", "Add a message.")
    for number, turn in enumerate(artifact.body):
        match turn:
            case Placeholder(name) if not re.fullmatch(_VARIABLE, name):
                reason = f"{name!r} is not a name that MLflow takes for a variable, as its placeholders need"
                yield Objection(f"messages/{number}/placeholder", reason, "Use letters, digits and underscores.")
            case Message("placeholder", content) if _PLACEHOLDER.fullmatch(content):
                reason = "a message of the role placeholder with only a variable is how a placeholder stands in MLflow"
                yield Objection(f"messages/{number}/role", reason, "Write it as a placeholder, or rename the role.")
            case _:
                pass


def _artifact(tags: Mapping[str, str]) -> Artifact:
    held = _held_config(tags)
    artifact = Artifact(_body(tags), _join(held))
    if _split(artifact.config) != held:
        raise _NotPlain("its config stands in other tags than Mooring would write it to")
    for objection in body_objections(artifact):
        raise _NotPlain(f"{objection.field}: {objection.reason}")
    return artifact


# --- config -------------------------------------------------------------------------------------------------------


def _split(config: Json) -> Config:
    if not isinstance(config, Mapping):
        return Config({}, {}, config)
    native: dict[str, Json] = {}
    schema: Mapping[str, Json] = {}
    carried: dict[str, Json] = {}
    for key, value in config.items():
        if key == "output_schema" and isinstance(value, Mapping) and value:
            schema = value
        elif key in _CARRIED or not _TAKES.get(key, _anything)(value):
            carried[key] = value
        else:
            native["model_name" if key == "model" else key] = value
    return Config(native, schema, carried)


def _join(held: Config) -> Json:
    if not isinstance(held.carried, Mapping):
        return held.carried
    named = {"model" if key == "model_name" else key: value for key, value in held.model_config.items()}
    schema: dict[str, Json] = {"output_schema": held.response_format} if held.response_format else {}
    return {**named, **schema, **held.carried}


def _held_config(tags: Mapping[str, str]) -> Config:
    model_config, schema = _load(tags, MODEL_CONFIG), _load(tags, RESPONSE_FORMAT)
    carried = _load(tags, CARRIER)
    if not isinstance(model_config, Mapping) or not isinstance(schema, Mapping):
        raise _NotPlain("its model_config or response_format is not a JSON object")
    if "model" in model_config:
        raise _NotPlain("its model_config has the key `model`, which MLflow's own PromptModelConfig calls `model_name`")
    return Config(model_config, schema, carried)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Json) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value > 0 and value == int(value)


def _is_text(value: Json) -> bool:
    return isinstance(value, str)


def _at_least_zero(value: Json) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value >= 0


def _is_share(value: Json) -> bool:
    return isinstance(value, int | float) and _is_number(value) and 0 <= value <= 1


def _are_texts(value: Json) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _anything(_: Json) -> bool:
    return True


_TAKES: Mapping[str, Callable[[Json], bool]] = {
    "provider": _is_text,
    "model": _is_text,
    "temperature": _at_least_zero,
    "max_tokens": _is_count,
    "top_p": _is_share,
    "top_k": _is_count,
    "frequency_penalty": _is_number,
    "presence_penalty": _is_number,
    "stop_sequences": _are_texts,
}
"""What MLflow's PromptModelConfig takes, key by key; any other key is one of its extra_params, of any shape."""


# --- body ---------------------------------------------------------------------------------------------------------


def _text(artifact: Artifact) -> str:
    if isinstance(artifact.body, str):
        return artifact.body
    return json.dumps([_message(turn) for turn in artifact.body], ensure_ascii=False)


def _message(turn: Turn) -> dict[str, str]:
    match turn:
        case Message(role, content):
            return {"role": role, "content": content}
        case Placeholder(name):
            # MLflow's ChatMessage needs a role and a content; `format` and LangChain read this form as a placeholder
            return {"role": "placeholder", "content": "{{" + name + "}}"}


def _body(tags: Mapping[str, str]) -> str | tuple[Turn, ...]:
    if tags.get(IS_PROMPT) != "true":
        raise _NotPlain(f"it lacks the tag {IS_PROMPT}, so that MLflow does not load it as a prompt")
    if TEXT not in tags:
        raise _NotPlain(f"it lacks the tag {TEXT}, so that MLflow cannot load it")
    match tags.get(TYPE, "text"):
        case "text":
            return tags[TEXT]
        case "chat":
            messages = _load(tags, TEXT)
            if not isinstance(messages, list):
                raise _NotPlain("its messages are not a JSON list")
            return tuple(_turn(message) for message in messages)
        case other:
            raise _NotPlain(f"its type is {other!r}, neither text nor chat")


def _turn(message: Json) -> Turn:
    match message:
        case {"role": str() as role, "content": str() as content, **more} if not more:
            found = _PLACEHOLDER.fullmatch(content) if role == "placeholder" else None
            return Message(role, content) if found is None else Placeholder(found[1])
        case _:
            raise _NotPlain("a message has other fields than a role and a text")


# --- JSON ---------------------------------------------------------------------------------------------------------


def _load(tags: Mapping[str, str], tag: str) -> Json:
    try:
        value: Json = _DECODER.decode(tags[tag]) if tag in tags else {}
    except (ValueError, RecursionError) as error:
        raise _NotPlain(f"its tag {tag} is not JSON that can be read ({type(error).__name__})") from error
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)


def _dump(value: Json) -> str:
    return json.dumps(in_integers(value), ensure_ascii=False)
