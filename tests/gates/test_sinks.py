"""A sink that refuses, and one that cannot be used: told of, never fatal, nothing lost and nothing doubled."""

from typing import TYPE_CHECKING, Any

import pytest

from mooring.testing.github.rows import Right
from mooring.testing.github.trouble import Trouble

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.gates.conftest import Place
    from tests.support.places import Channel

HEARS = "alerts: [{notify: env:CHANNEL_URL}]\n"


def alerts(report: Any) -> list[str]:
    return [one["message"] for one in report["findings"] if one["kind"] == "alert"]


def test_a_channel_that_answers_429_for_an_hour_loses_nothing_and_hears_nothing_twice(
    place: "Place", channel: "Channel"
) -> None:
    place.begun(HEARS, greet="one\n", other="one\n", third="one\n")
    place.forms = ("json",)
    channel.status = 429
    place.edit("greet", "by hand\n")
    place.edit("third", "by hand\n")
    for number in range(8):
        code, report = place.mooring("drift")
        assert code == 3, "the exit code is that of the check, whoever was told"
        (said,) = alerts(report)
        assert said.startswith("CHANNEL_URL could not be told of prod")
        if number == 1:
            place.edit("other", "by hand\n")
        if number == 3:
            place.edit("third", "one\n")  # over before anybody could be told
        place.clock.advance(600)
    # From the sixth refusal on the pause is longer than the ten minutes between two runs, however the jitter falls.
    assert channel.asked < 8, "it is left alone longer and longer"
    channel.status = 200
    place.clock.advance(3600)
    for _ in range(2):
        code, report = place.mooring("drift")
        assert (code, alerts(report)) == (3, [])
    assert sorted(channel.titles()) == [
        "Came and went: third (production) on prod: platform ahead",
        "greet (production) on prod: platform ahead",
        "other (production) on prod: platform ahead",
    ]


def test_a_variable_that_is_not_set_is_a_finding_and_what_there_is_to_say_waits(
    place: "Place", channel: "Channel", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHANNEL_URL")
    place.begun(HEARS, greet="one\n")
    assert place.mooring("drift")[0] == 0
    place.edit("greet", "by hand\n")
    code, report = place.mooring("drift")
    assert code == 3
    (said,) = alerts(report)
    assert said.startswith("CHANNEL_URL is told nothing: ")
    assert "CHANNEL_URL" in place.form("text")
    monkeypatch.setenv("CHANNEL_URL", channel.url)
    assert place.mooring("drift")[0] == 3
    assert channel.titles() == ["greet (production) on prod: platform ahead"]


@pytest.mark.parametrize("value", ["not an url", "json://127.0.0.1:1/canary-of-the-channel"])
def test_an_url_that_leads_nowhere_is_a_finding_that_does_not_show_it(
    place: "Place", monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CHANNEL_URL", value)
    place.begun(HEARS, greet="one\n")
    place.edit("greet", "by hand\n")
    code, report = place.mooring("drift")
    assert code == 3
    (said,) = alerts(report)
    assert said.startswith("CHANNEL_URL could not be told of prod: ")
    assert value not in place.everything()
    assert "canary" not in place.everything()


def test_one_sink_that_is_down_keeps_nobody_else_from_hearing(
    place: "Place", channel: "Channel", github: "Served", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN_URL", "json://127.0.0.1:1/x")
    place.begun("alerts: [{notify: env:BROKEN_URL}, {notify: env:CHANNEL_URL}, {notify: github}]\n", greet="one\n")
    place.edit("greet", "by hand\n")
    code, report = place.mooring("drift")
    assert (code, len(alerts(report))) == (3, 1)
    assert len(channel.got) == len(github.hub.issues) == 1


def test_a_token_without_the_right_to_open_issues_is_a_finding(place: "Place", github: "Served") -> None:
    place.begun("alerts: [{notify: github}]\n", greet="one\n")
    github.allow(github.token, frozenset({Right.STATUSES}))
    place.edit("greet", "by hand\n")
    code, report = place.mooring("drift")
    assert code == 3
    (said,) = alerts(report)
    assert "github could not be told of prod" in said
    assert github.token not in place.everything()
    github.allow(github.token)
    place.clock.advance(3600)
    place.mooring("drift")
    assert [one.state for one in github.hub.issues.values()] == ["open"]


def test_an_issue_whose_answer_got_lost_is_not_opened_twice(place: "Place", github: "Served") -> None:
    place.begun("alerts: [{notify: github}]\n", greet="one\n")
    place.edit("greet", "by hand\n")
    github.troubles.plan(Trouble.LOST, verb="POST", path="/issues")
    assert place.mooring("drift")[0] == 3
    place.clock.advance(3600)
    assert place.mooring("drift")[0] == 3
    assert [one.title for one in github.hub.issues.values()] == ["greet (production) on prod: platform ahead"]


def test_who_is_told_of_some_labels_and_states_after_a_time_or_in_a_digest(
    place: "Place", channel: "Channel", monkeypatch: pytest.MonkeyPatch
) -> None:
    place.begun(
        "alerts:\n"
        "  - {notify: env:CHANNEL_URL, labels: [staging]}\n"
        "  - {notify: env:CHANNEL_URL, states: [missing]}\n"
        "  - {notify: env:CHANNEL_URL, after: 15m, states: [platform_ahead]}\n"
        "  - {notify: env:CHANNEL_URL, digest: 1d}\n",
        greet="one\n",
        other="one\n",
    )
    place.edit("greet", "by hand\n")
    place.edit("other", "by hand\n")
    assert place.mooring("drift")[0] == 3
    assert channel.got == []
    place.clock.advance(16 * 60)
    assert place.mooring("drift")[0] == 3
    assert sorted(channel.titles()) == [
        "greet (production) on prod: platform ahead",
        "other (production) on prod: platform ahead",
    ]
    place.clock.advance(24 * 3600)
    assert place.mooring("drift")[0] == 3
    assert "Prompts on prod: 2 opened" in channel.titles()
