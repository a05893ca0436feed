"""What is asked before a prompt may go, and what the ledger keeps of one that is gone."""

from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from mooring import cycle
from mooring.core.address import ContentHash, Ref
from mooring.core.judge import Action
from mooring.core.memory import Base, Changes, Decision, Indexed, Move
from mooring.core.policy import Mode, PolicyPart, Prune
from mooring.core.record import RecordKind
from mooring.core.report import Exit
from mooring.ledger.codec import HEAD, Owner, apply, decode, touched
from mooring.testing.faults import Acted, Fault, Faulty, Unanswered, When

if TYPE_CHECKING:
    from tests.prune.conftest import World

H = ContentHash("sha256:" + "1" * 64)


@pytest.mark.parametrize(("policy", "looks"), [(Prune.DELETE, 1), (Prune.RETIRE, 0), (Prune.REPORT, 0)])
def test_only_what_may_be_deleted_costs_a_question(world: "World", policy: Prune, looks: int) -> None:
    world.policy = PolicyPart(prune=policy)
    world.plan()
    world.drop("greet")
    faulty = world.adapter = Faulty(world.adapter)
    world.plan()
    assert faulty.calls.count("look") == looks, "one for the prompt; what Git declares costs none"


def looks(world: "World") -> int:
    """Plan, and count what was asked for pruning."""
    faulty = world.adapter = Faulty(world.adapter)
    world.plan()
    return faulty.calls.count("look")


def test_each_prompt_that_may_go_is_asked_about_once(world: "World") -> None:
    for number in range(12):
        world.write(f"prompts/p{number}.yaml", f"labels: [production]\nprompt: text {number}\n")
    world.commit()
    assert world.sync().exit is Exit.OK
    for number in range(12):
        (world.folder / f"prompts/p{number}.yaml").unlink()
    world.commit()
    assert looks(world) == 12
    assert {world.one(world.plan(), f"p{number}").row.verdict.action for number in range(12)} == {Action.DELETE}
    world.mode = Mode.OBSERVE
    assert looks(world) == 0, "which deletes nothing"


def test_prompts_are_asked_about_at_once(world: "World") -> None:
    world.drop("greet")
    world.drop("other")
    both = Barrier(2, timeout=60)
    world.adapter = Faulty(world.adapter, [Fault("look", n, Acted(When.BEFORE, both.wait)) for n in (1, 2)])
    report = world.plan()
    assert {row.row.verdict.action for row in report.rows} == {Action.DELETE}


@pytest.mark.parametrize("label", ["production", "staging"])
def test_a_prompt_that_an_edit_speaks_for_costs_no_question(world: "World", label: str) -> None:
    world.edit("typed by hand", "greet", label)
    world.drop("greet")
    assert looks(world) == 0
    (other,) = {"production", "staging"} - {label}
    row = world.one(world.plan(), label=other).row
    assert row.verdict.action is Action.RETIRE
    assert f"its label {label} stays" in row.verdict.reason


def test_a_prompt_whose_edit_a_person_decided_about_is_asked_about(world: "World") -> None:
    world.edit("typed by hand", "greet", "production")
    world.drop("greet")
    world.resolve()
    assert looks(world) == 1
    assert world.one(world.plan()).row.verdict.action is Action.DELETE


def test_a_label_that_somebody_took_off_keeps_nobody(world: "World") -> None:
    world.platform.unlabel("greet", "staging")
    world.drop("greet")
    assert looks(world) == 1
    assert world.one(world.plan()).row.verdict.action is Action.DELETE


def test_a_prompt_whose_labels_cannot_be_read_is_kept(world: "World") -> None:
    world.drop("greet")
    world.adapter = Faulty(world.adapter, [Fault("look", n, Unanswered(When.BEFORE)) for n in range(1, 5)])
    row = world.one(world.plan()).row
    assert row.verdict.action is Action.RETIRE
    assert "its other labels could not be read" in row.verdict.reason


def test_a_plan_from_the_ledger_alone_says_so_too(world: "World") -> None:
    world.drop("greet")
    assert world.one(cycle.plan_offline(world.run())).row.verdict.action is Action.DELETE
    world.declare("greet", "two", "staging")
    row = world.one(cycle.plan_offline(world.run())).row
    assert "Git declares its label staging" in row.verdict.reason


def test_a_prompt_that_somebody_deleted_too_is_forgotten(world: "World") -> None:
    world.policy = PolicyPart()
    world.platform.delete_prompt("greet")
    world.drop("greet")
    assert world.sync().exit is Exit.OK
    assert set(world.memory().prompts) == {"other"}


def test_a_prompt_that_is_gone_and_still_declared_is_remembered(world: "World") -> None:
    world.platform.delete_prompt("greet")
    world.declare("greet", "two", "production")
    assert world.sync().exit is Exit.OK
    known = world.memory().prompts["greet"]
    assert (set(known.bases), len(known.index)) == ({"production"}, 2)


def test_a_forgotten_prompt_leaves_nothing_in_the_ledger() -> None:
    owner = Owner("acme", "local")
    base = Base(H, Ref("1"), "v1", "c" * 40, "2026-01-01T00:00:00+00:00")
    decision = Decision(H, "why", "Ada", "2026-01-01T00:00:00+00:00")
    move = Move(H, H, RecordKind.ROLLBACK, "why", "Ada", "2026-01-01T00:00:00+00:00")
    full = Changes(
        bases={("a", "p"): base, ("b", "p"): base},
        index={("a", H): Indexed(Ref("1"), "", "v1", "c" * 40)},
        decisions={("a", "p"): decision, ("b", "p"): decision},
    )
    files = {path: data for path, data in apply({}, full, owner).items() if data is not None}
    moved = apply(files, Changes(moves={("a", "p"): move, ("b", "p"): move}), owner)
    files |= {path: data for path, data in moved.items() if data is not None}
    gone = Changes(bases={("a", "p"): None}, forgotten=("a",))
    assert touched(Changes(forgotten=("a",))) > {HEAD}
    assert not Changes(forgotten=("a",)).empty
    for change in (gone, Changes(forgotten=("a",))):
        written = apply(files, change, owner)
        left = {path: data for path, data in (files | written).items() if data is not None}
        memory = decode(left)
        assert (set(memory.prompts), set(memory.decisions), set(memory.moves)) == ({"b"}, {("b", "p")}, {("b", "p")})
        assert apply(left, change, owner) == {}, "what is forgotten is forgotten"
