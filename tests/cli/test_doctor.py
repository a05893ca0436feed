"""Does the doctor see what is wrong with a target, tell the way out, and leave everything as it was?"""

import json
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from mooring import doctor
from mooring.clock import SystemClock
from mooring.core.address import ContentHash
from mooring.core.memory import Intent
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InRefs, open_ledger
from mooring.reports.schema import report_schema

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

HEAD = "version: 1\nid: shop\nbranch: main\nprompts: prompts/\ntargets:\n"
LOCAL = '  local: {adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production]}\n'
Checks = Mapping[str, Mapping[str, Any]]


def named(checks: list[dict[str, Any]]) -> Checks:
    return {check["name"]: check for check in checks}


def target(desk: "Desk", name: str = "local") -> Checks:
    """Give the checks of a target by name."""
    report = desk.report("doctor")
    Draft202012Validator(report_schema()).validate(report)
    [found] = [one["checks"] for one in report["targets"] if one["name"] == name]
    return named(found)


def configured(desk: "Desk", *targets: str) -> None:
    desk.write({"mooring.yaml": HEAD + "".join(targets)})


def everything(folder: Path) -> dict[str, bytes]:
    """Give every file but Mooring's own caches."""
    files = (path for path in folder.rglob("*") if path.is_file())
    named_by_path = ((path.relative_to(folder).as_posix(), path) for path in files)
    return {name: path.read_bytes() for name, path in named_by_path if not name.startswith(".git/mooring/")}


@pytest.fixture
def remote(synced: "Desk") -> Path:
    """A bare remote of the desk, with its ledger."""
    place = synced.folder.parent / "remote.git"
    synced.git("init", "--quiet", "--bare", "--initial-branch=main", str(place))
    synced.git("remote", "add", "origin", str(place))
    synced.git("push", "--quiet", "origin", "main", "refs/mooring/*:refs/mooring/*")
    return place


# --- as it should be ---------------------------------------------------------------------------------


def test_all_in_place_is_exit_0_and_writes_nothing(synced: "Desk", remote: Path) -> None:
    here, there = everything(synced.folder), everything(remote)
    ended = synced.type("doctor")
    assert ended.code == 0
    assert ended.err == ""
    assert "✗" not in ended.out
    assert everything(synced.folder) == here
    assert everything(remote) == there


def test_a_person_reads_a_block_for_each_part_and_a_last_line_that_sums_up(synced: "Desk") -> None:
    lines = synced.type("doctor").out.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == ["repository", "local (memory)", lines[-1]]
    assert re.fullmatch(r"\d+ notes · \d+ ok", lines[-1])
    shown = [line for line in lines if line.startswith("  ") and "→" not in line]
    assert all(re.match(r"  (✓ ok|· note) ", line) for line in shown)
    assert "\x1b" not in "".join(lines)


def test_the_way_out_stands_beneath_what_needs_one(desk: "Desk") -> None:
    lines = desk.type("doctor").out.splitlines()
    [at] = [number for number, line in enumerate(lines) if " project " in line]
    assert re.match(r" {10,}→ Write into the target local: project: ", lines[at + 1])


def test_markdown_is_a_table_for_each_part(synced: "Desk") -> None:
    shown = synced.type("doctor", "-o", "md").out
    assert shown.count("| | check | what was found | the way out |") == 2
    assert "#### `local` (`memory`)" in shown
    assert re.search(r"^\| ✓ ok \| branch \| main ", shown, re.MULTILINE)


def test_json_has_the_checks_of_targets_and_of_the_repository(synced: "Desk") -> None:
    report = synced.report("doctor", "--target", "local")
    assert report["command"] == "doctor"
    assert report["exit"] == {"code": 0, "name": "ok", "reasons": []}
    assert {"git", "clone", "branch", "ledger", "prompts"} <= named(report["checks"]).keys()
    assert report["targets"][0]["requests"]["write"] == 0
    assert synced.report("drift")["checks"] == []


def test_what_a_platform_can_do_is_said_in_words(synced: "Desk") -> None:
    configured(synced, LOCAL.replace("}", ", options: {immutable_versions: 'true', removes_labels: 'false'}}"))
    found = target(synced)
    assert found["versions"]["health"] == "ok"
    assert found["removal"]["health"] == "note"
    assert "only moved" in found["removal"]["message"]
    assert found["authors"]["health"] == "ok"
    assert found["changes"]["health"] == "note"


def test_the_answer_has_a_figure(synced: "Desk") -> None:
    assert re.fullmatch(r"2 prompts listed in \d+\.\d\d s with 1 request", target(synced)["answer"]["message"])


# --- whose project it is ---------------------------------------------------------------------------------


def test_the_line_that_pins_a_project_is_given_and_works(synced: "Desk") -> None:
    found = target(synced)["project"]
    assert found["health"] == "note"
    line = found["fix"].removeprefix("Write into the target local: ")
    configured(synced, LOCAL.replace("}", f", {line}}}"))
    assert target(synced)["project"]["health"] == "ok"


