"""A key that somebody pasted into a prompt reaches neither a platform nor Git; what nobody sees is shown."""

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.gates.conftest import Place
    from tests.support.places import Channel

KEY = "AKIA" + "QX7TRJ5LM2ZK4WPD"
TOKEN = "ghp_" + "x9Kq2LmZ7vRtY4wNbE3sUaJc6HdPf81gTrWq"
HEARS = "alerts: [{notify: env:CHANNEL_URL}]\n"


def found(report: Any, kind: str) -> list[tuple[str, str]]:
    """Give the findings of a kind, each with its prompt."""
    everywhere = [*report["findings"], *(one for t in report["targets"] for one in t["findings"])]
    return [(one["prompt"], one["message"]) for one in everywhere if one["kind"] == kind]


def findings(report: Any, kind: str) -> list[str]:
    return [message for _, message in found(report, kind)]


def print_of(report: Any) -> str:
    """Give the fingerprint that a report names."""
    (fingerprint,) = set(re.findall(r"sha256:[0-9a-f]{16}\b(?![0-9a-f])", "\n".join(findings(report, "secret"))))
    return str(fingerprint)


@pytest.fixture
def leaking(in_all_forms: "Place", channel: "Channel") -> "Place":
    """One prompt is served; another was committed with a key in it."""
    place = in_all_forms
    place.begun(HEARS, greet="one\n")
    place.prompt("leak", f"Call us.\nUse {KEY} for the bucket.\n")
    place.prompt("clean", "fine\n")
    place.commit()
    return place


def test_a_secret_in_git_stops_validate_plan_and_sync_and_nothing_is_written(
    leaking: "Place", channel: "Channel", capfd: pytest.CaptureFixture[str]
) -> None:
    code, report = leaking.mooring("validate")
    assert code == 65
    (said,) = findings(report, "secret")
    assert "prompts/leak.yaml" in said
    assert "AWS" in said
    assert "line 2" in said or "2:" in said or ":2" in said, said
    before = leaking.writes()
    for command in ("plan", "sync"):
        code, report = leaking.mooring(command)
        assert code == 5
        (guard,) = (one for t in report["targets"] for one in t["guards"])
        assert (guard["kind"], guard["open"]) == ("secrets", False)
        assert "prompts/leak.yaml" in guard["message"]
    assert leaking.writes() == before
    assert leaking.mooring("drift")[0] == 2
    out, err = capfd.readouterr()
    for where in (leaking.everything(), out, err, str(channel.got)):
        assert KEY not in where
        assert KEY[4:] not in where


def test_what_is_no_secret_goes_through_once_its_fingerprint_is_allowed(leaking: "Place") -> None:
    fingerprint = print_of(leaking.mooring("validate")[1])
    leaking.configure(HEARS, 'secrets: {allow: ["sha256:0123456789abcdef"]}\n')
    leaking.commit()
    assert leaking.mooring("sync")[0] == 5, "another one's"
    leaking.configure(HEARS, f'secrets: {{allow: ["{fingerprint}"]}}\n')
    leaking.commit()
    assert leaking.mooring("validate")[0] == 0
    assert leaking.mooring("sync")[0] == 0
    assert leaking.mooring("drift")[0] == 0
    assert KEY not in leaking.everything()


def test_a_secret_that_somebody_typed_on_the_platform_is_not_proposed_to_git(
    in_all_forms: "Place", channel: "Channel", capfd: pytest.CaptureFixture[str]
) -> None:
    place = in_all_forms
    place.begun(HEARS, "policy: {platform_ahead: adopt}\n", greet="one\n")
    place.edit("greet", f"Use {TOKEN} to push.\n")
    assert place.mooring("drift")[0] == 3
    place.mooring("sync")
    code, report = place.mooring("adopt", "greet@production")
    assert code != 0
    assert findings(report, "secret") or "secret" in place.form("text")
    assert place.git("ls-remote", "origin", "refs/heads/mooring/*") == ""
    out, err = capfd.readouterr()
    for where in (place.everything(), out, err, str(channel.got), place.incidents()):
        assert TOKEN not in where
        assert TOKEN[4:] not in where
    for ref in place.git("ls-remote", "origin").splitlines():
        place.git("fetch", "-q", "origin", ref.split()[1])
        assert TOKEN not in place.git("log", "-p", "--format=%B", "FETCH_HEAD")


HIDDEN = {"U+202E": "\u202e", "U+200B": "\u200b", "U+E0041": "\U000e0041"}


def test_what_nobody_sees_is_a_finding_on_either_side(in_all_forms: "Place") -> None:
    place = in_all_forms
    mine = {f"git{number}": code for number, code in enumerate(HIDDEN)}
    theirs = {f"live{number}": code for number, code in enumerate(HIDDEN)}
    place.begun(**dict.fromkeys((*mine, *theirs), "one\n"))
    for prompt, code in mine.items():
        place.prompt(prompt, f"Be ki{HIDDEN[code]}nd.\n")
    place.commit()
    for prompt, code in theirs.items():
        place.edit(prompt, f"Be ru{HIDDEN[code]}de.\n")

    for command, expected, prompts in (("validate", 0, mine), ("plan", 0, mine | theirs), ("drift", 3, mine | theirs)):
        status, report = place.mooring(command)
        assert status == expected, command
        told = {prompt: next(code for code in HIDDEN if code in text) for prompt, text in found(report, "invisible")}
        assert told == prompts, command
    assert place.mooring("sync")[0] == 0, "it fails nothing"
    for sign in HIDDEN.values():
        assert sign not in place.everything(), "a report shows it by its number"
