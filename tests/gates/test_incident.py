"""A person's edit at night: told once, settled by a merge, told once more; and nobody is told a secret."""

import logging
import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mooring.testing.github.serve import Served
    from tests.gates.conftest import Place
    from tests.support.places import Channel

BOTH = "alerts: [{notify: env:CHANNEL_URL}, {notify: github}]\n"
IN_GIT = "canary-of-git: answer politely\n"
LIVE = "canary-of-the-platform: answer rudely\n"


def test_a_persons_edit_is_told_once_until_it_is_settled_and_nobody_is_told_a_secret(
    in_all_forms: "Place",
    channel: "Channel",
    github: "Served",
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    place = in_all_forms
    with caplog.at_level(logging.NOTSET):
        place.begun(BOTH, greet=IN_GIT, other="fine\n")
        place.edit("greet", LIVE)
        place.clock.advance(300)
        assert place.mooring("drift")[0] == 3
        assert place.mooring("drift")[0] == 3
        (opened,) = channel.got
        (issue,) = github.hub.issues.values()
        assert (issue.state, issue.labels, issue.comments) == ("open", ["mooring"], [])

        assert place.mooring("adopt", "greet@production")[0] == 0
        assert place.mooring("drift")[0] == 3
        assert len(channel.got) == 1, "a proposal is no news"
        place.merge_proposal()
        assert place.mooring("sync")[0] == 0
        assert place.mooring("drift")[0] == 0

    assert channel.titles() == [
        "greet (production) on prod: platform ahead",
        "Resolved: greet (production) on prod: platform ahead",
    ]
    assert channel.got[1]["type"] == "success"
    said = dict(line.split(": ", 1) for line in opened["message"].splitlines())
    assert said["Where"] == "prompt greet; label production; target prod"
    assert said["Seen since"] == "2026-01-05 12:05 UTC"
    assert "(the live version was made 2026-01-05 12:0" in said["Who"]
    assert said["How grave"] == "failure: gates fail"
    assert said["Type"] == 'mooring adopt prod:greet@"production"'

    closed = next(one for one in github.hub.issues.values() if one.number == issue.number)
    assert (closed.state, len(closed.comments)) == ("closed", 1)
    assert closed.comments[0].body.startswith("**Resolved: `greet` (`production`) on prod: platform ahead**")

    told = f"{channel.got}{[(one.title, one.body, one.comments) for one in github.hub.issues.values()]}"
    out, err = capfd.readouterr()
    for name in ("LF_SECRET", "CHANNEL_URL", "GITHUB_TOKEN"):
        for where in (told, out, err, caplog.text, place.everything(), place.incidents()):
            assert os.environ[name] not in where, name
    for text in ("canary-of-git", "canary-of-the-platform", "canary-of-the-channel", "rudely"):
        for where in (told, out, err, caplog.text, place.everything(), place.incidents()):
            assert text not in where, text


def test_a_message_links_to_the_page_where_the_edit_can_be_seen(place: "Place", channel: "Channel") -> None:
    place.begun("alerts: [{notify: env:CHANNEL_URL}]\n", greet="one\n")
    place.edit("greet", "by hand\n")
    place.mooring("drift")
    assert f"Link: {place.url}/project/acme/prompts/greet?version=2" in channel.got[0]["message"].splitlines()


def test_the_page_costs_one_request_and_only_where_somebody_moved(place: "Place", channel: "Channel") -> None:
    def asked() -> int:
        return sum("/projects" in one.path for one in place.langfuse.requests)

    place.begun("alerts: [{notify: env:CHANNEL_URL}]\n", greet="one\n")
    place.edit("nobodys", "of no concern to Git\n")
    before = asked()
    assert place.mooring("drift")[0] == 0
    place.prompt("greet", "two\n")
    place.commit()
    assert place.mooring("drift")[0] == 2
    assert asked() == before
    place.edit("greet", "by hand\n")
    place.fails("/projects")
    assert place.mooring("drift")[0] == 3
    assert asked() == before + 1, "a link is worth no second try"
    assert "Link: " not in channel.got[0]["message"]


def test_the_command_that_a_message_names_settles_the_incident(place: "Place", channel: "Channel") -> None:
    import shlex

    place.begun("alerts: [{notify: env:CHANNEL_URL}]\n", greet="one\n")
    place.edit("greet", "by hand\n")
    place.mooring("drift")
    (line,) = (one for one in channel.got[0]["message"].splitlines() if one.startswith("Type: "))
    _, *typed = shlex.split(line.removeprefix("Type: "))
    assert place.mooring(*typed)[0] == 0
    place.merge_proposal()
    assert place.mooring("sync")[0] == 0
    assert channel.titles()[1:] == ["Resolved: greet (production) on prod: platform ahead"]


def test_an_edit_that_is_taken_back_by_hand_is_resolved_by_the_next_check(place: "Place", channel: "Channel") -> None:
    place.begun("alerts: [{notify: env:CHANNEL_URL}]\n", greet="one\n")
    ref = place.edit("greet", "by hand\n")
    place.mooring("drift")
    place.edit("greet", "by another hand\n")
    place.mooring("drift")
    place.person.delete_version("greet", ref)
    place.mooring("resolve", "greet@production", "--take", "git", "--reason", "An edit by mistake")
    place.mooring("sync")
    assert [title.partition(":")[0] for title in channel.titles()] == [
        "greet (production) on prod",
        "Changed",
        "Resolved",
    ]


def test_another_clone_keeps_quiet_about_what_the_first_one_told(
    place: "Place", channel: "Channel", github: "Served"
) -> None:
    from dataclasses import replace

    place.begun(BOTH, greet="one\n")
    place.edit("greet", "by hand\n")
    assert place.mooring("drift")[0] == 3
    place.git("clone", "-q", "-b", "main", str(place.folder.parent / "remote.git"), "../second")
    second = replace(place, folder=place.folder.parent / "second", runs=100)
    assert second.mooring("drift")[0] == 3
    assert len(channel.got) == 1
    assert len(github.hub.issues) == 1


def test_hostile_names_call_nobody_and_make_no_link_in_chats_and_issues(
    place: "Place", channel: "Channel", github: "Served"
) -> None:
    taken, refused = "@all <!here [x](www.evil.example) #1 `", "@all <!here> [x](https://evil.example) <@U1> `"
    place.begun(BOTH, greet="one\n")
    for number, name in enumerate((taken, refused)):
        place.write(f"prompts/hostile{number}.yaml", f'name: "{name}"\nlabels: [production]\nprompt: one\n')
    place.commit()
    assert place.mooring("sync")[0] == 65
    place.edit(taken, "by hand\n")
    assert place.mooring("drift")[0] == 65
    assert len(channel.got) == 2
    for message in channel.got:
        text = f"{message['title']}\n{message['message']}".replace(place.url, "")
        for call in ("@all", "<!here", "<@", "https://evil", "](", "#1", "`"):
            assert call not in text, text
        assert "Type: mooring " in text
    for issue in github.hub.issues.values():
        body = str(issue.body)
        assert body.count("``") >= 4, "a name with a backtick stands in code spans of two"
        assert "\n* Type: " in body
    assert len(github.hub.issues) == 2


def test_a_run_of_another_commit_than_the_tip_tells_and_resolves_nothing(place: "Place", channel: "Channel") -> None:
    place.begun("alerts: [{notify: env:CHANNEL_URL}]\n", greet="one\n")
    old = place.git("rev-parse", "HEAD")
    place.prompt("greet", "two\n")
    place.commit()
    assert place.mooring("sync")[0] == 0
    assert place.mooring("drift", "--commit", old)[0] != 0
    assert channel.got == []
    place.edit("greet", "by hand\n")
    assert place.mooring("drift")[0] == 3
    place.edit("greet", "one\n")  # what the old commit asks for
    place.mooring("drift", "--commit", old)
    assert channel.titles() == ["greet (production) on prod: platform ahead"]