def test_another_project_than_pinned_is_exit_77(synced: "Desk") -> None:
    configured(synced, LOCAL.replace("}", ", project: another}"))
    assert synced.type("doctor").code == 77
    found = target(synced)["project"]
    assert found["health"] == "fail"
    assert "mooring.yaml pins another" in found["message"]
    assert found["fix"]


def test_another_project_than_the_ledger_was_written_for_is_exit_77(synced: "Desk") -> None:
    configured(synced, LOCAL.replace("platform.json", "platform.json.2"))
    assert synced.type("doctor").code == 77
    assert "the ledger was written for" in target(synced)["project"]["message"]


# --- what cannot be reached ---------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[str]:
    """An address where nobody listens, and nobody can come to listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


class Refusing(BaseHTTPRequestHandler):
    """A server for which no credentials are good enough."""

    def do_GET(self) -> None:
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is http.server's
        """Say nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def mlflow(name: str, url: str) -> str:
    return f'  {name}: {{adapter: mlflow, url: "{url}", mode: upsert, labels: [production]}}\n'


def test_a_target_that_is_silent_is_exit_8_and_stops_no_other(synced: "Desk", silent: str) -> None:
    configured(synced, mlflow("down", silent), LOCAL)
    assert synced.type("doctor").code == 8
    down = target(synced, "down")
    assert down["answer"]["health"] == "unknown"
    assert down["prompt names"]["health"] == "ok"
    assert "project" not in down
    assert target(synced)["answer"]["health"] == "ok"


def test_a_target_that_refuses_is_exit_77(synced: "Desk", silent: str, refusing: str) -> None:
    configured(synced, mlflow("down", silent), mlflow("locked", refusing), LOCAL)
    report = synced.report("doctor")
    assert report["exit"]["code"] == 77
    assert {"code": 8, "name": "unknown", "count": 1} in report["exit"]["reasons"]
    locked = next(one for one in report["targets"] if one["name"] == "locked")
    assert not locked["complete"]
    assert named(locked["checks"])["answer"]["health"] == "denied"


@pytest.mark.parametrize(
    "wrong",
    [
        '  wrong: {adapter: memory, url: "elsewhere", mode: upsert, labels: [x]}\n',
        '  wrong: {adapter: none-such, url: "x", mode: upsert, labels: [x]}\n',
        '  wrong: {adapter: mlflow, url: "https://h", credentials: {token: env:NOT_SET}, mode: upsert, labels: [x]}\n',
    ],
)
def test_a_target_that_is_set_wrongly_is_exit_64(synced: "Desk", wrong: str) -> None:
    configured(synced, wrong, LOCAL)
    assert synced.type("doctor").code == 64
    found = target(synced, "wrong")
    assert found["connection"]["health"] == "fail"
    assert {"mode", "ledger"} <= found.keys()
    assert target(synced)["answer"]["health"] == "ok"


def test_a_remote_that_is_gone_is_exit_8(synced: "Desk", remote: Path) -> None:
    remote.rename(remote.with_name("elsewhere.git"))
    report = synced.report("doctor")
    assert report["exit"]["code"] == 8
    assert named(report["checks"])["remote"]["health"] == "unknown"
    found = named(report["targets"][0]["checks"])
    assert found["ledger"]["health"] == "unknown"
    assert found["answer"]["health"] == "ok"


