"""What does reading a project cost, and what is seen when it changes meanwhile?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact, Kind
from mooring.ports import Adapter, Listing, Options, Survey, Unreachable
from mooring.testing.bench import present
from mooring.testing.langfuse import Key, Langfuse, LangfusePerson, serve
from mooring.testing.langfuse.trouble import Acted, Fault, When
from mooring_langfuse import connect
from mooring_langfuse.delta import window_start

L, M = "production", "staging"


@dataclass
class Time:
    """The server's clock, which a test turns."""

    at: datetime = datetime(2026, 11, 21, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def pass_by(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@dataclass
class Place:
    """A project, a person in it, and what tells how often it was asked."""

    langfuse: Langfuse
    key: Key
    url: str
    time: Time

    @property
    def person(self) -> LangfusePerson:
        return self.langfuse.person(self.key.project)

    def connect(self, page_size: int = 100) -> Adapter:
        keys = {"public_key": self.key.public, "secret_key": self.key.secret}
        return connect(Options("test", self.url, keys, "/", extra={"page_size": str(page_size)}))

    def save(self, names: Sequence[str], *labels: str) -> None:
        for name in names:
            self.person.save(name, Artifact(name), labels)

    def asked(self) -> list[str]:
        """Give what was asked for since the last time, without the address."""
        found = [one.path.partition("/api/public/v2/prompts")[2] for one in self.langfuse.requests]
        self.langfuse.requests.clear()
        return found


@pytest.fixture
def place() -> Iterator[Place]:
    time = Time()
    langfuse = Langfuse(now=time)
    key = langfuse.project("acme")
    with serve(langfuse) as url:
        yield Place(langfuse, key, url, time)


def names(count: int, start: str = "p") -> list[str]:
    return [f"{start}{number:03}" for number in range(count)]


# --- what it costs ------------------------------------------------------------------------------------------------


def test_a_survey_lists_each_label_page_by_page(place: Place) -> None:
    place.save(names(5), L, M)
    adapter = place.connect(2)
    survey = adapter.survey([L, M], names(5))
    assert adapter.tally.counts() == {"list": 6, "read": 0, "write": 0}
    assert {name: one.newest for name, one in survey.items()} == dict.fromkeys(names(5), Ref("1"))
    assert not adapter.survey([], [])


def test_a_look_at_the_newest_version_asks_once_a_label(place: Place) -> None:
    place.save(["a"], L, M)
    place.asked()
    adapter = place.connect()
    assert present(adapter.look("a", [L])).newest == "1"
    assert len(place.asked()) == 1
    adapter.look("a", [L, M])
    assert len(place.asked()) == 2


def test_a_look_below_the_newest_version_asks_for_all_versions_too(place: Place) -> None:
    place.save(["a"], L)
    place.save(["a"], "theirs")
    place.asked()
    found = present(place.connect().look("a", [L, M]))
    assert (found.labels, found.newest) == ({L: ("1",), "theirs": ("2",)}, "2")
    assert len(place.asked()) == 4, "two labels, all versions, and who holds the label that nobody manages"
    assert place.connect().look("b", [L]) is Gap.ABSENT
    assert len(place.asked()) == 2


def test_an_empty_name_or_label_is_never_asked_for(place: Place) -> None:
    place.save(["a"], L)
    place.asked()
    assert place.connect().look("", [L]) is Gap.ABSENT
    assert place.connect().versions("", None) == []
    assert place.asked() == []
    assert present(place.connect().look("a", ["", L])).labels == {L: ("1",)}
    assert not place.connect().survey([""], [])


def test_names_that_nothing_can_have_are_not_asked_for(place: Place) -> None:
    place.save(["a"], L)
    place.asked()
    adapter = place.connect()
    for name in ("", "a\0", "a\ud800"):
        assert adapter.look(name, [L]) is Gap.ABSENT
        assert adapter.read(name, Ref("1")) is Gap.ABSENT
        assert adapter.versions(name, None) == []
    assert place.asked() == []
    assert adapter.survey([L], [" a", "a "]).keys() == {"a"}


def test_a_prompt_that_no_path_leads_to_is_not_there(place: Place) -> None:
    place.save(["a", "..", "."], L)
    assert place.connect(2).survey([L], []).keys() == {"a"}


def test_few_open_questions_are_asked_one_by_one_and_many_at_once(place: Place) -> None:
    place.save(names(20), L)
    place.save(names(3), "draft")
    place.asked()
    few = place.connect().survey([L], [*names(20)])
    assert len(place.asked()) == 1 + 3 * 2, "for each draft all versions, and who holds its label"
    place.save(names(12), "draft")
    place.asked()
    many = place.connect().survey([L], [*names(20), "nowhere"])
    assert len(place.asked()) == 2
    assert [few[name].newest for name in names(4)] == ["2", "2", "2", "1"]
    assert [many[name].newest for name in ("p000", "p003", "p012")] == ["3", "2", "1"]
    assert "nowhere" not in many


def test_expected_prompts_without_a_label_are_there(place: Place) -> None:
    place.save(["bare"])
    place.save(names(5, "other"), "theirs")
    survey = place.connect().survey([L], ["bare", "gone"])
    assert survey.keys() == {"bare"}
    assert (survey["bare"].labels, survey["bare"].newest) == ({}, "1")
    assert place.connect().survey([L], ["bare", "gone", *names(5, "other")]).keys() == {"bare", *names(5, "other")}


def test_what_stands_on_a_row_is_told(place: Place) -> None:
    place.save(["a"], L, "theirs")
    place.person.retag("a", ["x", "y"])
    listing = place.connect().survey([L], [])["a"]
    assert listing == place.connect().look("a", [L])
    assert (listing.tags, listing.kind, listing.owner, listing.description) == (("x", "y"), Kind.TEXT, None, None)
    assert listing.labels == {L: ("1",), "theirs": ("1",)}
    assert listing.stamps.keys() == {L, "theirs"}


def test_a_split_label_has_two_holders(place: Place) -> None:
    place.save(["a"], L)
    place.save(["a"], M)
    place.person.split("a", L, [Ref("1"), Ref("2")])
    listing = place.connect().survey([L, M], [])["a"]
    assert listing == place.connect().look("a", [L, M])
    assert (listing.labels, listing.newest) == ({L: ("1", "2"), M: ("2",)}, "2")


# --- what changes meanwhile ---------------------------------------------------------------------------------------


def between_pages(place: Place, label: str, act: object) -> None:
    """Let somebody act right after the first page of a label's list."""
    assert callable(act)
    path = f"label={label}&page=1&"
    place.langfuse.hooks.trouble.add(Fault("GET", path, 1, Acted(When.AFTER, act)))


@pytest.mark.parametrize("made", [["a"], ["z"], ["a", "b"], ["a", "p002b", "z"]])
def test_prompts_that_come_meanwhile_are_in_the_survey(place: Place, made: list[str]) -> None:
    place.save(names(5), L)
    between_pages(place, L, lambda: place.save(made, L))
    assert place.connect(2).survey([L], names(5)).keys() == {*names(5), *made}


def test_a_page_that_comes_too_early_is_no_survey(place: Place) -> None:
    place.save(names(5), L)
    between_pages(place, L, lambda: place.person.delete_prompt("p000"))
    adapter = place.connect(2)
    with pytest.raises(Unreachable, match="changed while it was read"):
        adapter.survey([L], names(5))
    assert adapter.survey([L], names(5)).keys() >= set(names(5)[1:]), "asked again, it is whole"


def test_a_prompt_that_two_shifts_hide_is_not_absent(place: Place) -> None:
    place.save(names(6), L, M)
    place.save(["p002"], M)

    def exchange() -> None:
        place.person.delete_prompt("p000")
        place.save(["z"], L)

    between_pages(place, L, exchange)
    survey = place.connect(2).survey([L], names(6))
    assert survey["p002"].labels == {L: ("1",), M: ("2",)}


def test_a_label_that_two_shifts_hide_is_seen_in_another_list(place: Place) -> None:
    place.save(names(6), L, M)

    def exchange() -> None:
        place.person.delete_prompt("p000")
        place.save(["z"], L)

    between_pages(place, L, exchange)
    survey = place.connect(2).survey([L, M], names(6))
    assert {name: survey[name].labels.keys() for name in names(6)[1:]} == {name: {L, M} for name in names(6)[1:]}


# --- what changed since -------------------------------------------------------------------------------------------


@pytest.fixture
def old(place: Place) -> Place:
    """Seven prompts with two labels, made an hour apart."""
    for name in names(7):
        place.time.pass_by(60)
        place.save([name], L, M)
    place.asked()
    return place


def delta(place: Place, since: Survey, *expected: str) -> tuple[object, int]:
    """Ask for changes, and compare what was found with a survey; give it with the number of its requests."""
    place.asked()
    told = place.connect(2).delta([L, M], expected, since)
    count = len(place.asked())
    if told is not None:
        whole = place.connect(2).survey([L, M], expected)
        assert {name: one.labels for name, one in told.items()} == {name: one.labels for name, one in whole.items()}
    return told, count


def look(place: Place, *expected: str) -> Survey:
    return place.connect(2).survey([L, M], expected)


def test_nothing_changed_is_two_requests_a_label(old: Place) -> None:
    since = look(old)
    assert delta(old, since) == (since, 4)


def test_what_changed_is_asked_for_alone(old: Place) -> None:
    since = look(old)
    old.person.point("p001", "theirs", Ref("1"))
    old.save(["p002"], L)
    told, count = delta(old, since)
    assert isinstance(told, Survey)
    assert told["p001"].labels["theirs"] == ("1",)
    assert (told["p002"].labels[L], told["p002"].newest) == (("2",), "2")
    assert all(told[name] is since[name] for name in names(7)[3:])
    assert count == 2 * (1 + 2) + 2 * 2, "the windows have two pages now; and both labels of both prompts"


def test_a_new_and_a_removed_prompt_do_not_hide_each_other(old: Place) -> None:
    since = look(old)
    old.person.delete_prompt("p000")
    old.save(["z"], L, M)
    assert delta(old, since)[0] is None


def test_a_label_that_was_taken_off_is_seen_by_the_others_of_its_version(old: Place) -> None:
    since = look(old)
    old.person.unlabel("p003", M)
    assert delta(old, since)[0] is not None


def test_a_version_that_lost_its_last_label_is_no_proof(old: Place) -> None:
    since = look(old)
    old.person.unlabel("p003", M)
    old.person.unlabel("p003", L)
    assert delta(old, since)[0] is None


def test_a_backup_that_was_restored_is_no_proof(old: Place) -> None:
    since = look(old)
    newest = since["p006"]
    later = Listing(
        "p006", "", newest.labels, newest.newest, stamps=dict.fromkeys(newest.labels, "2026-11-21T20:00:00Z")
    )
    assert delta(old, Survey({**since, "p006": later}, since.begun))[0] is None


def test_a_split_label_is_asked_for_each_time(old: Place) -> None:
    old.save(["p000"])
    old.person.split("p000", L, [Ref("1"), Ref("2")])
    old.time.pass_by(60)
    old.save(["p006"], L, M)
    since = look(old)
    assert since["p000"].labels[L] == ("1", "2")
    old.person.delete_version("p000", Ref("2"))
    told, _ = delta(old, since)
    assert isinstance(told, Survey)
    assert told["p000"].labels[L] == ("1",)


def test_a_number_that_came_back_is_seen_by_its_stamp(old: Place) -> None:
    since = look(old)
    old.person.delete_version("p004", Ref("1"))
    old.person.save("p004", Artifact("of the same number"), [L, M])
    told, _ = delta(old, since)
    assert isinstance(told, Survey)
    assert told["p004"].labels == since["p004"].labels
    assert told["p004"].stamps != since["p004"].stamps


def test_more_changes_than_a_page_are_a_survey(old: Place) -> None:
    since = look(old)
    for name in names(7)[:3]:
        old.person.point(name, "theirs", Ref("1"))
    told, _ = delta(old, since)
    assert isinstance(told, Survey)
    assert {name for name, one in told.items() if "theirs" in one.labels} == set(names(7)[:3])


def test_expected_prompts_are_proven(old: Place) -> None:
    since = look(old, "p000")
    old.save(["bare"])
    told, count = delta(old, since, "p000", "bare", "gone")
    assert isinstance(told, Survey)
    assert told.keys() == {*names(7), "bare"}
    assert count == 4 + 2


def test_an_unlabelled_prompt_that_nobody_expects_any_more_is_left_out(old: Place) -> None:
    old.save(["bare"])
    since = look(old, "bare")
    assert "bare" in since
    assert "bare" not in (old.connect(2).delta([L, M], [], since) or Survey({}))


def test_a_survey_of_one_page_is_listed_anew(place: Place) -> None:
    place.save(["a", "b"], L)
    adapter = place.connect()
    since = adapter.survey([L], [])
    place.person.unlabel("a", L)
    place.asked()
    assert (adapter.delta([L], [], since) or Survey({})).keys() == {"b"}
    assert len(place.asked()) == 1


def test_somebody_who_acts_between_two_requests_is_no_proof_or_seen(old: Place) -> None:
    since = look(old)
    act = Acted(When.AFTER, lambda: old.person.delete_prompt("p000"))
    old.langfuse.hooks.trouble.add(Fault("GET", f"label={M}&page=1&limit=1$", 1, act))
    told = old.connect(2).delta([L, M], [], since)
    assert told == since, "it was so when it was counted"
    assert old.connect(2).delta([L, M], [], since) is None


def stamps(*minutes: float) -> list[str]:
    start = datetime(2026, 11, 21, 8, tzinfo=UTC)
    moments = [start + timedelta(minutes=each) for each in minutes]
    return [moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for moment in moments]


@pytest.mark.parametrize(
    ("written", "size", "start"),
    [
        (stamps(*range(0, 600, 60)), 2, "2026-11-21T16:55:00.000Z"),
        (stamps(*range(6)), 2, None),
        (stamps(*range(0, 120, 60)), 2, None),
        (stamps(*range(0, 600, 60)), 100, None),
        ([], 100, None),
        ([*stamps(*range(0, 600, 60)), ""], 2, None),
        ([*stamps(*range(0, 600, 60)), "2026-11-21T16:55:00"], 2, None),
    ],
)
def test_a_window_opens_where_it_costs_less(written: list[str], size: int, start: str | None) -> None:
    assert window_start(written, max(written, default=""), size) == start


def test_a_window_is_small_once_anything_was_touched_later() -> None:
    at_once = [f"2026-11-21T08:00:{second:02}.000Z" for second in range(12)]
    assert window_start(at_once, at_once[-1], 2) is None
    assert window_start(at_once, "2026-11-21T08:05:09.000Z", 2) == at_once[9]
    assert window_start(at_once, "2026-11-21T20:00:00.000Z", 2) == at_once[11], "what was seen last comes again"


def test_a_label_that_was_made_at_once_costs_two_requests_when_another_moved_later(place: Place) -> None:
    place.save(names(7), L)
    place.time.pass_by(60)
    place.save(["x"], M)
    since = look(place)
    told, count = delta(place, since)
    assert (told, count) == (since, 2 + 1)
