"""Can a name, a reason or an author do anything where it is shown, and is everything told that was recorded?"""

import csv
import io
import json
import re

import pytest

from mooring.core.address import ABSENT, Address, ContentHash
from mooring.core.record import Moved, Record, RecordKind
from mooring.core.trail import Blame, Entry, LiveAt, Log, Origin, Seen, Verdict
from mooring.reports.text import plain
from mooring.reports.trail import blame_markdown, blame_page, log_markdown, log_page
from mooring.reports.trail_data import COLUMNS, blame_csv, blame_json, log_csv, log_json

EVIL = "\x1b[2J<img src=x>|@everyone\u202e ::error::"
HASH = ContentHash("sha256:" + "a" * 64)
ADDRESS = Address("prod", EVIL, "production")
RECORD = Record(
    RecordKind.SYNC, "prod", EVIL, EVIL, EVIL, "c" * 40, "", (Moved(ADDRESS, ABSENT, HASH),), (EVIL,), "", "2026-11-17"
)
ENTRY = Entry(RECORD, RECORD.moved[0])
ORIGIN = Origin("c" * 40, "2026-11-17T10:00:00+00:00", EVIL, EVIL, "#1", EVIL, EVIL, (EVIL,), (EVIL,))
LIVE = LiveAt(ADDRESS, ENTRY, Entry(RECORD, Moved(ADDRESS, ContentHash("sha256:" + "b" * 64), HASH)))
KEYS = {("prod", EVIL, str(HASH)): EVIL}
BLAME = Blame(LIVE, KEYS, ORIGIN, ORIGIN, (ENTRY,), {"c" * 40: ORIGIN}, (EVIL,))
LOG = Log((ENTRY, Entry(RECORD)), 3, (Seen("prod", None, ""),), "", (), KEYS, {"c" * 40: ORIGIN}, (), (EVIL,))
AT = Log((ENTRY,), moment="2026-11-17T14:00:00+00:00", live=(LIVE,), keys=KEYS, origins={"c" * 40: ORIGIN})
BROKEN = Log(verdicts=(Verdict(EVIL, "d" * 40, 3, (EVIL,), (), EVIL), Verdict("b", None, 0)))


@pytest.mark.parametrize(
    "told",
    [
        *(plain(log_page(one)) for one in (LOG, AT, BROKEN)),
        *(log_markdown(one) for one in (LOG, AT, BROKEN)),
        plain(blame_page([BLAME, BLAME])),
        blame_markdown([BLAME]),
        log_csv(LOG),
        blame_csv([BLAME]),
        log_json(LOG),
        blame_json([BLAME]),
    ],
)
def test_nothing_that_is_shown_moves_a_cursor_or_hides(told: str) -> None:
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "everyone" in told or "not what it was" in told


@pytest.mark.parametrize("told", [*(log_markdown(one) for one in (LOG, AT, BROKEN)), blame_markdown([BLAME])])
def test_markdown_mentions_nobody_and_holds_no_html(told: str) -> None:
    outside = re.sub("`[^`]*`", "", told)
    assert outside != told
    assert "<img" not in outside
    assert "@everyone" not in outside


def test_a_moment_is_told_with_its_doubt() -> None:
    shown = plain(log_page(AT))
    assert shown.startswith("Live at 2026-11-17 14:00 UTC\n")
    assert "the next entry found bbbbbbbbbbbb" in shown


def test_what_is_not_on_record_yet_and_what_nobody_asked_for_is_said() -> None:
    shown = plain(log_page(LOG))
    assert "not on record yet" in shown
    assert "As this clone last saw the ledger; --fetch asks for what is newer" in shown
    assert "3 earlier entries; -n 0 tells all" in shown


def test_an_address_that_serves_nothing_or_was_never_seen_is_told_so() -> None:
    gone = Entry(RECORD, Moved(ADDRESS, HASH, ABSENT))
    assert " serves nothing\n" in plain(blame_page([Blame(LiveAt(ADDRESS, gone, None), {})]))
    never = Blame(LiveAt(ADDRESS, None, None), {})
    assert plain(blame_page([never])).endswith(" has nothing on record\n")
    assert json.loads(blame_json([never]))["addresses"][0]["record"] is None
    assert "nothing on record" in plain(log_page(Log(moment="2026-11-17T14:00:00+00:00", live=(never.live,))))


def test_keys_that_do_not_tell_contents_apart_give_way_to_hashes() -> None:
    other = ContentHash("sha256:" + "b" * 64)
    address = Address("prod", "p", "production")
    entry = Entry(RECORD, Moved(address, HASH, other))
    for key in ("head", "v1"):
        keys = {("prod", "p", str(side)): key for side in (HASH, other)}
        assert "aaaaaaaaaaaa → bbbbbbbbbbbb" in plain(log_page(Log((entry,), keys=keys)))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1"])
def test_no_cell_is_a_formula(text: str) -> None:
    record = Record(RecordKind.SYNC, "prod", "x", text, reason=text, time="2026-11-17T13:00:00+00:00")
    (row,) = csv.DictReader(io.StringIO(log_csv(Log((Entry(record),)))))
    assert row["by"].startswith("'")
    assert row["reason"].startswith("'")


def test_csv_has_the_ends_and_quotes_of_its_standard() -> None:
    record = Record(RecordKind.SYNC, "prod", 'say "x", y', "Ada", time="2026-11-17T13:00:00+00:00")
    header, row, end = log_csv(Log((Entry(record),))).split("\r\n")
    assert header == ",".join(COLUMNS)
    assert row.endswith(',"say ""x"", y"')
    assert end == ""


def test_ten_thousand_entries_are_lines_to_read_one_by_one() -> None:
    told = log_json(Log((ENTRY,) * 10_000))
    assert len(told.splitlines()) > 10_000
    assert len(json.loads(told)["entries"]) == 10_000
    assert told.isascii()
