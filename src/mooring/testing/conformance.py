"""Does an adapter keep the promises of `ports.Adapter`? Inherit AdapterConformance and give it a `bench`."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings

from mooring.core.address import Gap, Ref
from mooring.core.artifact import Artifact, Json, Message, Opaque
from mooring.core.canonical import NotCanonical, content_hash
from mooring.core.desired import PromptFacts
from mooring.ports import Adapter, Provenance, Rejected, Unreachable
from mooring.testing.bench import Bench, answered, fresh, owner, patient, present, provenance, publish, token
from mooring.testing.configs import CONFIGS
from mooring.testing.samples import CHAT, FULL_CONFIG, LABEL, LABELS, NAMES, ODD, OTHER, TEXTS

__all__ = ["AdapterConformance", "Bench"]


class AdapterConformance:
    """Every promise of `ports.Adapter`, tried on a platform. A subclass gives the fixtures bench and unreachable."""

    @pytest.fixture
    def bench(self) -> Bench:
        """Give the platform under test."""
        raise NotImplementedError

    @pytest.fixture
    def unreachable(self) -> Adapter:
        """Give an adapter of the same kind whose platform does not answer."""
        raise NotImplementedError

    @pytest.fixture
    def adapter(self, bench: Bench) -> Adapter:
        """Give a fresh connection."""
        return bench.connect()

    @pytest.fixture
    def prompt(self) -> str:
        """Give a name that nobody used."""
        return fresh()

    # --- reading ------------------------------------------------------------------------------------------------

    def test_a_prompt_that_is_not_there_is_proven_absent(self, adapter: Adapter, prompt: str) -> None:
        assert prompt not in adapter.survey([LABEL], [prompt])
        assert adapter.look(prompt, [LABEL]) is Gap.ABSENT
        assert adapter.read(prompt, Ref("1")) is Gap.ABSENT
        assert list(adapter.versions(prompt, None)) == []

    def test_a_version_that_is_not_there_is_proven_absent(self, adapter: Adapter, prompt: str) -> None:
        stored = publish(adapter, prompt, Artifact("x"))
        assert adapter.read(prompt, Ref("99999")) is Gap.ABSENT
        assert adapter.read(prompt, stored.ref) != Gap.ABSENT
        assert list(adapter.versions(prompt, stored.ref)) == []

    def test_survey_and_look_agree(self, bench: Bench, adapter: Adapter, prompt: str) -> None:
        first = publish(adapter, prompt, Artifact("one"))
        second = publish(adapter, prompt, Artifact("two", FULL_CONFIG))
        adapter.move_label(prompt, LABEL, first.ref, None)
        bench.person.point(prompt, "theirs", second.ref)
        listing = adapter.survey([LABEL], [prompt])[prompt]
        assert listing == adapter.look(prompt, [LABEL])
        assert listing.name == prompt
        assert {LABEL, "theirs"} <= set(listing.labels), "labels that nobody manages are shown too"
        assert (listing.labels[LABEL], listing.labels["theirs"]) == ((first.ref,), (second.ref,))
        assert listing.newest == second.ref
        assert all(adapter.read(prompt, ref) == stored for ref, stored in listing.stored.items())

    def test_the_token_tells_of_every_change(self, bench: Bench, adapter: Adapter, prompt: str) -> None:
        tokens = []
        first = publish(adapter, prompt, Artifact("one"))
        tokens.append(token(adapter, prompt))
        second = publish(adapter, prompt, Artifact("one"))
        tokens.append(token(adapter, prompt))
        bench.person.point(prompt, LABEL, first.ref)
        tokens.append(token(adapter, prompt))
        bench.person.point(prompt, LABEL, second.ref)
        tokens.append(token(adapter, prompt))
        assert token(adapter, prompt) == tokens[-1], "and of nothing else"
        assert len(set(tokens)) == len(tokens)

    def test_versions_come_oldest_first_and_only_the_later_ones(self, adapter: Adapter, prompt: str) -> None:
        made = [publish(adapter, prompt, Artifact(f"text {number}")) for number in range(11)]
        assert list(adapter.versions(prompt, None)) == [adapter.read(prompt, stored.ref) for stored in made]
        assert [stored.ref for stored in adapter.versions(prompt, made[8].ref)] == [made[9].ref, made[10].ref]

    def test_all_names_are_told_with_or_without_labels(self, adapter: Adapter, prompt: str) -> None:
        publish(adapter, prompt, Artifact("nobody is served this"))
        assert prompt in adapter.names()
        assert list(adapter.names()) == sorted(set(adapter.names()))

    def test_more_prompts_than_a_page(self, bench: Bench, adapter: Adapter) -> None:
        names = [fresh() for _ in range(7)]
        for name in names:
            publish(adapter, name, Artifact(name))
        whole = adapter.survey([LABEL], names)
        assert set(names) <= set(whole)
        for size in (2 + len(whole) // 2, len(whole) - 1, len(whole)):
            assert bench.paged(size).survey([LABEL], names) == whole, f"in pages of {size}"

    def test_identity_is_the_same_over_two_connections(self, bench: Bench) -> None:
        identity = bench.connect().identity()
        assert identity
        assert identity == bench.connect().identity()

    def test_nothing_is_absent_when_nobody_answers(self, unreachable: Adapter) -> None:
        asked: list[Callable[[], object]] = [
            lambda: unreachable.survey([LABEL], ["x"]),
            lambda: unreachable.look("x", [LABEL]),
            lambda: unreachable.read("x", Ref("1")),
            lambda: unreachable.versions("x", None),
            lambda: publish(unreachable, "x", Artifact("x")),
            lambda: unreachable.move_label("x", LABEL, Ref("1"), None),
            lambda: (
                unreachable.delete_prompt("x")
                if unreachable.capabilities.deletes_prompts
                else unreachable.look("x", [])
            ),
        ]
        for ask in asked:
            with pytest.raises(Unreachable):
                ask()
        assert unreachable.objections("x", LABEL, CHAT) is not None, "what needs no platform works without one"

    def test_requests_are_counted(self, bench: Bench, prompt: str) -> None:
        adapter = bench.connect()
        assert adapter.tally.counts()["write"] == 0
        stored = publish(adapter, prompt, Artifact("x"))
        adapter.move_label(prompt, LABEL, stored.ref, None)
        before = adapter.tally.counts()
        publish(adapter, prompt, Artifact("y"))
        assert adapter.tally.counts()["write"] == before["write"] + 1, "a new version of a prompt is one write"
        assert before["write"] >= 2
        adapter.survey([LABEL], [])
        assert adapter.tally.counts()["list"] > before["list"]
        adapter.read(prompt, stored.ref)
        assert adapter.tally.counts()["read"] > before["read"]

    # --- publishing ---------------------------------------------------------------------------------------------

    def test_publish_gives_what_was_stored(self, adapter: Adapter, prompt: str) -> None:
        stored = publish(adapter, prompt, CHAT)
        assert (stored.content, stored.hash) == (CHAT, content_hash(CHAT))
        assert stored.provenance == provenance(CHAT), "where it came from stands beside it"
        assert stored.silent == frozenset(), "a version of ours says all"
        assert adapter.read(prompt, stored.ref) == stored

    def test_publish_moves_no_label(self, adapter: Adapter, prompt: str) -> None:
        first = publish(adapter, prompt, Artifact("one"))
        adapter.move_label(prompt, LABEL, first.ref, None)
        publish(adapter, prompt, Artifact("two"))
        assert present(adapter.look(prompt, [LABEL])).labels == {LABEL: (first.ref,)}

    def test_the_same_content_twice_is_two_versions(self, adapter: Adapter, prompt: str) -> None:
        first, second = publish(adapter, prompt, CHAT), publish(adapter, prompt, CHAT)
        assert first.hash == second.hash
        assert first.ref != second.ref, "reuse is the caller's work"

    def test_a_new_prompt_with_its_labels(self, adapter: Adapter, prompt: str) -> None:
        if not adapter.capabilities.labels_on_create:
            return
        stored = adapter.publish(prompt, CHAT, provenance(CHAT), PromptFacts(), [LABEL, OTHER])
        labels = present(adapter.look(prompt, [LABEL, OTHER])).labels
        assert (labels[LABEL], labels[OTHER]) == ((stored.ref,), (stored.ref,))

    def test_every_text_comes_back_as_it_went(self, adapter: Adapter, prompt: str) -> None:
        assert not [text for text in TEXTS if adapter.objections(prompt, LABEL, Artifact(text))]
        made = [publish(adapter, prompt, Artifact(text)) for text in TEXTS]
        assert [stored.content for stored in made] == [Artifact(text) for text in TEXTS]
        assert list(adapter.versions(prompt, None)) == made
        assert_faithful(adapter, fresh(), Artifact(tuple(Message("user", text) for text in TEXTS)))

    @pytest.mark.parametrize("size", [5_001, 99_000, 100_000, 100_001, 1_000_001])
    def test_long_texts_are_refused_or_kept(self, adapter: Adapter, prompt: str, size: int) -> None:
        assert_faithful(adapter, prompt, Artifact("é" * size))
        assert_faithful(adapter, fresh(), Artifact((Message("user", "日" * size),)))
        assert_faithful(adapter, prompt, Artifact("x", {"tools": ["é" * size], "model": "m"}))

    @pytest.mark.parametrize(
        "artifact",
        ODD,
        ids=lambda artifact: str(artifact)[9:60],
    )
    def test_odd_shapes_are_refused_or_kept(self, adapter: Adapter, prompt: str, artifact: Artifact) -> None:
        assert_faithful(adapter, prompt, artifact)

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
            HealthCheck.too_slow,
        ],
    )
    @given(config=CONFIGS)
    def test_any_config_is_refused_or_kept(self, adapter: Adapter, prompt: str, config: Json) -> None:
        assert_faithful(adapter, prompt, Artifact("x", config))

    def test_every_name_is_refused_or_works(self, adapter: Adapter) -> None:
        start = uuid.uuid4().hex[:4]
        names = sorted({f"{start}{name}" if name.strip("./") else name for name in NAMES})
        refused = [name for name in names if adapter.objections(name, LABEL, None)]
        for name in refused:
            with pytest.raises(Rejected):
                publish(adapter, name, Artifact(name))
        made = {name: publish(adapter, name, Artifact(name)) for name in names if name not in refused}
        for name, stored in made.items():
            adapter.move_label(name, LABEL, stored.ref, None)
        survey = adapter.survey([LABEL], made)
        assert not survey.keys() & set(refused)
        for name, stored in made.items():
            assert survey[name] == adapter.look(name, [LABEL])
            assert survey[name].labels == {LABEL: (stored.ref,)}
            assert adapter.read(name, stored.ref) == stored
            assert list(adapter.versions(name, None)) == [stored]

    def test_every_label_is_refused_or_works(self, adapter: Adapter, prompt: str) -> None:
        stored = publish(adapter, prompt, Artifact("x"))
        works = []
        for label in LABELS:
            if adapter.objections(prompt, label, None):
                with pytest.raises(Rejected):
                    adapter.move_label(prompt, label, stored.ref, None)
            else:
                adapter.move_label(prompt, label, stored.ref, None)
                works.append(label)
        assert dict.fromkeys(works, (stored.ref,)) == present(adapter.look(prompt, works)).labels
        assert LABEL in works
        assert adapter.objections(prompt, "latest", None), "latest is the platform's own"

    def test_another_repository_is_seen(self, adapter: Adapter, prompt: str) -> None:
        publish(adapter, prompt, Artifact("x"))
        assert owner(adapter, prompt) == "ours"
        foreign = Provenance("theirs", "c0ffee", "p.yaml", "A <a@example.org>", content_hash(Artifact("y")))
        adapter.publish(prompt, Artifact("y"), foreign, PromptFacts(), ())
        assert owner(adapter, prompt) == "theirs", "who published last owns it: that is a takeover"

    def test_facts_that_git_declares_go_along(self, adapter: Adapter, prompt: str) -> None:
        facts = PromptFacts(description="Answers customers — kindly", tags=("billing", "eu"))
        adapter.publish(prompt, CHAT, provenance(CHAT), facts, ())
        listing = present(adapter.look(prompt, [LABEL]))
        described = listing.description is not None  # a platform may have no place for it
        assert (listing.description, listing.tags) == (facts.description if described else None, facts.tags)
        adapter.publish(prompt, CHAT, provenance(CHAT), PromptFacts(description="New"), ())
        listing = present(adapter.look(prompt, [LABEL]))
        assert (listing.description, listing.tags) == ("New" if described else None, facts.tags), (
            "what Git does not declare stays"
        )

    def test_prompts_are_written_in_parallel(self, adapter: Adapter) -> None:
        names = [fresh() for _ in range(6)]

        def ship(name: str) -> Ref:
            stored = publish(adapter, name, Artifact(name))
            adapter.move_label(name, LABEL, stored.ref, None)
            return stored.ref

        with ThreadPoolExecutor(3) as pool:
            refs = list(pool.map(lambda name: patient(lambda: ship(name)), names))
        survey = adapter.survey([LABEL], [])
        assert [survey[name].labels[LABEL] for name in names] == [(ref,) for ref in refs]

    # --- labels -------------------------------------------------------------------------------------------------

    def test_a_label_moves_and_its_old_holder_loses_it(self, adapter: Adapter, prompt: str) -> None:
        first, second = publish(adapter, prompt, Artifact("one")), publish(adapter, prompt, Artifact("two"))
        adapter.move_label(prompt, LABEL, first.ref, None)
        adapter.move_label(prompt, LABEL, second.ref, first.ref)
        assert present(adapter.look(prompt, [LABEL])).labels == {LABEL: (second.ref,)}
        adapter.move_label(prompt, LABEL, first.ref, second.ref)
        assert present(adapter.look(prompt, [LABEL])).labels == {LABEL: (first.ref,)}

    def test_a_version_holds_two_labels(self, adapter: Adapter, prompt: str) -> None:
        stored = publish(adapter, prompt, Artifact("one"))
        adapter.move_label(prompt, LABEL, stored.ref, None)
        adapter.move_label(prompt, OTHER, stored.ref, None)
        assert present(adapter.look(prompt, [LABEL])).labels == {LABEL: (stored.ref,), OTHER: (stored.ref,)}

    def test_a_label_cannot_point_at_nothing(self, adapter: Adapter, prompt: str) -> None:
        with pytest.raises(Rejected):
            adapter.move_label(prompt, LABEL, Ref("1"), None)
        publish(adapter, prompt, Artifact("one"))
        with pytest.raises(Rejected):
            adapter.move_label(prompt, LABEL, Ref("99999"), None)
        assert present(adapter.look(prompt, [LABEL])).labels == {}

    def test_a_label_comes_off_where_the_platform_can(self, adapter: Adapter, prompt: str) -> None:
        stored = publish(adapter, prompt, Artifact("one"))
        adapter.move_label(prompt, LABEL, stored.ref, None)
        if not adapter.capabilities.removes_labels:
            with pytest.raises(Rejected):
                adapter.remove_label(prompt, LABEL, stored.ref)
            return
        adapter.remove_label(prompt, LABEL, stored.ref)
        assert present(adapter.look(prompt, [LABEL])).labels == {}

    def test_a_prompt_is_deleted_whole_where_the_platform_can(self, adapter: Adapter, prompt: str) -> None:
        kept, made = fresh(), [publish(adapter, prompt, Artifact(text)) for text in ("one", "two", "three")]
        publish(adapter, kept, Artifact("kept"))
        adapter.move_label(prompt, LABEL, made[0].ref, None)
        adapter.move_label(prompt, OTHER, made[1].ref, None)
        if not adapter.capabilities.deletes_prompts:
            with pytest.raises(Rejected):
                adapter.delete_prompt(prompt)
            return
        shown = present(adapter.look(prompt, [])).labels
        assert (shown[LABEL], shown[OTHER]) == ((made[0].ref,), (made[1].ref,)), "a look without labels shows them all"
        before = adapter.tally.counts()["write"]
        adapter.delete_prompt(prompt)
        assert adapter.tally.counts()["write"] == before + 1
        assert adapter.look(prompt, [LABEL]) is Gap.ABSENT
        assert list(adapter.versions(prompt, None)) == []
        assert {prompt, kept} & adapter.survey([LABEL], [prompt, kept]).keys() == {kept}
        adapter.delete_prompt(prompt)
        again = publish(adapter, prompt, Artifact("anew"))
        assert present(adapter.look(prompt, [])).labels == {}, "nothing of the old one comes back"
        assert [one.content for one in adapter.versions(prompt, None)] == [Artifact("anew")]
        assert adapter.read(prompt, again.ref) == again

    def test_no_prompt_without_a_name_is_deleted(self, adapter: Adapter, prompt: str) -> None:
        publish(adapter, prompt, Artifact("kept"))
        with pytest.raises(Rejected):
            adapter.delete_prompt("")
        assert adapter.look(prompt, []) is not Gap.ABSENT

    # --- people -------------------------------------------------------------------------------------------------

    def test_a_version_made_by_hand(self, bench: Bench, adapter: Adapter, prompt: str) -> None:
        text = Artifact("Hello {{name}}\n", {"model": "gpt-4o", "temperature": 0.5})
        ref = bench.person.save(prompt, text, [LABEL])
        listing = present(adapter.look(prompt, [LABEL]))
        stored = answered(adapter.read(prompt, ref))
        assert (stored.content, stored.hash) == (text, content_hash(text))
        assert (stored.provenance, listing.owner) == (None, None)
        assert stored.silent == bench.silent
        assert listing.labels[LABEL] == (ref,)
        chat, other = Artifact((Message("system", "Bè kind"), Message("user", "{{question}}"))), fresh()
        assert answered(adapter.read(other, bench.person.save(other, chat))).hash == content_hash(chat)

    def test_content_that_no_artifact_can_be(self, bench: Bench, adapter: Adapter, prompt: str) -> None:
        if bench.opaque is None:
            return
        ref = bench.opaque(prompt)
        stored = answered(adapter.read(prompt, ref))
        assert isinstance(stored.content, Opaque)
        assert stored.hash == content_hash(stored.content)
        assert stored.hash.startswith("opaque:sha256:")
        assert adapter.survey([LABEL], [prompt])[prompt].newest == ref, "and it does not spoil the survey"
        assert [each.hash for each in adapter.versions(prompt, None)] == [stored.hash]

    def test_a_version_rewritten_in_place(self, bench: Bench, adapter: Adapter, prompt: str) -> None:
        if adapter.capabilities.immutable_versions:
            return
        stored = publish(adapter, prompt, Artifact("reviewed"))
        before = token(adapter, prompt)
        bench.person.tamper(prompt, stored.ref, Artifact("rewritten"))
        found = answered(adapter.read(prompt, stored.ref))
        assert found.hash == content_hash(Artifact("rewritten")), "what is read counts, not the hash that stands beside"
        assert found.provenance == stored.provenance
        assert token(adapter, prompt) != before

    def test_deletions_by_hand(self, bench: Bench, adapter: Adapter, prompt: str) -> None:
        first, second = publish(adapter, prompt, Artifact("one")), publish(adapter, prompt, Artifact("two"))
        adapter.move_label(prompt, LABEL, first.ref, None)
        adapter.move_label(prompt, OTHER, second.ref, None)
        bench.person.unlabel(prompt, OTHER)
        assert present(adapter.look(prompt, [LABEL])).labels == {LABEL: (first.ref,)}
        bench.person.delete_version(prompt, second.ref)
        assert adapter.read(prompt, second.ref) is Gap.ABSENT
        assert present(adapter.look(prompt, [LABEL])).newest == first.ref
        bench.person.delete_version(prompt, first.ref)
        left = adapter.look(prompt, [LABEL])
        if left is not Gap.ABSENT:
            assert (left.newest, dict(left.labels)) == (None, {}), "where a shell stays, it is no error"
            bench.person.delete_prompt(prompt)
        assert adapter.look(prompt, [LABEL]) is Gap.ABSENT
        assert prompt not in adapter.survey([LABEL], [prompt])


def assert_faithful(adapter: Adapter, prompt: str, artifact: Artifact) -> None:
    """Either the adapter objects, and refuses, or what was published comes back with the same hash."""
    try:
        wanted = content_hash(artifact)
    except NotCanonical:
        return  # the core never asks for what has no hash
    if adapter.objections(prompt, LABEL, artifact):
        with pytest.raises(Rejected):
            publish(adapter, prompt, artifact)
        return
    stored = publish(adapter, prompt, artifact)
    assert (stored.hash, stored.content) == (wanted, artifact)
    assert answered(adapter.read(prompt, stored.ref)).hash == wanted
