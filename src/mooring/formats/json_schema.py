"""Which JSON Schema says what a shape says, for editors and for checks in other languages? Draft 2020-12."""

from itertools import combinations
from typing import assert_never

from mooring.core.artifact import Json
from mooring.formats.shape import AnyJson, Either, Field, ListOf, MapOf, Record, Shape, Text, Whole

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_document(shape: Shape, title: str) -> dict[str, Json]:
    """Give a schema that stands alone."""
    return {"$schema": DIALECT, "title": title} | schema_of(shape)


def schema_of(shape: Shape) -> dict[str, Json]:
    """Give the schema of a shape. It accepts what `check` accepts, but for what no schema can say."""
    match shape:
        case AnyJson():
            return {}
        case Text():
            return _text(shape)
        case Whole():
            return _whole(shape)
        case ListOf():
            return {
                "type": "array",
                "items": schema_of(shape.item),
                **({"minItems": shape.least} if shape.least else {}),
            }
        case MapOf():
            return _map(shape)
        case Record():
            return _record(shape)
        case Either():
            return {"anyOf": [schema_of(option) for option in shape.shapes]}
        case _:
            assert_never(shape)


def _text(shape: Text) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "string"}
    if shape.one_of:
        schema["enum"] = list(shape.one_of)
    patterns: list[Json] = [{"pattern": rule.pattern} for rule in shape.rules]
    return schema | ({"allOf": patterns} if patterns else {})


def _whole(shape: Whole) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "integer", "minimum": shape.least}
    return schema if shape.most is None else schema | {"maximum": shape.most}


def _map(shape: MapOf) -> dict[str, Json]:
    schema: dict[str, Json] = {"type": "object", "additionalProperties": schema_of(shape.value)}
    names = _text(shape.key)
    if len(names) > 1:
        schema["propertyNames"] = {key: value for key, value in names.items() if key != "type"}
    return schema | ({"minProperties": shape.least} if shape.least else {})


def _record(shape: Record) -> dict[str, Json]:
    schema: dict[str, Json] = {
        "type": "object",
        "description": shape.told,
        "properties": {name: _field(known) for name, known in shape.fields.items()},
        "additionalProperties": False,
    }
    required: list[Json] = [name for name, known in shape.fields.items() if known.required]
    if required:
        schema["required"] = required
    if shape.one_of:
        schema["oneOf"] = [{"required": [name]} for name in shape.one_of]
    if shape.not_both:
        schema["not"] = {"anyOf": [{"required": list(two)} for two in combinations(shape.not_both, 2)]}
    return schema


def _field(known: Field) -> dict[str, Json]:
    return schema_of(known.shape) | {"description": known.told}
