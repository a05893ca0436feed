"""Who changed the support prompt, when, why, and what was live at 14:00 on Tuesday? Asked without network."""

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from mooring.core.address import Address, ContentHash
from mooring.core.artifact import Artifact
from mooring.core.canonical import content_hash
from mooring.core.record import RecordKind

if TYPE_CHECKING:
    from tests.audit.conftest import Shop

SYNC, RESOLVE = RecordKind.SYNC, RecordKind.RESOLVE
GRACE, OLGA = "Grace <grace@example.com>", "Olga <olga@example.com>"
SUPPORT, SALES = (Address("local", prompt, "production") for prompt in ("support", "sales"))
FIRST, SECOND, OFFER, MORE = (
    content_hash(Artifact(text)) for text in ("Be kind.", "Be kind, and brief.", "Sell.", "Sell more.")
)
HAND = ContentHash("sha256:" + "9" * 64)


def test_who_changed_the_support_prompt_when_and_why(week: "Shop") -> None:
    told = week.type("log", "support", "-o", "json").json
    assert told["schema"] == "mooring/log/1"
    assert [(one["by"], one["time"], one["reason"] or one["subject"]) for one in told["entries"]] == [
        ("Olga <olga@example.com>", "2026-11-17T15:00:00+00:00", "Customers complain"),
        ("Robot <robot@example.com>", "2026-11-17T13:00:00+00:00", "Merge pull request #12 from acme/brief"),
        ("Robot <robot@example.com>", "2026-11-16T10:00:00+00:00", "The first prompts"),
    ]
    assert [(one["from_key"], one["to_key"]) for one in told["entries"]] == [("v2", "v1"), ("v1", "v2"), (None, "v1")]


@pytest.mark.parametrize("when", ["2026-11-17T14:00", "2026-11-17T15:00+01:00", "2026-11-17T13:00"])
def test_what_was_live_at_two_on_tuesday(week: "Shop", when: str) -> None:
    (live,) = week.type("log", "support@production", "--at", when, "-o", "json").json["live"]
    assert (live["key"], live["since"], live["found_later"]) == ("v2", "2026-11-17T13:00:00+00:00", None)
    assert live["serves"].startswith("sha256:")
    shown = week.type("log", "support@production", "--at", when).out
    assert "local:support@production  v2 (" in shown
    assert "since 2026-11-17 13:00 UTC" in shown


def test_from_what_is_live_to_commit_author_approvers_and_pull_request(week: "Shop") -> None:
    week.record("2026-11-18T09:00:00+00:00", SYNC, [(SUPPORT, FIRST, SECOND)], keys=[(SECOND, "v2")])
    (told,) = week.type("blame", "support@production", "-o", "json").json["addresses"]
    assert told["key"] == "v2"
    assert told["since"] == "2026-11-18T09:00:00+00:00"
    assert told["record"]["run"] == "run-18T09"
    content = told["content"]
    assert content["author"] == "Grace <grace@example.com>"
    assert content["subject"] == "Shorter answers"
    assert content["pull_request"] == "#12"
    assert content["merged_by"] == "Ada <ada@example.com>"
    assert content["approvers"] == ["Lin <lin@example.com>"]
    assert content["co_authors"] == ["Kim <kim@example.com>"]
    assert [one["kind"] for one in told["descent"]] == ["rollback", "sync", "sync"]


def test_a_rollback_is_told_with_its_reason_and_the_commit_that_its_content_came_from(week: "Shop") -> None:
    shown = week.type("blame", "support").out
    assert shown.startswith("local:support@production serves v1 (")
    for part in ("Olga <olga@example.com> (rollback)", "Customers complain", "The first prompts", "v1 → v2"):
        assert part in shown


def test_evidence_for_an_auditor_is_whole_and_no_formula(week: "Shop") -> None:
    week.record("2026-11-18T09:00:00+00:00", SYNC, [(SUPPORT, FIRST, SECOND)], by="=cmd|' /C calc'!A0", reason="@x,\n1")
    done = week.type("log", "--since", "2026-11-17", "--until", "2026-11-18", "-o", "csv")
    assert done.out.split("\r\n")[0].startswith("id,time,kind,target,prompt,label,from,to,")
    newest, *older = csv.DictReader(io.StringIO(done.out, newline=""))
    assert newest["by"] == "'=cmd|' /C calc'!A0"
    assert newest["reason"] == "'@x, 1"
    assert [row["kind"] for row in older] == ["rollback", "sync"]
    assert older[1]["from"] == FIRST
    (first,) = csv.DictReader(io.StringIO(week.type("log", "sales", "-o", "csv").out))
    assert first["allowed"] == "updates=2"


def test_what_somebody_moved_past_mooring_is_no_secret(week: "Shop") -> None:
    week.record("2026-11-18T09:00:00+00:00", SYNC, [(SUPPORT, HAND, SECOND)], keys=[(SECOND, "v2")])
    (live,) = week.type("log", "support", "--at", "2026-11-17T20:00", "-o", "json").json["live"]
    assert (live["key"], live["found_later"], live["found_at"]) == ("v1", HAND, "2026-11-18T09:00:00+00:00")
    shown = week.type("log", "support", "--at", "2026-11-17T20:00").out
    assert "Somebody moved it past Mooring some time before 2026-11-18 09:00 UTC" in shown