def test_a_remote_whose_hook_refuses_is_told_apart_from_what_a_rehearsal_proves(synced: "Desk", remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    found = named(synced.report("doctor")["checks"])["ledger"]
    assert found["health"] == "ok"
    assert "by a real push only" in found["message"]


# --- names, labels, modes ---------------------------------------------------------------------------------


def test_names_that_a_platform_forbids_come_with_the_rules_that_rename_them(desk: "Desk", silent: str) -> None:
    for name in ("shop/greet", "shop/eu/greet", "shop/eu/leave"):
        desk.prompt(name, "Hi")
    configured(desk, mlflow("local", silent))
    found = target(desk)["prompt names"]
    assert found["health"] == "warn"
    assert "3 of 5 names: shop/eu/greet, shop/eu/leave, shop/greet." in found["message"]
    line = found["fix"].removeprefix("Write into the target local: ")
    assert line == 'rename: {"shop/eu/*": "shop.eu.*", "shop/*": "shop.*"}'
    configured(desk, mlflow("local", silent).replace("}", f", {line}}}"))
    assert target(desk)["prompt names"]["health"] == "ok"


def test_rules_that_would_make_two_names_one_are_not_offered(desk: "Desk", silent: str) -> None:
    desk.prompt("shop/greet", "Hi")
    desk.prompt("shop.greet", "Hi")
    configured(desk, mlflow("local", silent))
    assert "shop" not in target(desk)["prompt names"]["fix"]


def test_names_that_a_rule_makes_one_are_named(desk: "Desk") -> None:
    configured(desk, LOCAL.replace("}", ", rename: {greet: leave}}"))
    found = target(desk)["prompt names"]
    assert found["health"] == "warn"
    assert found["message"] == "greet and leave would both be leave"


def test_a_label_that_nobody_can_manage_is_a_warning(desk: "Desk", silent: str) -> None:
    configured(desk, mlflow("local", silent).replace("[production]", "[production, v2]"))
    found = target(desk)["labels"]
    assert found["health"] == "warn"
    assert "carry v2: 'v2' is not an alias" in found["message"]


def test_labels_of_another_name_in_git_are_said(desk: "Desk") -> None:
    configured(desk, LOCAL.replace("[production]", "{live: production}"))
    assert target(desk)["labels"]["message"] == "Managed here: live (Git's production). All others are left alone"


@pytest.mark.parametrize(("mode", "health"), [("observe", "note"), ("create-only", "note"), ("upsert", "ok")])
def test_what_a_sync_may_write_is_said(desk: "Desk", mode: str, health: str) -> None:
    configured(desk, LOCAL.replace("upsert", mode))
    found = target(desk)["mode"]
    assert found["health"] == health
    assert found["message"].startswith(f"{mode}: ")


def test_a_rule_that_gives_some_prompts_another_mode_is_seen(desk: "Desk") -> None:
    desk.write({"mooring.yaml": f"{HEAD}{LOCAL}rules:\n  - {{match: leave, mode: observe}}\n"})
    [found] = desk.report("doctor")["targets"]
    told = [check["message"] for check in found["checks"] if check["name"] == "mode"]
    assert [message.partition(":")[0] for message in told] == ["observe for 1 prompt", "upsert for 1 prompt"]


def test_invalid_files_are_a_warning_that_leads_to_validate(desk: "Desk") -> None:
    desk.write({"prompts/broken.yaml": "prompt: [\n"})
    found = named(desk.report("doctor")["checks"])["prompts"]
    assert found["health"] == "warn"
    assert found["fix"] == "mooring validate"


# --- the ledger ---------------------------------------------------------------------------------


def test_a_ledger_before_the_first_sync_and_after(desk: "Desk") -> None:
    assert "empty" in target(desk)["ledger"]["message"]
    assert desk.type("sync").code == 0
    assert re.search(r"2 prompts; the last sync that wrote was \d+ seconds? ago", target(desk)["ledger"]["message"])


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=59), "59 minutes"),
        (timedelta(hours=47), "1 day"),
        (timedelta(days=400), "400 days"),
    ],
)
def test_an_age_is_said_in_one_word_and_number(gone: timedelta, said: str) -> None:
    assert doctor._age(gone) == said


def test_a_ledger_with_a_damaged_top_is_a_warning(synced: "Desk") -> None:
    ref = "refs/mooring/shop/local/ledger"
    tree = synced.git("hash-object", "-w", "-t", "tree", "/dev/null").strip()
    damaged = synced.git("commit-tree", tree, "-p", ref, "-m", "damage").strip()
    synced.git("update-ref", ref, damaged)
    found = target(synced)["ledger"]
    assert found["health"] == "warn"
    assert damaged[:12] in found["message"]


def test_a_lease_that_was_left_behind_is_seen(synced: "Desk") -> None:
    ledger = open_ledger(synced.folder, Owner("shop", "local"), InRefs(), SystemClock())
    wanted = {("greet", "production"): ContentHash("sha256:" + "1" * 64)}
    ledger.acquire(Intent("run-7", "c" * 40, wanted), wait=0).abandon()
    found = target(synced)["lease"]
    assert found["health"] == "warn"
    assert "run-7" in found["message"]
    assert "greet@production" in found["message"]


def test_suspensions_are_named_with_what_ends_them(synced: "Desk") -> None:
    synced.type("suspend", "greet", "--for", "4h", "--reason", "Incident 712")
    found = target(synced)["suspended"]
    assert "Incident 712" in found["message"]
    assert found["fix"] == "mooring resume greet"
    assert synced.type("doctor").code == 0


# --- where it is run ---------------------------------------------------------------------------------


def test_right_after_init_the_missing_commit_is_all_that_fails(empty_desk: "Desk") -> None:
    empty_desk.write({"mooring.yaml": HEAD + LOCAL, "prompts/greet.yaml": "labels: [production]\nprompt: Hi\n"})
    report = empty_desk.report("doctor")
    assert report["exit"]["code"] == 64
    failed = [one["name"] for one in report["checks"] if one["health"] == "fail"]
    assert failed == ["commit"]


def test_a_failure_in_a_file_and_on_standard_output_at_once(synced: "Desk") -> None:
    configured(synced, LOCAL.replace("}", ", project: another}"))
    ended = synced.type("doctor", "-o", "json=found.json", "-o", "md")
    assert "exit 77" in ended.out
    assert json.loads((synced.folder / "found.json").read_text())["exit"]["code"] == 77
