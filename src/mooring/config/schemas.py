"""Which JSON Schemas describe mooring.yaml and the prompt files? Generated from what checks them."""

import json
from collections.abc import Mapping
from pathlib import Path

from mooring.config.shape import CONFIG
from mooring.core.artifact import Json
from mooring.formats.json_schema import schema_document
from mooring.formats.prompt_shapes import ONE_FILE, PROMPT, REGISTRY, VERSION


def schemas() -> Mapping[str, Json]:
    """Give every schema by the name of its file in config/schemas/."""
    return {
        "mooring.schema.json": schema_document(CONFIG, "mooring.yaml"),
        "prompt-version.schema.json": schema_document(VERSION, "prompts/NAME/KEY.yaml"),
        "prompt.schema.json": schema_document(PROMPT, "prompts/NAME/prompt.yaml"),
        "one-file-prompt.schema.json": schema_document(ONE_FILE, "prompts/NAME.yaml"),
        "registry.schema.json": schema_document(REGISTRY, "prompts/registry.yaml"),
    }


def schema_text(schema: Json) -> str:
    """Give a schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into a folder, over what is there."""
    for name, schema in schemas().items():
        (folder / name).write_text(schema_text(schema), encoding="utf-8")
