"""Variables are found by the template's own rules, and only undeclared ones are a mistake."""

import pytest

from mooring.core.artifact import Artifact, Json, Message, Placeholder
from mooring.core.desired import PromptFacts
from mooring.formats.variables import check_variables, variables_in


@pytest.mark.parametrize(
    ("text", "config", "found"),
    [
        ("Hi {{name}}, {{ place }}", {}, {"name", "place"}),
        ("{{{raw}}} {{#each}}x{{/each}} {{^none}} {{&amp}} {{! note }} {{> part}}", {}, {"raw", "each", "none", "amp"}),
        ("{{user.name}} {{größe}}", {}, {"user.name", "größe"}),
        ('{name} and JSON {"a": 1} {}', {}, set()),
        (
            '{name} {{literal}} {user.x} {n:>3} {v!r} {"a": 1}',
            {"template_format": "f-string"},
            {"name", "user", "n", "v"},
        ),
        ("{{ x }}", {"template_format": "jinja2"}, {"x"}),
        ("{{x}}", [1], {"x"}),
    ],
)
def test_variables_are_found(text: str, config: Json, found: set[str]) -> None:
    assert variables_in(Artifact(text, config)) == found


def test_every_message_is_looked_at() -> None:
    body = (Message("system", "{{a}}"), Placeholder("history"), Message("user", "{{b}}"))
    assert variables_in(Artifact(body)) == {"a", "b"}


@pytest.mark.parametrize(
    ("declared", "text", "config", "undeclared"),
    [
        (None, "{{x}}", {}, []),
        ((), "{{x}}", {}, ["x"]),
        (("x", "unused"), "{{x}}", {}, []),
        (("company_name",), "{{compnay_name}}", {}, ["compnay_name"]),
        (("x",), "{x} and {y}", {}, ["y"]),
        (("x",), "JSON {y}", {}, []),
        (("x",), "{{x}} {y}", {}, []),
        (("x",), "{y}", {"template_format": "f-string"}, ["y"]),
        (("x",), "{{y}}", {"template_format": "jinja2"}, []),
    ],
)
def test_only_undeclared_variables_are_told(
    declared: tuple[str, ...] | None, text: str, config: Json, undeclared: list[str]
) -> None:
    messages = check_variables(PromptFacts(variables=declared), Artifact(text, config))
    assert [message.split("`")[1] for message in messages] == undeclared


def test_a_misspelt_variable_is_put_right() -> None:
    (message,) = check_variables(PromptFacts(variables=("company_name",)), Artifact("{{compnay_name}}"))
    assert message == (
        "the text uses the variable `compnay_name`, which the prompt does not declare. "
        "Did you mean `company_name`? Declare it under `variables`, or change the text."
    )
