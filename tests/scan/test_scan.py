"""What looks like a secret, what does not, and is a text that somebody made for the purpose scanned to its end?"""

import re

import pytest

from mooring.core.artifact import Artifact, Message, Opaque
from mooring.scan import _rules, secrets_in

LONG = 200_000
OPENAI = "T3Blbk" + "FJ"


@pytest.mark.parametrize(
    ("rule", "token"),
    [
        ("OpenAI Token", "sk-" + "a1B2" * 5 + OPENAI + "c3D4" * 5),
        ("OpenAI Token", "sk-proj-" + "a1B2_" * 14 + "wxyz" + OPENAI + "c3-D4" * 14),
        ("JSON Web Token", "eyJ" + "hbGciOiJI" * 3 + ".eyJ" + "zdWIiOiIx" * 3 + ".SflKxwRJSM"),
        ("NPM tokens", "//registry.example.org/:_authToken=npm_" + "x9" * 18),
        ("NPM tokens", "//registry.example.org/a/b/:_authToken=" + "0f1e2d3c-" * 4),
        ("Basic Auth Credentials", "postgres://ann:hunter2@db.example.org/prompts"),
        ("AWS Access Key", "AKIA" + "QX7TRJ5LM2ZK4WPD"),
    ],
)
def test_a_token_is_found_where_it_stands(rule: str, token: str) -> None:
    found = secrets_in(Artifact((Message("system", "Be kind."), Message("user", f"first\nuse {token} here"))))
    assert [(one.rule, one.path, one.line) for one in found if one.rule == rule] == [(rule, "/messages/1/content", 2)]
    assert token not in str(found), "nothing found is repeated"


@pytest.mark.parametrize(
    "text",
    [
        "Connect to postgres://{{user}}:{{password}}@{{host}}/db",
        "See https://example.org:8080/path, or write to ann@example.org",
        "A task-force of risk-aware desk-workers",
        "// a comment about _authToken=",
    ],
)
def test_what_only_resembles_one_is_left_alone(text: str) -> None:
    assert secrets_in(Artifact(text)) == ()


def test_keys_and_content_of_another_form_are_looked_at_too() -> None:
    key = "AKIA" + "QX7TRJ5LM2ZK4WPD"
    (inside,) = secrets_in(Opaque({"a/b": {key: 1}, "n": [None, 2, "x"]}, "other"))
    assert inside.path == f"/a~1b/{key}"
    assert secrets_in(Opaque({key: 1}, "other"), frozenset({inside.fingerprint})) == ()


UNITS = [
    "/",
    "//a",
    "//a/:_authToken",
    "//a/:_authToken= ",
    "://",
    "://a:",
    "://" + "a" * 99 + ":",
    "eyJ",
    "eyJaaaaaaaaaa.",
    "sk-",
    "sk-" + "a" * 30,
    "sk-" + "a" * 30 + "T3Blbk",
    "sk-ant-",
    "hf_",
    "hf_" + "a" * 40 + "_",
    "xoxb-1-",
    "xoxb-" + "1-" * 40 + "!",
    "https://hooks.slack.com/services/T",
    "AKC",
    " AKC" + "a" * 40 + "!",
    "aws key '",
    "glagent-",
    "github_pat_",
    "1",
    "a",
    "a-",
]


@pytest.mark.timeout(120)  # with patterns that try again from each place it is hours
@pytest.mark.parametrize("unit", UNITS, ids=[repr(unit[:24]) for unit in UNITS])
def test_a_text_made_to_be_slow_is_scanned_to_its_end(unit: str) -> None:
    last = "AKIA" + "QX7TRJ5LM2ZK4WPD"
    found = secrets_in(Artifact(unit * (LONG // len(unit)) + "\n" + last))
    assert found[-1:] != ()
    assert "AWS Access Key" in {one.rule for one in found}


_OPEN = re.compile(r"(?:[*+]|\{\d+,\})\??")
"""A repetition without an upper bound, in the way that patterns are written here."""

REVIEWED = {
    "JSON Web Token": "it cannot begin inside of what it repeats",
    "GitHub Fine-grained Token": "it begins after what is no letter, digit or underscore, and repeats only these",
    "Hugging Face Token": "it begins after what is no letter, and repeats only letters",
    "Artifactory Credentials": "it begins after what is no letter, and repeats only letters",
    "NPM tokens": "white space, after a text of its own",
    "Slack Token": "each repetition ends with a sign that is not in it",
}


def test_no_pattern_repeats_without_bound_before_something_else_unless_somebody_thought_about_it() -> None:
    """Such a pattern takes time by the square of a text, if it can begin anew inside of what it repeats."""
    suspects = set()
    for rule, pattern in _rules():
        bare = re.sub(r"\[(?:\\.|[^\]\\])*\]", "x", pattern.pattern)
        if any(bare[found.end() :].strip(")?*") for found in _OPEN.finditer(re.sub(r"\\[+*]", "x", bare))):
            suspects.add(rule)
    assert suspects <= REVIEWED.keys()
