"""Does a review hold within its room, whole block by whole block, and can no name and no content leave its place?"""

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest
from markdown_it import MarkdownIt

from mooring.core.address import Address, ContentHash, Ref
from mooring.core.artifact import Artifact
from mooring.core.desired import Version
from mooring.core.finding import Finding, FindingKind
from mooring.core.guard import Guard, GuardKind
from mooring.core.judge import judge
from mooring.core.memory import Base
from mooring.core.observation import Holder, Observation
from mooring.core.policy import Mode, Policy, Settings
from mooring.core.report import AddressReport, Report, TargetReport
from mooring.core.row import Row
from mooring.reports.review import COMMENT, Changed, Met, Review, section_of, summary, text
from mooring.review.sentence import sentence

LIMIT = 65_536
HOSTILE = (
    "</details><img src=x onerror=alert(1)> @acme/team #1 GH-7 https://evil.example | `x` ``` **b** [l](javascript:x)\n"
    "::error::x\n# Head\n```\n<!-- mooring-plan: x -->\u202e"
)


def digest(text: str) -> ContentHash:
    return ContentHash("sha256:" + sha256(text.encode()).hexdigest())


def row(prompt: str, *, old: str = "a", new: str = "b", label: str = "production", target: str = "prod") -> Row:
    base = Base(digest(old), Ref("1"), "v1", "c" * 40, "2026-01-01T09:00:00+00:00")
    version = Version("v2", f"prompts/{prompt}/v2.yaml", "b" * 40, digest(new))
    holders = (Holder(Ref("1"), digest(old)),)
    seen = Observation(
        Address(target, prompt, label),
        digest(new),
        version,
        base,
        holders,
        Settings(Mode.UPSERT, Policy()),
        url="https://p.example/1",
    )
    return Row(seen, judge(seen))


def changed(prompt: str, old: str, new: str) -> Changed:
    one, before, after = row(prompt), Artifact(old), Artifact(new)
    return Changed((one,), before, after, section=section_of(one, before, after))


def reviewed(*changes: Changed) -> Review:
    addresses = tuple(AddressReport(one) for change in changes for one in change.rows)
    report = Report("plan", "r", "c" * 40, (TargetReport("prod", "memory", addresses),))
    return Review("acme", sentence(report), report, changes)


def outside(markdown: str) -> Iterator[str]:
    """Give the lines outside of fences; fails where one stays open, or a fold does."""
    fence, folds = "", 0
    for line in markdown.split("\n"):
        ticks = re.match(r"`{3,}", line)
        if fence:
            fence = "" if line == fence else fence
        elif ticks:
            fence = ticks[0]
        else:
            folds += line.startswith("<details>") - line.startswith("</details>")
            yield line
    assert (fence, folds) == ("", 0)


def test_hostile_names_and_contents_stay_where_they_are() -> None:
    name = HOSTILE.replace("\n", " ")[:200]
    met = Met(HOSTILE, f"mooring adopt '{HOSTILE}'", "https://ok.example/(x)")
    hostile = replace(
        changed(name, f"{HOSTILE}\nold", f"{HOSTILE}\nnew {{{{x}}}}"), note=HOSTILE, parents=(HOSTILE,), met=(met,)
    )
    guard = Guard(GuardKind.SECRETS, HOSTILE, HOSTILE, open=False)
    report = replace(reviewed(hostile).report, error=HOSTILE, notices=(HOSTILE,))
    report = replace(report, targets=(replace(report.targets[0], name="t@x", guards=(guard,)),))
    finding = Finding(FindingKind.FILE, HOSTILE, HOSTILE, HOSTILE)
    whole = replace(reviewed(hostile), report=report, mistakes=(finding,), findings=(finding,), notes=(HOSTILE,))
    told = text(replace(whole, held=hostile.rows), None)
    lines = list(outside(told))
    assert not any(line.startswith(("::", "##[")) or "\u202e" in line for line in lines)
    kinds = [token for block in MarkdownIt("commonmark").parse(told) for token in (block, *(block.children or ()))]
    html = {token.content.strip() for token in kinds if token.type in {"html_block", "html_inline"}}
    assert html == {"<!-- mooring-plan: acme -->", "<sub>", "</sub>"}
    assert {token.type for token in kinds} & {"image", "hr"} == set()
    assert {str(token.attrs["href"]) for token in kinds if token.type == "link_open"} == {"https://p.example/1"}
    spoken = " ".join(token.content for token in kinds if token.type == "text")
    assert not re.search(r"@(?=\w)|#(?=\w)|GH-\d|https?://", spoken)


