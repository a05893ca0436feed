"""Each command does its job through the command line, and ends with the right exit code."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

# --- plan, sync, drift, status ----------------------------------------------------------------------------------------


def test_a_plan_says_what_a_sync_would_do_and_writes_nothing(desk: "Desk") -> None:
    ended = desk.type("plan")
    assert ended.code == 0
    assert ended.out.startswith("2 pending\n\nlocal (memory)\n  + greet@production  to create  head  pending_create\n")
    assert not desk.platform.versions("greet")


def test_a_detailed_exit_code_tells_of_changes(desk: "Desk") -> None:
    assert desk.type("plan", "--detailed-exitcode").code == 2


def test_a_sync_does_what_git_asks(desk: "Desk") -> None:
    ended = desk.type("sync")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "2 done\n\nlocal (memory)\n  ✓ greet@production  created  head\n  ✓ leave@production  created  head\n"
    )
    assert desk.served("greet") == "Hello {{name}}\n"


def test_a_second_sync_writes_nothing(synced: "Desk") -> None:
    refs = synced.git("for-each-ref", "refs/mooring")
    report = synced.report("sync")
    assert report["targets"][0]["requests"]["write"] == 0
    assert synced.git("for-each-ref", "refs/mooring") == refs


def test_drift_says_who_moved(synced: "Desk") -> None:
    assert synced.type("drift").code == 0
    synced.edit("greet", "Hey {{name}}")
    ended = synced.type("drift")
    assert ended.code == 3
    assert "! greet@production  held  #2 → head  platform_ahead" in ended.out
    assert "by Bob" in ended.out


def test_drift_fails_for_the_states_that_it_is_told(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}")
    assert synced.type("drift", "--fail-on", "missing,conflict").code == 0
    assert synced.type("drift", "--fail-on", "platform_ahead").code == 3
    assert synced.type("drift", "--fail-on", "elsewhere").code == 64


def test_addresses_and_globs_select(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}")
    assert synced.type("drift", "leave").code == 0
    assert synced.type("drift", "--select", "gr*").code == 3
    assert [one["prompt"] for one in synced.report("status", "local:leave@production")["targets"][0]["addresses"]] == [
        "leave"
    ]


def test_an_unknown_target_is_refused_with_those_there_are(desk: "Desk") -> None:
    ended = desk.type("plan", "--target", "elsewhere")
    assert ended.code == 64
    assert "elsewhere" in ended.err
    assert "local" in ended.err


def test_status_shows_everything(synced: "Desk") -> None:
    out = synced.type("status").out
    assert out.splitlines()[0] == "2 in sync"
    assert "✓ greet@production  in_sync  head" in out
    assert "base" in synced.type("status", "greet@production").out


def test_a_platform_that_is_down_is_neither_drift_nor_absence(synced: "Desk") -> None:
    (synced.folder / "platform.json").write_text("<html>maintenance</html>")
    ended = synced.type("drift")
    assert ended.code == 8
    assert ended.out.startswith("2 unknown\n")
    assert synced.type("plan", "--offline").code == 0


def test_a_sync_says_what_no_commit_holds(synced: "Desk") -> None:
    synced.write({"prompts/greet.yaml": "labels: [production]\nprompt: later\n"})
    ended = synced.type("sync")
    assert ended.code == 0
    assert "prompts/greet.yaml" in ended.out
    assert "mooring plan --worktree" in ended.out


def test_a_prompt_in_place_of_a_plan_names_the_option(synced: "Desk") -> None:
    assert "--select" in synced.type("sync", "greet").err


def test_a_kept_plan_is_applied_while_it_holds(desk: "Desk") -> None:
    assert desk.type("plan", "--out", "plan.json").code == 0
    assert desk.type("sync", "plan.json").code == 0
    assert desk.served("greet") == "Hello {{name}}\n"


def test_a_stale_plan_is_refused(desk: "Desk") -> None:
    desk.type("plan", "--out", "plan.json")
    desk.edit("greet", "Hey")
    ended = desk.type("sync", "plan.json")
    assert ended.code == 6
    assert not desk.platform.versions("leave")


@pytest.mark.parametrize("content", [None, "{}", "no json", '{"schema": "mooring/report/1", "command": "drift"}'])
def test_what_is_no_plan_is_refused(desk: "Desk", content: str | None) -> None:
    if content is not None:
        (desk.folder / "plan.json").write_text(content)
    assert desk.type("sync", "plan.json").code == 64
    assert not desk.platform.versions("greet")


def test_a_plan_of_the_work_tree_cannot_be_kept(desk: "Desk") -> None:
    assert desk.type("plan", "--worktree", "--out", "plan.json").code == 64
    assert not (desk.folder / "plan.json").exists()


def test_a_plan_of_the_work_tree_sees_what_no_commit_holds(desk: "Desk") -> None:
    desk.write({"prompts/new.yaml": "labels: [production]\nprompt: New\n"})
    plan = desk.type("plan").out
    assert "new@production" not in plan
    assert "1 changed file is not looked at, as no commit holds them: prompts/new.yaml" in plan
    assert "mooring plan --worktree" in plan
    assert "new@production" in desk.type("plan", "--worktree").out


# --- diff -------------------------------------------------------------------------------------------------------------


def test_a_diff_shows_what_the_platform_changed(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}\n")
    ended = synced.type("diff")
    assert ended.code == 0
    assert "The platform changed it since both sides last agreed" in ended.out
    assert "| ~ [-Hello-]{+Hey+} {{name}}\n" in ended.out


def test_a_diff_shows_what_git_changed(synced: "Desk") -> None:
    synced.prompt("greet", "Good day {{name}}")
    out = synced.type("diff", "greet").out
    assert "Git changed it since both sides last agreed" in out
    assert "| ~ [-Hello-]{+Good day+} {{name}}\n" in out
    assert "leave" not in out


def test_a_diff_without_difference_is_a_line(synced: "Desk") -> None:
    assert synced.type("diff").out == "2 in sync\n"
    assert "No difference in content." in synced.type("diff", "greet").out


def test_a_conflict_shows_both_sides(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}\n")
    synced.prompt("greet", "Good day {{name}}")
    out = synced.type("diff", "greet").out
    assert out.index("{+Good day+}") < out.index("{+Hey+}")
    assert "```diff" in synced.type("diff", "greet", "-o", "md").out


def test_a_json_diff_has_paths_and_no_contents(synced: "Desk") -> None:
    synced.edit("greet", "Hey you")
    ended = synced.type("diff", "-o", "json")
    paths = [one["path"] for one in ended.json["targets"][0]["addresses"][0]["changes"]]
    assert paths == ["/text"]
    assert "Hey you" not in ended.out


# --- resolve, suspend, resume -----------------------------------------------------------------------------------------


def test_a_decision_for_git_is_carried_out_by_the_next_sync(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}")
    ended = synced.type("resolve", "greet", "--take", "git", "--reason", "A test")
    assert ended.code == 0
    assert "decided for Git: A test" in ended.out
    assert synced.served("greet") == "Hey {{name}}"
    assert synced.type("sync").code == 0
    assert synced.served("greet") == "Hello {{name}}\n"


def test_the_hash_that_people_see_is_taken(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}")
    live: str = synced.report("drift", "greet")["targets"][0]["addresses"][0]["live"]
    short = live.removeprefix("sha256:")[:12]
    assert short in synced.type("drift").out
    for shown in (short, live):
        assert synced.type("resolve", "greet", "--take", "git", "--expect", shown, "--reason", "A test").code == 0


def test_a_decision_about_what_was_live_before_is_refused(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}")
    ended = synced.type("resolve", "greet", "--take", "git", "--expect", "123456789abc", "--reason", "A test")
    assert ended.code == 6
    assert "somebody moved it" in ended.out
    assert synced.type("resolve", "greet", "--take", "git", "--expect", "xyz", "--reason", "A test").code == 64


def test_taking_the_platforms_side_proposes_it_to_git(synced: "Desk") -> None:
    synced.edit("greet", "Hey {{name}}\n")
    ended = synced.type("resolve", "greet", "--take", "platform", "--reason", "Better")
    assert ended.code == 0
    assert "proposed" in ended.out


def test_a_decision_needs_a_reason_and_an_address(desk: "Desk") -> None:
    assert "--reason" in desk.type("resolve", "greet", "--take", "git").err
    assert desk.type("resolve", "--take", "git", "--reason", "x").code == 64


@pytest.mark.parametrize("command", [("resolve", "--take", "git"), ("suspend",)])
def test_a_reason_of_nothing_is_refused(synced: "Desk", command: tuple[str, ...]) -> None:
    synced.edit("greet", "Hey {{name}}")
    ended = synced.type(*command, "greet", "--reason", " ")
    assert ended.code == 64
    assert "--reason" in ended.err


@pytest.mark.parametrize("command", [("resolve", "--take", "git"), ("suspend",)])
def test_a_decision_about_a_name_that_is_not_there_is_refused(synced: "Desk", command: tuple[str, ...]) -> None:
    ended = synced.type(*command, "gret", "--reason", "x")
    assert ended.code == 64
    assert "Did you mean greet?" in ended.err


def test_resolving_what_agrees_says_that_nothing_was_recorded(synced: "Desk") -> None:
    ended = synced.type("resolve", "greet", "--take", "git", "--reason", "x")
    assert ended.code == 0
    assert "Nothing was recorded" in ended.out


def test_a_broken_file_elsewhere_keeps_nobody_from_deciding(synced: "Desk") -> None:
    synced.commit({"prompts/leave.yaml": "prompt: [\n"})
    synced.edit("greet", "Hey {{name}}")
    decided = synced.type("resolve", "greet", "--take", "git", "--reason", "A test")
    assert (decided.code, "Recorded." in decided.out) == (0, True)
    suspended = synced.type("suspend", "greet", "--for", "1h", "--reason", "x")
    assert (suspended.code, suspended.out.startswith("Suspended until")) == (0, True)
    assert synced.type("resume", "greet").out == "Resumed: greet\n"


def test_a_glob_may_be_suspended_ahead_of_its_prompts(synced: "Desk") -> None:
    ended = synced.type("suspend", "marketing/*", "--for", "1h", "--reason", "x")
    assert ended.code == 0
    assert "Nothing matches marketing/* yet" in ended.out


def test_a_suspension_holds_until_it_is_ended(synced: "Desk") -> None:
    assert synced.type("suspend", "greet", "--for", "4h", "--reason", "Incident 7").code == 0
    synced.prompt("greet", "Good day {{name}}")
    held = synced.type("sync")
    assert synced.served("greet") == "Hello {{name}}\n"
    assert "Incident 7" in held.out
    assert synced.type("resume", "greet").code == 0
    assert synced.type("sync").code == 0
    assert synced.served("greet") == "Good day {{name}}\n"


def test_a_suspension_ends_by_itself_after_a_week(synced: "Desk") -> None:
    synced.type("suspend", "greet", "--reason", "Freeze")
    address = synced.report("status", "greet")["targets"][0]["addresses"][0]
    left = datetime.fromisoformat(address["suspended"]["until"]) - datetime.now(UTC)  # noqa: TID251  # a real one
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert address["suspended"]["reason"] == "Freeze"
    assert "Ada" in address["suspended"]["by"]


@pytest.mark.parametrize(
    "options",
    [
        ("--for", "4"),
        ("--for", "0h"),
        ("--until", "soon"),
        ("--until", "2001-01-01"),
        ("--until", "9999-12-31T23:59-23:00"),
        ("--for", "1h", "--until", "2999-01-01"),
    ],
)
def test_an_end_that_is_none_is_refused(synced: "Desk", options: tuple[str, ...]) -> None:
    assert synced.type("suspend", "greet", "--reason", "x", *options).code == 64
    assert synced.report("status", "greet")["targets"][0]["addresses"][0]["suspended"] is None


def test_several_addresses_are_suspended_and_resumed_together(synced: "Desk") -> None:
    ended = synced.type("suspend", "greet", "leave", "--until", "2999-01-01", "--reason", "Freeze")
    assert ended.out == "Suspended until 2999-01-01T00:00:00+00:00: greet, leave\n"
    shown = [one["suspended"] is not None for one in synced.report("status")["targets"][0]["addresses"]]
    assert shown == [True, True]
    assert synced.type("resume", "greet", "leave").out == "Resumed: greet, leave\n"


def test_resuming_what_is_not_suspended_says_what_is(synced: "Desk") -> None:
    synced.type("suspend", "greet", "--reason", "Freeze")
    ended = synced.type("resume", "leave")
    assert ended.code == 64
    assert "greet" in ended.out


# --- init, new, validate ----------------------------------------------------------------------------------------------


def test_init_begins_a_repository_that_works(empty_desk: "Desk") -> None:
    ended = empty_desk.type("init", "--adapter", "memory", "--url", "memory:///platform.json", "--target", "local")
    assert ended.code == 0
    assert "Wrote mooring.yaml" in ended.out
    assert empty_desk.type("validate").out == "1 prompt, 1 version: all valid\n"
    empty_desk.commit({})
    planned = empty_desk.report("plan")
    assert planned["summary"] == {"pending_create": 1}
    assert planned["targets"][0]["addresses"][0]["action"] == "report"


def test_init_overwrites_nothing(empty_desk: "Desk") -> None:
    mine = {"mooring.yaml": "mine\n", "prompts/a.yaml": "mine too\n", ".github/workflows/mooring.yml": "and this\n"}
    empty_desk.write(mine)
    ended = empty_desk.type("init", "--adapter", "memory", "--url", "memory://x", "--target", "local")
    assert ended.code == 0
    assert "Kept  mooring.yaml, which was there already" in ended.out
    assert {path: (empty_desk.folder / path).read_text() for path in mine} == mine
    assert not (empty_desk.folder / "prompts" / "registry.yaml").exists()


@pytest.mark.parametrize("missing", ["--adapter", "--url", "--target"])
def test_init_asks_nobody_on_a_pipe(empty_desk: "Desk", missing: str) -> None:
    given = {"--adapter": "memory", "--url": "memory://x", "--target": "local"}
    del given[missing]
    ended = empty_desk.type("init", *(word for pair in given.items() for word in pair))
    assert ended.code == 64
    assert missing in ended.err
    assert not (empty_desk.folder / "mooring.yaml").exists()


def test_init_refuses_an_adapter_that_is_not_there(empty_desk: "Desk") -> None:
    ended = empty_desk.type("init", "--adapter", "memroy", "--url", "x", "--target", "local")
    assert ended.code == 64
    assert "memory" in ended.err
    assert not (empty_desk.folder / "mooring.yaml").exists()


def test_a_subfolder_without_a_config_says_where_there_is_one(synced: "Desk") -> None:
    (synced.folder / "deep").mkdir()
    ended = synced.type("-C", str(synced.folder / "deep"), "plan")
    assert ended.code == 64
    assert "There is a mooring.yaml at the top of the repository: run there." in ended.err


def test_init_refuses_answers_that_make_no_config(empty_desk: "Desk") -> None:
    ended = empty_desk.type("init", "--adapter", "mlflow", "--url", "https://me:secret@host", "--target", "a b")
    assert ended.code == 64
    assert "password" in ended.err
    assert "secret@" not in ended.err
    assert not (empty_desk.folder / "mooring.yaml").exists()


def test_new_copies_the_last_version(desk: "Desk") -> None:
    desk.commit(
        {"prompts/support/v1.yaml": "version: v1\nprompt: Hi\n", "prompts/registry.yaml": "support: {production: v1}\n"}
    )
    ended = desk.type("new", "support")
    assert ended.code == 0
    assert "Wrote prompts/support/v2.yaml, a copy of prompts/support/v1.yaml" in ended.out
    assert (desk.folder / "prompts/support/v2.yaml").read_text() == "version: v2\nprompt: Hi\n"


def test_new_begins_a_prompt(desk: "Desk") -> None:
    assert desk.type("new", "fresh").code == 0
    assert (desk.folder / "prompts/fresh/v1.yaml").is_file()
    assert desk.type("validate").code == 0


@pytest.mark.parametrize("name", ["../up", "greet", "a\x1b[31m", "Greet", "greet@production"])
def test_new_refuses_what_cannot_be(desk: "Desk", name: str) -> None:
    before = sorted(desk.folder.rglob("*.yaml"))
    ended = desk.type("new", name)
    assert ended.code == 64
    assert "\x1b" not in ended.err
    assert sorted(desk.folder.rglob("*.yaml")) == before


def test_validate_names_every_mistake_at_once(desk: "Desk") -> None:
    desk.write(
        {
            "mooring.yaml": "version: 1\nid: shop\ntargets: {}\nbranhc: main\n",
            "prompts/a.yaml": "prompt: x\nprompt: y\n",
            "prompts/b.yaml": "text: z\n",
        }
    )
    ended = desk.type("validate")
    assert ended.code == 65
    for place in ("mooring.yaml:4", "prompts/a.yaml:2", "prompts/b.yaml:1"):
        assert place in ended.out
    report = desk.report("validate")
    assert report["exit"]["reasons"][0]["count"] == len(report["findings"]) >= 4


def test_validate_without_a_config_says_how_to_get_one(empty_desk: "Desk") -> None:
    ended = empty_desk.type("validate")
    assert ended.code == 65
    assert "mooring init" in ended.out
    assert ended.out.count("mooring.yaml") == 1


# --- output -----------------------------------------------------------------------------------------------------------


def test_several_outputs_at_once(synced: "Desk", tmp_path: Path) -> None:
    kept = tmp_path / "elsewhere.md"
    ended = synced.type("drift", "-o", "json=report.json", "-o", f"md={kept}", "-o", "text")
    assert ended.out == "2 in sync\n"
    assert json.loads((synced.folder / "report.json").read_text())["command"] == "drift"
    assert kept.read_text().startswith("### mooring drift\n")


def test_two_outputs_for_one_place_are_refused_before_anything_is_done(desk: "Desk") -> None:
    assert desk.type("sync", "-o", "text", "-o", "json").code == 64
    assert not desk.platform.versions("greet")


def test_a_file_alone_leaves_standard_output_empty(synced: "Desk") -> None:
    assert synced.type("drift", "-o", "json=report.json").out == ""
