"""The published JSON Schemas are those that the code checks by, and they agree with it on real files."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mooring.config import ConfigInvalid, load_config
from mooring.config.schemas import schema_text, schemas, write_schemas
from mooring.formats import Role, parse_blob
from mooring.formats.located import plain
from mooring.formats.strict_yaml import read_yaml

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "config" / "schemas"
SCHEMA_OF = {
    Role.VERSION_YAML: "prompt-version.schema.json",
    Role.ONE_FILE: "one-file-prompt.schema.json",
    Role.PROMPT_YAML: "prompt.schema.json",
    Role.REGISTRY: "registry.schema.json",
}
REGENERATE = "mooring.config.schemas.write_schemas(Path('config/schemas'))"


def accepts(name: str, text: str) -> bool:
    schema: Any = json.loads((PUBLISHED / name).read_text(encoding="utf-8"))
    reading = read_yaml(text.encode())
    assert reading.root is not None
    assert reading.flaws == ()
    return jsonschema.Draft202012Validator(schema).is_valid(plain(reading.root))


@pytest.mark.parametrize("name", schemas())
def test_the_published_schema_is_current(name: str) -> None:
    assert (PUBLISHED / name).read_text(encoding="utf-8") == schema_text(schemas()[name]), f"run: {REGENERATE}"


@pytest.mark.parametrize("name", schemas())
def test_the_schema_is_one(name: str) -> None:
    schema: Any = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)


def test_writing_them_writes_all(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(schemas())


@pytest.mark.parametrize(
    ("role", "text"),
    [
        (Role.VERSION_YAML, "prompt: x\n"),
        (Role.VERSION_YAML, "id: a\nversion: v2\nsystem_prompt: x\nmodel: m\ntemperature: 0.3\ntools: [a]\n"),
        (Role.VERSION_YAML, "messages: [{role: a, content: b}, {placeholder: x}, {type: placeholder, name: y}]\n"),
        (Role.VERSION_YAML, "messages: [{type: text, name: y}]\n"),
        (Role.VERSION_YAML, "messages: []\n"),
        (Role.VERSION_YAML, "model: m\n"),
        (Role.VERSION_YAML, "prompt: x\nsystem_prompt: y\n"),
        (Role.VERSION_YAML, "prompt: ''\n"),
        (Role.VERSION_YAML, "prompt: x\nname: ' a'\n"),
        (Role.VERSION_YAML, "prompt: x\nname: a\nid: a\n"),
        (Role.VERSION_YAML, "prompt: x\ntags: [a]\n"),
        (Role.ONE_FILE, "prompt: x\nlabels: [production]\ntags: [a]\nowners: [b]\nvariables: [c]\n"),
        (Role.ONE_FILE, "prompt: x\nlabels: [latest]\n"),
        (Role.ONE_FILE, "prompt: x\nlabels: ['7']\n"),
        (Role.ONE_FILE, "prompt: x\nlabels: {production: head}\n"),
        (Role.PROMPT_YAML, "name: a\nactive_version: v1\nlabels: {staging: v2}\n"),
        (Role.PROMPT_YAML, "active_version: 1.10\n"),
        (Role.PROMPT_YAML, "prompt: x\n"),
        (Role.REGISTRY, "a: {production: v1}\nb/c: {}\n"),
        (Role.REGISTRY, "{}\n"),
        (Role.REGISTRY, "a: v1\n"),
        (Role.REGISTRY, "a: {latest: v1}\n"),
        (Role.REGISTRY, "a: {production: 2}\n"),
    ],
)
def test_the_schemas_of_prompt_files_agree_with_the_reader(role: Role, text: str) -> None:
    assert accepts(SCHEMA_OF[role], text) == (parse_blob(role, text.encode()).flaws == ())


CONFIG = "version: 1\nid: acme\ntargets:\n  a: {adapter: m, mode: upsert, labels: [x]}\n"


@pytest.mark.parametrize(
    "more",
    [
        "",
        "prompts: ../x\n",
        "prompts: .\n",
        "policy: {prune: delete}\n",
        "policy: {prune: retire}\n",
        "limits: {updates: 30%, deletes: 3}\n",
        "limits: {updates: 130%}\n",
        "limits: {updates: -1}\n",
        "limits: {share: 50%}\n",
        "limits: {share: 0%}\n",
        "limits: {share: 50}\n",
        "ledger: {ref: refs/x, file: y}\n",
        "ledger: {branch: x, remote: y}\n",
        "ledger: {ref: refs/tags/x}\n",
        "alerts: [{notify: env:X, states: [conflict]}]\n",
        "alerts: [{notify: slack://x}]\n",
        "rules: [{match: x}]\n",
        "rules: [{mode: x}]\n",
        "other: 1\n",
    ],
)
def test_the_schema_of_the_config_agrees_with_its_reader(more: str) -> None:
    try:
        load_config((CONFIG + more).encode(), "mooring.yaml")
    except ConfigInvalid:
        valid = False
    else:
        valid = True
    assert accepts("mooring.schema.json", CONFIG + more) == valid


def test_the_annotated_example_names_its_schema_and_fits_it() -> None:
    text = (ROOT / "config" / "mooring.example.yaml").read_text(encoding="utf-8")
    assert "$schema=schemas/mooring.schema.json" in text
    assert accepts("mooring.schema.json", text)
