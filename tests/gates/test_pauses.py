"""When nothing is to be written: a freeze from Git, a suspension from a person, and who goes through both."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.gates.conftest import Place
    from tests.support.places import Channel

HEARS = "alerts: [{notify: env:CHANNEL_URL}]\n"
FREEZE = """\
freeze:
  - from: 2026-01-05T18:00+01:00
    until: 2026-01-06T08:00
    match: "prod:greet*"
    reason: A launch
"""


def outcomes(report: Any) -> dict[str, str | None]:
    return {a["prompt"]: a["outcome"] for t in report["targets"] for a in t["addresses"]}


def states(report: Any) -> dict[str, str]:
    return {a["prompt"]: a["state"] for t in report["targets"] for a in t["addresses"]}


def text(place: "Place", prompt: str) -> str:
    """Give what production serves."""
    with place.langfuse.opened("acme") as project:
        (body,) = (row.prompt_json for row in project.rows(prompt) if "production" in row.labels)
    return str(body)


def test_a_freeze_holds_a_sync_says_so_and_fails_nothing_and_hides_nothing(place: "Place", channel: "Channel") -> None:
    place.begun(HEARS, FREEZE, greet="one\n", other="one\n")
    place.clock.advance(5.5 * 3600)
    place.prompt("greet", "two\n")
    place.prompt("other", "two\n")
    place.commit()
    code, report = place.mooring("sync")
    assert (code, outcomes(report)["other"]) == (0, "applied")
    assert "one" in text(place, "greet")
    assert "Frozen until 2026-01-06T08:00:00+00:00: A launch" in place.form("text")

    code, report = place.mooring("drift")
    assert (code, states(report)) == (2, {"greet": "git_ahead", "other": "in_sync"})
    assert place.mooring("plan", "--detailed-exitcode")[0] == 0, "nothing would be written now"
    assert channel.got == [], "what only waits for the end is told to nobody"

    place.edit("greet", "by hand\n")
    assert place.mooring("drift")[0] == 3
    assert channel.titles() == ["greet (production) on prod: conflict"]
    place.clock.advance(15 * 3600)
    assert place.mooring("resolve", "greet@production", "--take", "git", "--reason", "After the launch")[0] == 0
    code, report = place.mooring("sync")
    assert (code, outcomes(report)["greet"]) == (0, "applied")
    assert channel.titles()[1:] == ["Resolved: greet (production) on prod: conflict"]


def test_a_weekly_window_by_the_clocks_of_a_zone_holds_and_ends_by_itself(place: "Place") -> None:
    place.begun(
        "freeze: [{weekly: mon 14:00 - mon 15:00, zone: Europe/Oslo, reason: Lunch}]\n",  # 13:00 to 14:00 UTC
        greet="one\n",
    )
    place.prompt("greet", "two\n")
    place.commit()
    place.clock.advance(3600)
    code, report = place.mooring("sync")
    assert (code, outcomes(report)["greet"]) == (0, None)
    assert "Lunch" in place.form("text")
    place.clock.advance(3600)
    assert outcomes(place.mooring("sync")[1])["greet"] == "applied"


def test_a_suspension_stops_writes_and_alerts_and_hides_no_state(place: "Place", channel: "Channel") -> None:
    place.begun(HEARS, greet="one\n", other="one\n")
    place.edit("greet", "by hand\n")
    assert place.mooring("drift")[0] == 3
    assert len(channel.got) == 1
    assert place.mooring("suspend", "greet@production", "--for", "4h", "--reason", "Incident 712")[0] == 0
    place.edit("greet", "by hand again\n")
    for _ in range(3):
        place.clock.advance(3600)
        code, report = place.mooring("drift")
        assert (code, states(report)["greet"]) == (3, "platform_ahead")
    assert "Incident 712" in place.form("text")
    assert len(channel.got) == 1, "neither the change nor a reminder is told"
    place.edit("other", "by hand\n")
    assert place.mooring("drift")[0] == 3
    assert channel.titles()[1:] == ["other (production) on prod: platform ahead"]
    place.prompt("greet", "two\n")
    place.commit()
    before = place.writes()
    assert place.mooring("sync")[0] == 0
    assert place.writes() == before
    place.clock.advance(2 * 3600)
    assert place.mooring("drift")[0] == 3
    assert [title for title in channel.titles()[2:] if "greet" in title] == [
        "Changed: greet (production) on prod: conflict"
    ]


def test_a_persons_rollback_and_promotion_go_through_both(place: "Place") -> None:
    frozen = FREEZE.replace("prod:greet*", "prod:*")
    place.begun(frozen, greet="one\n")
    place.prompt("greet", "two\n")
    place.commit()
    assert place.mooring("sync")[0] == 0
    place.clock.advance(5.5 * 3600)
    assert place.mooring("suspend", "greet", "--for", "1d", "--reason", "Nobody touches it")[0] == 0
    code, report = place.mooring("rollback", "greet@production", "--reason", "It answers nonsense")
    assert (code, outcomes(report)["greet"]) == (0, "applied")
    assert "one" in text(place, "greet")
    said = place.form("text")
    assert "A launch" in said or "Nobody touches it" in said, "it says what it goes through"
    before = place.writes()
    assert place.mooring("sync")[0] == 0
    assert place.writes() == before
    assert "one" in text(place, "greet")
