"""Two mooring.yaml with one id are refused, by validate and whatever else it takes to find them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.git.repository import find_repository
from mooring.git.siblings import MOST, Named, Siblings, clashes, free_id, siblings

if TYPE_CHECKING:
    from tests.monorepo.conftest import Monorepo

OWN = "services/shop/mooring.yaml"


def ids(monorepo: "Monorepo") -> dict[str, str]:
    found = siblings(find_repository(monorepo.folder), OWN)
    return {path: one.id for path, one in found.named.items()}


def test_validate_names_both_files_and_the_way_out(monorepo: "Monorepo") -> None:
    shop, billing = monorepo.team("shop", "acme"), monorepo.team("billing", "acme")
    for team, other in ((shop, "services/billing/mooring.yaml:2"), (billing, "services/shop/mooring.yaml:2")):
        code, report = team.type("validate")
        (finding,) = report["findings"]
        own = f"services/{team.folder.name}/mooring.yaml"
        assert code == 65
        assert finding["message"].startswith(f"{own}: the id acme is also that of {other}.")
        assert "an id of its own" in finding["fix"]


def test_what_others_have_in_common_is_theirs(monorepo: "Monorepo") -> None:
    shop = monorepo.team("shop", "shop")
    monorepo.team("a", "acme")
    monorepo.team("b", "acme")
    assert shop.type("validate")[0] == 0


def test_new_committed_and_left_out_files_count_and_ignored_ones_do_not(monorepo: "Monorepo") -> None:
    for name in ("committed", "sparse", "gone", "ignored", "linked", "new"):
        monorepo.team(name, name)
        if name == "gone":
            (monorepo.folder / ".gitignore").write_text("ignored/\n", encoding="utf-8")
            monorepo.commit()
    services = monorepo.folder / "services"
    (services / "gone" / "mooring.yaml").unlink()
    (services / "linked" / "mooring.yaml").unlink()
    (services / "linked" / "mooring.yaml").symlink_to("../new/mooring.yaml")
    monorepo.git("sparse-checkout", "set", "--no-cone", "/*", "!/services/sparse/")
    assert not (services / "sparse").exists()
    assert ids(monorepo) == {f"services/{one}/mooring.yaml": one for one in ("committed", "new", "sparse")}


@pytest.mark.parametrize(
    "text",
    ["", "id: [a]\n", "id: 7\n", "- id\n", "id", "\x00", "id: &a\n", "version: 1\n"],
    ids=["empty", "list", "number", "items", "word", "binary", "nothing", "none"],
)
def test_a_file_that_states_no_id_has_none(monorepo: "Monorepo", text: str) -> None:
    (monorepo.folder / "mooring.yaml").write_text(text, encoding="utf-8")
    assert ids(monorepo) == {}


def test_a_file_that_is_wrong_otherwise_still_has_its_id(monorepo: "Monorepo") -> None:
    (monorepo.folder / "mooring.yaml").write_text("targets: 7\nid: acme\nnonsense: [\n", encoding="utf-8")
    found = siblings(find_repository(monorepo.folder), OWN)
    assert found == Siblings({"mooring.yaml": Named("acme", 2)})


def test_of_very_many_some_are_read_and_the_rest_is_told(monorepo: "Monorepo") -> None:
    shop = monorepo.team("shop", "shop")
    for number in range(MOST + 3):
        place = monorepo.folder / f"{number:03}"
        place.mkdir()
        (place / "mooring.yaml").write_text(f"id: n{number}\n", encoding="utf-8")
    found = siblings(find_repository(monorepo.folder), OWN)
    assert (len(found.named), found.unread) == (MOST, 3)
    code, report = shop.type("validate")
    assert code == 0
    assert "3 more mooring.yaml in the repository were not compared by their ids" in report["notices"]


def test_ids_that_differ_in_case_alone_meet_on_some_disks() -> None:
    (problem,) = clashes(Siblings({"a/mooring.yaml": Named("Acme", 3)}), OWN, "acme")
    assert problem.message.startswith("the id acme is but for its case Acme, that of a/mooring.yaml:3.")
    assert clashes(Siblings({"a/mooring.yaml": Named("acme-2", 3)}), OWN, "acme") == ()


@pytest.mark.parametrize(
    ("wanted", "folder", "taken", "given"),
    [
        ("acme", "services/shop/", [], "acme"),
        ("acme", "services/shop/", ["other"], "acme"),
        ("acme", "services/shop/", ["acme"], "acme-services-shop"),
        ("acme", "services/shop/", ["ACME", "acme-services-shop"], "acme-2"),
        ("acme", "", ["acme", "acme-2"], "acme-3"),
        ("a" * 64, "shop/", ["a" * 64], "a" * 60 + "-2"),
        ("acme", "päth", ["acme"], "acme-p-th"),
    ],
)
def test_a_second_folder_gets_an_id_that_nobody_has(wanted: str, folder: str, taken: list[str], given: str) -> None:
    assert free_id(wanted, folder, taken) == given
    assert len(given) <= 64


def test_a_config_of_another_name_is_compared_too(monorepo: "Monorepo") -> None:
    team = monorepo.team("shop", "acme")
    Path(team.folder / "other.yaml").write_text((team.folder / "mooring.yaml").read_text(encoding="utf-8"))
    code, report = team.type("--config", "other.yaml", "validate")
    assert code == 65
    assert "services/shop/other.yaml: the id acme" in report["findings"][0]["message"]
