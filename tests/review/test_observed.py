"""Is it said once of a target that a sync writes nothing there, with what a merge brings into Git?"""

from typing import TYPE_CHECKING

from mooring.reports.observing import Observing, told

if TYPE_CHECKING:
    from tests.review.conftest import Desk

BYE = "labels: [production]\nprompt: |\n  Bye\n"
NEW = {f"prompts/new{n}.yaml": BYE for n in range(3)}


def observing(desk: "Desk") -> dict[str, str]:
    config = (desk.folder / "mooring.yaml").read_text(encoding="utf-8")
    return {"mooring.yaml": config.replace("mode: upsert", "mode: observe")}


def test_what_comes_into_git_is_named_and_claimed_to_be_served_or_not_by_nobody(desk: "Desk") -> None:
    desk.land({**observing(desk), "prompts/older.yaml": BYE})
    desk.propose(NEW)
    said = desk.review()
    assert "### Merging changes nothing that a platform serves; it brings 3 prompts into Git.\n" in said
    assert "> [!NOTE]\n> * `prod` is only observed: a sync writes nothing there. Set `mode: upsert` for `prod`" in said
    assert "\n> * **Comes into Git:** `new0`, `new1`, `new2`.\n" in said
    assert said.count("mode: upsert") == 1
    assert "#### " not in said
    assert "nobody" not in said


def test_many_prompts_make_one_annotation(desk: "Desk") -> None:
    desk.land(observing(desk))
    desk.propose(NEW)
    said = desk.type("plan", "--offline", "-o", "github")
    (only,) = [line for line in said.splitlines() if line.startswith("::")]
    assert only.startswith("::notice file=mooring.yaml,line=1,title=prod is only observed%3A a sync writes nothing")
    assert "3 addresses wait for another mode. → Set `mode: upsert` for `prod` in mooring.yaml" in only
    assert "nobody is served" not in desk.type("plan", "--offline")


def test_where_nothing_comes_nothing_is_said(desk: "Desk") -> None:
    desk.land({**observing(desk), **NEW})
    desk.propose({"README.md": "Hello\n"})
    assert "is only observed" not in desk.review()


def test_many_names_are_cut_and_none_is_markup() -> None:
    lines = told(Observing(("t`@x",), ("<img>`", *(f"p{n:02}" for n in range(50)))))
    assert len(lines) == 2
    assert lines[0].startswith("``t`@x`` is only observed")
    assert lines[1].startswith("**Comes into Git:** `` <img>` ``, `p00`, ")
    assert lines[1].endswith("`p38` and 11 more prompts.")
