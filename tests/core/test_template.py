"""Each template language has variables of its own, and all of Mooring reads them alike."""

import pytest

from mooring.core.artifact import Artifact, Json, Message, Placeholder
from mooring.core.template import (
    Dialect,
    dialect,
    placeholders,
    template_format,
    texts,
    variables,
    variables_within,
    written,
)


@pytest.mark.parametrize(
    ("config", "stated", "spoken"),
    [
        ({}, "mustache", Dialect.MUSTACHE),
        ({"template_format": None}, "mustache", Dialect.MUSTACHE),
        ({"template_format": "f-string"}, "f-string", Dialect.F_STRING),
        ({"template_format": "Jinja2"}, "Jinja2", Dialect.JINJA),
        ({"template_format": "handlebars"}, "handlebars", Dialect.MUSTACHE),
        ({"template_format": 7}, "7", Dialect.MUSTACHE),
        ([1], "mustache", Dialect.MUSTACHE),
    ],
)
def test_the_language_is_what_the_config_states(config: Json, stated: str, spoken: Dialect) -> None:
    prompt = Artifact("Hi", config)
    assert (template_format(prompt), dialect(prompt)) == (stated, spoken)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("mustache", "{{a}} {{ b.c }} {{{d}}} {{#e}}{{/e}} {{! no }} {f}", {"a", "b.c", "d", "e"}),
        ("f-string", "{a} {{b}} {c.x} {d:>3} {e!r}", {"a", "c", "d", "e"}),
        ("jinja2", "{{ a }} {{- b -}} {{ c.d }} {{ e | upper }} {% if f %} {g}", {"a", "b"}),
    ],
)
def test_variables_are_those_of_the_language(language: str, text: str, found: set[str]) -> None:
    assert variables(Artifact(text, {"template_format": language})) == found


def test_a_chat_has_texts_and_placeholders() -> None:
    chat = Artifact((Message("system", "{{a}}"), Placeholder("past"), Message("user", "{{b}}")))
    assert list(texts(chat)) == ["{{a}}", "{{b}}"]
    assert placeholders(chat) == {"past"}
    assert placeholders(Artifact("x")) == set()


def test_variables_are_found_deep_within() -> None:
    assert variables_within([{"x": "{{a}}"}, 1, None, "{{b}}"], Dialect.MUSTACHE) == {"a", "b"}


def test_a_variable_is_written_as_its_language_does() -> None:
    assert [written("x", spoken) for spoken in Dialect] == ["{{x}}", "{x}", "{{x}}"]