def test_the_log_is_grouped_by_day_and_says_why_once_for_each_record(week: "Shop") -> None:
    shown = week.type("log").out
    lines = shown.splitlines()
    assert [line for line in lines if line.startswith("2026-")] == ["2026-11-17", "2026-11-16"]
    assert [line.split() for line in lines if "rollback" in line] == [
        ["15:00", "rollback", "local:support@production", "v2", "→", "v1", "Olga"]
    ]
    assert shown.count("The first prompts") == 1
    assert "opened updates=2" in shown
    assert "when the ledger last answered this clone; --fetch asks again" in shown


def test_what_does_not_fit_is_counted_and_evidence_is_never_cut(week: "Shop") -> None:
    many = [Address("local", f"prompt {number:02d}", "production") for number in range(60)]
    week.record("2026-11-18T09:00:00+00:00", SYNC, [(address, FIRST, SECOND) for address in many])
    assert "14 earlier entries; -n 0 tells all" in week.type("log").out
    assert len(week.type("log", "-o", "json").json["entries"]) == 64
    assert len(week.type("log", "-o", "json", "-n", "3").json["entries"]) == 3
    assert "earlier" not in week.type("log", "-n", "0").out


def test_people_kinds_and_times_narrow(week: "Shop") -> None:
    def kinds(*words: str) -> list[str]:
        return [one["kind"] for one in week.type("log", *words, "-o", "json").json["entries"]]

    assert kinds("--by", "olga") == ["rollback"]
    assert kinds("--kind", "rollback", "--kind", "resolve") == ["rollback"]
    assert kinds("--until", "2026-11-16") == ["sync", "sync"]
    assert kinds("--select", "local:sal*") == ["sync"]


def test_a_suspension_is_told_beside_the_moves(week: "Shop") -> None:
    assert week.type("suspend", "support", "--for", "4h", "--reason", "Incident 712").code == 0
    newest = week.type("log", "support", "-n", "1", "-o", "json").json["entries"][0]
    assert (newest["kind"], newest["prompt"], newest["reason"]) == ("suspend", None, "Incident 712")
    assert ": Incident 712" in week.type("log", "support", "-n", "1").out
    assert newest["id"] not in json.dumps(week.type("log", "sales", "-o", "json").json["entries"])


def test_markdown_is_for_reviews(week: "Shop") -> None:
    told = week.type("log", "-o", "md").out
    assert "| rollback | `local:support@production` | v2 → v1 | Olga | Customers complain |" in told
    assert "| `local:support@production` | v2 (" in week.type("log", "--at", "2026-11-17T14:00", "-o", "md").out
    blamed = week.type("blame", "support", "-o", "md").out
    assert "**`local:support@production`** serves v1" in blamed
    assert "* reason: Customers complain" in blamed
    assert "✅ `local`" in week.type("log", "--verify", "-o", "md").out


def test_blame_as_csv_is_the_line_of_descent(week: "Shop") -> None:
    rows = list(csv.DictReader(io.StringIO(week.type("blame", "support", "-o", "csv").out)))
    assert [row["kind"] for row in rows] == ["rollback", "sync", "sync"]


def test_nothing_on_record_is_said(shop: "Shop") -> None:
    assert shop.type("log").out.startswith("Nothing is on record\n")
    done = shop.type("blame", "support")
    assert done.code == 64
    assert "Nothing is on record for 'support'" in done.err
    assert "✓ local: the ledger has no entry yet" in shop.type("log", "--verify").out


def test_a_content_that_no_branch_holds_is_said_to_be_unreviewed(week: "Shop") -> None:
    week.record("2026-11-18T09:00:00+00:00", RESOLVE, [(SUPPORT, HAND, SECOND)])
    shown = week.type("blame", "support").out
    assert "nobody reviewed it there" in shown
    assert "somebody moved it past Mooring" in shown


def test_content_that_came_back_is_blamed_on_who_brought_it_back(week: "Shop") -> None:
    files = {"prompts/sales.yaml": 'labels: [production]\nprompt: "Sell more."\n'}
    week.commit(files, "Sell more", who=GRACE)
    week.commit({"prompts/sales.yaml": 'labels: [production]\nprompt: "Sell."\n'}, "No, less (#14)", who=OLGA)
    week.record("2026-11-18T09:00:00+00:00", SYNC, [(SALES, MORE, OFFER)])
    (told,) = week.type("blame", "sales", "-o", "json").json["addresses"]
    assert (told["content"]["subject"], told["content"]["pull_request"]) == ("No, less (#14)", "#14")


def test_a_content_that_the_index_lost_is_found_by_walking_the_branch(week: "Shop") -> None:
    week.commit({"prompts/sales.yaml": 'labels: [production]\nprompt: "Sell more."\n'}, "Sell more", who=GRACE)
    week.record("2026-11-18T09:00:00+00:00", SYNC, [(SALES, OFFER, MORE)])
    (told,) = week.type("blame", "sales", "-o", "json").json["addresses"]
    assert told["content"]["author"] == GRACE


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("log", "suport"), "Did you mean support?"),
        (("log", "--at", "Tuesday"), "Write 2026-11-17, 2026-11-17T14:00 (UTC)"),
        (("log", "--since", "2026-13-01"), "'2026-13-01' is no time"),
        (("log", "--at", "3d", "--since", "4d"), "--at tells one moment"),
        (("log", "--verify", "support"), "--verify checks whole ledgers"),
        (("log", "--verify", "-o", "csv"), "Leave out -o csv"),
        (("log", "--expect", "12"), "no id of an entry"),
        (("log", "--kind", "party"), "party"),
        (("blame",), "Missing argument"),
    ],
)
def test_what_cannot_be_is_refused_with_a_way_out(week: "Shop", words: tuple[str, ...], said: str) -> None:
    done = week.type(*words)
    assert done.code == 64
    assert said in done.err
