"""Which fields do the prompt files have?"""

from mooring.core.lowering import PARAMS
from mooring.formats.shape import AnyJson, Either, Field, ListOf, MapOf, Record, Rule, Shape, Text

NAME = Text(
    rules=(
        Rule(r"\S", "is empty", "Give the name that apps ask for."),
        Rule(
            r"^(?!\s)[^\x00-\x1f\x7f]{1,250}$",
            "starts with a space, holds control characters or is longer than 250",
            "Give the name that apps ask for.",
        ),
        Rule(r"\S$", "ends with a space", "Give the name that apps ask for."),
    )
)
LABEL = Text(
    rules=(
        Rule(r"\S", "is empty", "Name the label."),
        Rule(
            r"^(?!latest$)",
            "is {}, which belongs to the platform: it always means the newest version",
            "Name a label of your own, such as `production`.",
        ),
        Rule(
            r"^(?![0-9]+$)",
            "is {}, which platforms take for a version number",
            "Name a label that is not only digits.",
        ),
        Rule(
            r"^[^\s@*?\[\]]{1,100}$",
            "is {}, with a character that no label can have",
            "Use letters, digits, `.`, `_` and `-`.",
        ),
    )
)
KEY = Text(rules=(Rule(r"\S", "is empty", "Name the version's key, such as `v2`."),))
_FILLED = Text(rules=(Rule(r"[\s\S]", "is empty", "Write the prompt's text."),))
_WORD = Text(rules=(Rule(r"\S", "is empty", "Write it, or take the field out."),))
_TEXTS = ListOf(_WORD)
_LABEL_MAP = MapOf(LABEL, KEY)

MESSAGE = Record(
    "A message with its role and text.",
    {
        "role": Field(_WORD, "Who speaks: `system`, `user`, `assistant` or what else the model knows.", required=True),
        "content": Field(Text(), "What is said.", required=True),
    },
)
PLACEHOLDER = Record(
    "A place where the app puts messages of its own.",
    {"placeholder": Field(_WORD, "The placeholder's name.", required=True)},
)
TYPED_PLACEHOLDER = Record(
    "A place where the app puts messages of its own, as Langfuse writes it.",
    {
        "type": Field(Text(one_of=("placeholder",)), "Says that this is a placeholder.", required=True),
        "name": Field(_WORD, "The placeholder's name.", required=True),
    },
)

_NAMES = {
    "name": Field(NAME, "The name that apps ask for; without it, the path below the prompts folder."),
    "id": Field(NAME, "Another word for `name`."),
}
_DESCRIPTION = {"description": Field(Text(), "What the prompt is for, in a sentence.")}
_FACTS = {
    "tags": Field(_TEXTS, "Tags of the prompt on the platform."),
    "owners": Field(_TEXTS, "Who is asked and told about the prompt."),
    "variables": Field(_TEXTS, "The variables that apps fill in."),
}
_BODY = ("prompt", "messages", "system_prompt")
_CONTENT: dict[str, Field] = {
    "prompt": Field(_FILLED, "The text of a text prompt."),
    "messages": Field(
        ListOf(Either((MESSAGE, PLACEHOLDER, TYPED_PLACEHOLDER), "a message with `role` and `content`"), least=1),
        "The messages of a chat prompt.",
    ),
    "system_prompt": Field(_FILLED, "The text of a chat prompt that is one system message."),
    "model": Field(AnyJson(), "The model, as the app reads it."),
    "params": Field(AnyJson(), "Inference parameters; they stand flat in the config."),
    **{name: Field(AnyJson(), f"The inference parameter `{name}`.") for name in PARAMS},
    "tools": Field(AnyJson(), "The tools that the model may call: objects, or names."),
    "output_schema": Field(AnyJson(), "The JSON Schema of the answer."),
    "examples": Field(AnyJson(), "Few-shot examples."),
    "template_format": Field(Text(), "The template's language: `mustache` (the default), `f-string`, `jinja2` …"),
    "config": Field(AnyJson(), "Whatever else the app reads from the prompt's config."),
}
_IN_PROMPT_YAML = "It belongs to the whole prompt: put it in prompt.yaml beside this file."
_TEXT_ELSEWHERE = {
    "template": "The text goes under `prompt:`.",
    "text": "The text goes under `prompt:`.",
    "content": "The text goes under `prompt:`.",
    "system": "The text goes under `system_prompt:`.",
    "<<": "Write the fields out.",
}

VERSION = Record(
    "One version of a prompt: prompts/NAME/KEY.yaml",
    _NAMES
    | {"version": Field(KEY, "The version's key; it must be the file's name without its ending.")}
    | _DESCRIPTION
    | _CONTENT,
    one_of=_BODY,
    not_both=("name", "id"),
    elsewhere=_TEXT_ELSEWHERE
    | dict.fromkeys(("tags", "owners", "variables", "active_version"), _IN_PROMPT_YAML)
    | {"labels": "Labels belong in prompt.yaml beside this file, or in registry.yaml."},
)
ONE_FILE = Record(
    "A prompt in one file: prompts/NAME.yaml",
    _NAMES
    | {"version": Field(KEY, "Only `head`: a prompt in one file has no other version.")}
    | _DESCRIPTION
    | {"labels": Field(ListOf(LABEL), "The labels that serve this prompt.")}
    | _FACTS
    | _CONTENT,
    one_of=_BODY,
    not_both=("name", "id"),
    elsewhere=_TEXT_ELSEWHERE
    | {"active_version": "A prompt in one file has one version: write `labels: [production]`."},
)
PROMPT = Record(
    "What holds for all versions of a prompt: prompts/NAME/prompt.yaml",
    _NAMES
    | _DESCRIPTION
    | {
        "labels": Field(_LABEL_MAP, "The labels, each with the key of the version that it serves."),
        "active_version": Field(KEY, "Another word for the label `production`."),
    }
    | _FACTS,
    not_both=("name", "id"),
    elsewhere=dict.fromkeys(_CONTENT, "The content belongs in a version file beside this one, such as v1.yaml.")
    | {"version": "Write `active_version:` for the key that `production` serves."},
)
REGISTRY: Shape = MapOf(NAME, _LABEL_MAP)
"""registry.yaml: prompt to label to key."""