@pytest.mark.parametrize("sign", ["a", "語", "🧑", "`", "<"])
def test_a_comment_keeps_within_githubs_limit_and_says_what_is_left_out(sign: str) -> None:
    many = [changed(f"p{n:03}", f"x {sign * 3000}", f"y {sign * 3000}") for n in range(40)]
    many.append(changed("zz", f"{{{{a}}}} {sign * 100_000}", f"{{{{b}}}} {sign * 100_000}"))
    told = text(reviewed(*many), None)
    assert len(told) <= COMMENT.measure(told) <= COMMENT.room < LIMIT
    lines = list(outside(told))
    assert len([line for line in lines if line.startswith("#### ")]) == 41
    (left,) = [line for line in lines if line.startswith("**Left out for want of room:**")]
    assert re.search(r"the word difference of \d+ prompts?\. The job's summary has what is left out", left)


def test_of_more_prompts_than_there_is_room_for_the_gravest_stay() -> None:
    many = [changed(f"p{n:04}", "x", "y") for n in range(600)]
    told = text(reviewed(*many, changed("zz", "{{a}}", "{{b}}")), None)
    heads = [line for line in outside(told) if line.startswith("#### ")]
    assert COMMENT.measure(told) <= COMMENT.room
    assert heads[0] == "#### `zz@production` on prod · breaking"
    assert f"**Left out for want of room:** {601 - len(heads)} more prompts" in told


def test_a_summary_holds_more_and_keeps_within_its_bytes() -> None:
    many = [changed(f"p{n:03}", "x " * 3000, "y " * 3000) for n in range(40)]
    told = text(reviewed(*many), None, summary(1024 * 1024))
    assert "Left out" not in told
    assert len(text(reviewed(*many), None, summary(90_000)).encode()) <= 90_000


def test_many_prompts_are_folded_and_so_is_a_long_difference() -> None:
    few = text(reviewed(changed("a", "x", "y")), None)
    assert "<details>" not in few
    long = text(reviewed(changed("a", "x", "\n".join(map(str, range(30))))), None)
    assert re.search(r"\n\n<details><summary>Word by word: 1 change, \d+ lines</summary>\n\nchanged", long)
    many = text(reviewed(*(changed(f"p{n}", "x", "y") for n in range(8))), None)
    assert many.count("<details>") == many.count("</details>") == 8


def test_a_guard_is_told_with_what_opens_it() -> None:
    guard = Guard(GuardKind.UPDATES, "The plan would change 112 of 200", "--allow-updates 112", open=False)
    source = Guard(GuardKind.EMPTY_SOURCE, "Git holds no prompt", "--allow-empty-source", open=False)
    found = reviewed(changed("a", "x", "y"))
    targets = (replace(found.report.targets[0], guards=(guard, source, replace(guard, open=True))),)
    report = replace(found.report, targets=targets)
    told = text(replace(found, report=report, sentence=sentence(report)), None)
    assert "; a guard would stop the sync of prod." in told
    assert "> [!CAUTION]\n> * **A guard stops the sync of `prod`:** The plan would change 112 of 200. " in told
    assert "`Mooring-Allow: updates=112`" in told
    assert "`mooring sync --allow-updates 112`" in told
    assert "`Mooring-Allow: empty-source=yes`" in told
    assert told.count("A guard stops") == 2
