"""Several mooring.yaml in one repository keep apart by their ids."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from mooring.core.artifact import Artifact
from mooring.testing.github.serve import serve

if TYPE_CHECKING:
    from tests.monorepo.conftest import Monorepo, Team


def held(team: "Team") -> str:
    """Give what the team's one prompt serves."""
    (ref,) = team.platform.holders("greet", "production")
    (found,) = [one.content for one in team.platform.versions("greet") if one.ref == ref]
    assert isinstance(found, Artifact)
    return str(found.body)


def test_two_teams_with_the_same_names_meet_nowhere(
    monorepo: "Monorepo", two_teams: "Callable[[str, str], tuple[Team, Team]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, billing = two_teams("shop", "billing")
    for team in (shop, billing):
        code, report = team.type("sync")
        assert (code, report["summary"]) == (0, {"pending_create": 1}), report
    assert (held(shop), held(billing)) == ("Hello from shop", "Hello from billing")
    # Neither knows the other's sync: the one after it writes nothing, and finds nothing that is foreign.
    ledgers = {"refs/mooring/shop/prod/ledger", "refs/mooring/billing/prod/ledger"}
    assert ledgers <= monorepo.refs("refs/mooring/*")
    code, report = shop.type("sync")
    assert (code, report["targets"][0]["requests"]["write"]) == (0, 0)

    shop.edit("greet", "Edited in the shop")
    billing.edit("greet", "Edited in billing")
    with serve(monorepo.folder.parent / "remote.git") as github:
        for name, value in github.environment.items():
            monkeypatch.setenv(name, value)
        codes = [team.type("drift", "--commit-status")[0] for team in (shop, billing)]
        statuses = {status.context for status in github.hub.statuses}
        assert (codes, statuses) == ([3, 3], {"mooring/shop/drift", "mooring/billing/drift"})
        for team in (shop, billing):
            assert team.type("adopt", "greet@production", "--reason", "It is better")[0] == 0
    branches = monorepo.refs("refs/heads/mooring/*")
    wanted = {name: f"refs/heads/mooring/{name}/prod/prompt-greet" for name in ("shop", "billing")}
    assert branches == set(wanted.values())
    for name, branch in wanted.items():
        monorepo.git("fetch", "--quiet", "origin", branch)
        changed = monorepo.git("diff", "--name-only", "HEAD", "FETCH_HEAD").splitlines()
        assert changed == [f"services/{name}/prompts/greet.yaml"]


def test_places_in_reports_start_at_the_root_of_the_repository(
    monorepo: "Monorepo", capsys: pytest.CaptureFixture[str]
) -> None:
    team = monorepo.team("shop", "shop")
    team.prompt("greet", "Hello")
    (team.folder / "prompts" / "broken.yaml").write_text("prompt: [", encoding="utf-8")
    sarif = monorepo.folder.parent / "found.sarif"
    code, _ = team.type("validate", "-o", f"sarif={sarif}", "-o", "github")
    assert code == 65
    assert '"uri": "services/shop/prompts/broken.yaml"' in sarif.read_text(encoding="utf-8")
    assert "file=services/shop/prompts/broken.yaml" in capsys.readouterr().out
