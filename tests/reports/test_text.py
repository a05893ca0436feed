"""What people read: what needs them first, nothing empty, the same content with and without a terminal."""

import dataclasses
import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from mooring.core.address import short
from mooring.core.judge import judge
from mooring.core.memory import Suspension
from mooring.core.plan import Outcome
from mooring.core.policy import Policy, Prune
from mooring.core.report import AddressReport, Exit, Report, TargetReport
from mooring.core.row import Row
from mooring.core.state import State
from mooring.reports import markdown, text

Make = Callable[..., AddressReport]
HOSTILE = "evil\x1b[31m\u202e|`<b>@all\n::error::x"


def on_terminal(report: Report, width: int = 100) -> str:
    out = io.StringIO()
    text.paint(text.page(report), Console(file=out, force_terminal=True, width=width, legacy_windows=False))
    return out.getvalue()


def without_colour(painted: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", painted)


def one(row: AddressReport, command: str = "plan") -> Report:
    return Report(command, "run", "c" * 40, (TargetReport("local", "memory", (row,)),))


def test_the_first_line_counts_everything(everything: Report) -> None:
    first = text.text(everything).splitlines()[0]
    assert first == "2 in sync · 4 pending · 3 diverged · 4 blocked · 2 unknown · 1 only on the platform"
    assert sum(int(number) for number in re.findall(r"\d+", first)) == len(everything.rows)


def test_what_needs_a_person_comes_first(everything: Report) -> None:
    shown = text.text(everything)
    order = [shown.index(f"{name}@production") for name in ("unfit", "conflict", "moved", "silent", "fix")]
    assert order == sorted(order)


def test_rows_in_sync_are_only_counted(everything: Report) -> None:
    assert "calm@production" not in text.text(everything)
    assert "calm@production" in text.text(dataclasses.replace(everything, command="status"))


def test_a_label_that_only_a_person_can_take_off_is_listed_with_why(everything: Report) -> None:
    def shown(removable: bool) -> str:
        target = everything.targets[0]
        pruned = next(one for one in target.addresses if one.row.address.prompt == "pruned")
        asked = dataclasses.replace(pruned.row.seen.settings, policy=Policy(prune=Prune.RETIRE))
        seen = dataclasses.replace(pruned.row.seen, settings=asked, removable=removable)
        one = dataclasses.replace(pruned, row=Row(seen, judge(seen)))
        return text.text(dataclasses.replace(everything, targets=(dataclasses.replace(target, addresses=(one,)),)))

    assert "take it off in its UI" in shown(removable=False)
    assert "the platform still serves what was published" not in shown(removable=False)
    assert "take it off in its UI" not in shown(removable=True)


def test_each_row_says_why_and_the_way_out(everything: Report) -> None:
    shown = text.text(everything)
    for row in everything.targets[0].addresses:
        verdict = row.row.verdict
        if verdict.state in {State.IN_SYNC, State.UNMANAGED, State.PRUNE_PENDING}:
            continue
        assert f"{row.row.address.prompt}@production" in shown
        assert verdict.reason in shown
        assert verdict.fix.replace(row.row.seen.live, short(row.row.seen.live)) in shown


def test_who_and_when_are_told_of_what_diverged(everything: Report) -> None:
    assert "Live is version 7, made 2026-01-02 03:04 UTC by Bob" in text.text(everything)
    assert "; the platform does not say by whom" in text.text(everything)


def test_what_shares_an_explanation_tells_it_once(everything: Report) -> None:
    assert text.text(everything).count("Git declares it, and no sync has put it there yet") == 1


def test_a_target_that_did_not_answer_says_so_once(everything: Report) -> None:
    shown = text.text(everything)
    assert "No answer from x" in shown
    assert "1 address is unknown, not absent" in shown


def test_a_pipe_gets_no_colour_no_box_and_no_trailing_spaces(everything: Report, synced: Report) -> None:
    for report in (everything, synced, dataclasses.replace(everything, command="status")):
        shown = text.text(report)
        assert not re.search("[\x1b\u2500-\u257f]", shown)
        assert all(line == line.rstrip() for line in shown.splitlines())
        assert "\n\n\n" not in shown


def test_columns_stand_below_each_other(synced: Report) -> None:
    rows = [line for line in text.text(synced).splitlines() if "git_ahead" in line]
    assert len({line.index("git_ahead") for line in rows}) == 1


def test_a_sync_tells_outcomes(synced: Report) -> None:
    shown = text.text(synced)
    assert shown.startswith("2 in sync · 1 done · 1 proposed · 1 superseded · 1 diverged · 1 failed · 1 not tried\n")
    assert shown.index("failed@") < shown.index("applied@")
    assert shown.rstrip().endswith("exit 4: 2 steps were not done, 1 needs a person")


def test_all_in_sync_is_one_line(row: Make) -> None:
    assert text.text(one(row())) == "1 in sync\n"


def test_nothing_managed_is_said(row: Make) -> None:
    report = Report("plan", "run", None, (TargetReport("local", "memory"),))
    assert text.text(report) == "Git declares no label that a target manages\n"


def test_an_error_without_targets_is_just_that() -> None:
    report = Report("plan", "run", None, error="mooring.yaml is missing", reasons=(Exit.INVALID,))
    assert text.text(report) == "error: mooring.yaml is missing\n\nexit 65: 1 is invalid\n"


def test_a_suspension_hides_nothing(row: Make) -> None:
    held = Suspension("support_agent", "2026-02-01T00:00:00+00:00", "Ann", "release freeze")
    shown = text.text(one(row(git="v2", suspension=held)))
    assert "suspended" in shown
    assert "release freeze" in shown
    calm = text.text(one(row(suspension=held)))
    assert "Suspended until 2026-02-01 00:00 UTC by Ann: release freeze" in calm


def test_status_of_one_address_shows_three_sides(row: Make) -> None:
    shown = text.text(one(row(live="x", url="https://platform.example/7"), "status"))
    assert re.search(r"git +1{12} +v1, prompts/support_agent/v1.yaml", shown)
    assert re.search(r"base +1{12} +v1, agreed 2026-01-01 09:00 UTC", shown)
    assert re.search(r"live +e{12} +version 7", shown)
    assert "https://platform.example/7" in shown


def test_status_of_several_targets_puts_them_side_by_side(everything: Report) -> None:
    shown = text.text(dataclasses.replace(everything, command="status"))
    assert re.search(r"^ADDRESS +LOCAL +DOWN$", shown, re.MULTILINE)
    assert re.search(r"^calm@production +✓ in_sync v1 +\? unknown v1$", shown, re.MULTILINE)


def test_a_terminal_shows_the_same_words(everything: Report, synced: Report) -> None:
    for report in (everything, synced):
        squeezed = re.sub(r"\s+", " ", without_colour(on_terminal(report, width=400)))
        assert squeezed.strip() == re.sub(r"\s+", " ", text.text(report)).strip()


def test_a_terminal_has_colours_unless_told_not_to(everything: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[3" in on_terminal(everything)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[0-9;]*3\d", on_terminal(everything))


def test_a_narrow_terminal_folds_prose_and_keeps_commands_whole(everything: Report) -> None:
    shown = without_colour(on_terminal(everything, width=60)).splitlines()
    commands = [line for line in shown if "→ mooring resolve" in line]
    assert commands
    assert all(line.endswith("--reason TEXT") for line in commands)
    assert all(len(line) <= 60 for line in shown if "→" not in line)


def test_status_is_a_table_on_a_terminal(everything: Report) -> None:
    shown = on_terminal(dataclasses.replace(everything, command="status"))
    assert "─" in shown
    assert "platform_ahead" in shown


@pytest.mark.parametrize("command", ["plan", "status"])
def test_a_hostile_platform_moves_no_cursor(row: Make, command: str) -> None:
    report = one(row(live="x", author=HOSTILE, note=HOSTILE, url=f"https://x/{HOSTILE}"), command)
    report = dataclasses.replace(report, notices=(HOSTILE,), error=HOSTILE)
    painted = on_terminal(report, width=300)
    for shown in (text.text(report), without_colour(painted), markdown.text(report)):
        assert not re.search("[\x1b\u202e]", shown)
        assert not any(line.strip().startswith("::") for line in shown.splitlines())


def test_a_fix_is_safe_to_paste(row: Make) -> None:
    shown = text.text(one(row("a; rm -rf ~", live="x")))
    assert "mooring resolve 'local:a; rm -rf ~@production' --take git" in shown
    assert "--takeover '$(reboot)'" in text.text(one(row(owner="$(reboot)")))


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_row_or_is_counted(row: Make, outcome: Outcome) -> None:
    shown = text.text(one(row(git="v2", outcome=outcome), "sync"))
    assert shown.startswith("1 ")
