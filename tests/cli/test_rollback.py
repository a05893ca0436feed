"""What does a person type at three in the morning, and what is said?"""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

TWO_LABELS = """\
version: 1
id: shop
branch: main
prompts: prompts/
targets:
  local: {adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production, staging]}
limits: {updates: 100%, deletes: 100%}
"""


@pytest.fixture
def bad(synced: "Desk") -> "Desk":
    """What was shipped last is bad."""
    synced.prompt("greet", "Go away {{name}}")
    assert synced.type("sync").code == 0
    return synced


@pytest.fixture
def staged(synced: "Desk") -> "Desk":
    """Staging serves what production does not yet."""
    files = {
        "mooring.yaml": TWO_LABELS,
        "prompts/care/v1.yaml": "prompt: One\n",
        "prompts/care/v2.yaml": "prompt: Two\n",
    }
    synced.commit({**files, "prompts/care/prompt.yaml": "labels: {production: v1, staging: v2}\n"})
    assert synced.type("sync").code == 0
    return synced


def test_a_rollback_says_what_is_served_and_the_next_sync_leaves_it(bad: "Desk") -> None:
    ended = bad.type("rollback", "greet@production", "--reason", "Rude")

    assert ended.code == 0, ended.err
    assert bad.served("greet") == "Hello {{name}}\n"
    assert "Rolled back by Ada <ada@example.com>" in ended.out
    assert bad.type("sync").code == 0
    assert bad.served("greet") == "Hello {{name}}\n"


def test_a_machine_is_told_the_same(bad: "Desk") -> None:
    report = bad.report("rollback", "local:greet@production", "--reason", "Rude")

    assert report["command"] == "rollback"
    (address,) = [one for one in report["targets"][0]["addresses"] if one["prompt"] == "greet"]
    assert (address["state"], address["outcome"]) == ("relabelled", "applied")
    assert address["fix"] == "mooring adopt local:greet@production"


def test_to_names_other_content(bad: "Desk") -> None:
    bad.prompt("greet", "Worse {{name}}")
    assert bad.type("sync").code == 0
    first = bad.git("rev-parse", "HEAD~2").strip()

    assert bad.type("rollback", "greet@production", "--to", first, "--reason", "Rude").code == 0
    assert bad.served("greet") == "Hello {{name}}\n"

    ended = bad.type("rollback", "greet@production", "--to", "v7", "--reason", "Rude")
    assert ended.code == 64
    assert "v7 names nothing" in ended.out + ended.err


@pytest.mark.parametrize("text", ["greet", "local:greet", "nothing"])
def test_a_prompt_alone_is_no_address_of_a_label(bad: "Desk", text: str) -> None:
    ended = bad.type("rollback", text, "--reason", "Rude")

    assert ended.code == 64
    assert f"Name one: {text}@production" in ended.err
    assert bad.served("greet") == "Go away {{name}}\n"


def test_an_address_that_nobody_has_is_said(bad: "Desk") -> None:
    ended = bad.type("rollback", "gret@production", "--reason", "Rude")

    assert ended.code == 64
    assert "Did you mean greet@production?" in ended.err


@pytest.mark.parametrize("reason", [(), ("--reason", " ")])
def test_a_rollback_needs_a_reason(bad: "Desk", reason: tuple[str, ...]) -> None:
    ended = bad.type("rollback", "greet@production", *reason)

    assert ended.code == 64
    assert "--reason" in ended.err
    assert bad.served("greet") == "Go away {{name}}\n"


def test_nothing_to_go_back_to_is_a_sentence_and_exit_3(synced: "Desk") -> None:
    ended = synced.type("rollback", "greet@production", "--reason", "Rude")

    assert ended.code == 3
    assert "Nothing verified is on record" in ended.out + ended.err


def test_promote_now_moves_the_label_at_once(staged: "Desk") -> None:
    words = ("promote", "care", "--from", "staging", "--to", "production", "--now", "--reason", "Cannot wait")
    ended = staged.type(*words)

    assert ended.code == 0, ended.err
    assert staged.served("care") == "Two"
    assert "Promoted by Ada <ada@example.com>" in ended.out
    assert staged.type("sync").code == 0
    assert staged.served("care") == "Two"


def test_promote_alone_moves_nothing(staged: "Desk") -> None:
    staged.type("promote", "care", "--from", "staging", "--to", "production")
    assert staged.served("care") == "One"


def test_a_policy_that_forbids_it_is_named(staged: "Desk") -> None:
    staged.commit({"mooring.yaml": TWO_LABELS + "policy: {promote_now: forbid}\n"})

    ended = staged.type("promote", "care", "--from", "staging", "--to", "production", "--now", "--reason", "x")

    assert ended.code == 77
    assert "promote_now: forbid" in ended.out + ended.err
    assert staged.served("care") == "One"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "staging", "--to", "production", "--now"), "--now needs --reason"),
        (("--from", "staging", "--to", "production", "--now", "--reason", " "), "--now needs --reason"),
        (("--from", "staging", "--to", "production", "--reason", "x"), "--reason goes with --now"),
        (("--from", "staging", "--to", "staging"), "Name two labels"),
        (("--to", "production"), "--from"),
        (("--from", "canary", "--to", "production", "--now", "--reason", "x"), "does not manage canary"),
    ],
)
def test_what_does_not_fit_together_is_said(staged: "Desk", words: tuple[str, ...], said: str) -> None:
    ended = staged.type("promote", "care", *words)

    assert ended.code == 64
    assert said in ended.out + ended.err
    assert staged.served("care") == "One"


def test_a_prompt_that_nobody_has_is_said(staged: "Desk") -> None:
    words = ("--from", "staging", "--to", "production", "--now", "--reason", "x")
    ended = staged.type("promote", "caer", *words)

    assert ended.code == 64
    assert "caer" in ended.err
