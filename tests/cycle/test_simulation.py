"""People, crashes and lost answers in random order: no duplicate, no lost edit, no unreviewed content by our hand."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mooring.core.report import Exit
from mooring.core.state import State
from mooring.testing.faults import Crash, Crashed, Fault, Faulty, Unanswered, When

if TYPE_CHECKING:
    from tests.cycle.conftest import Build, World

TEXTS = [f"text {letter}\n" for letter in "abcd"]
EDITS = [f"edit {letter}" for letter in "xyz"]
METHODS = ["look", "publish", "move_label", "versions", "read"]

texts = st.sampled_from(TEXTS)


class Simulation(RuleBasedStateMachine):
    """One prompt, one label, one clone; every rule is something that happens in a week."""

    build: "Build"
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.world: World = type(self).build(Path(tempfile.mkdtemp(dir=self.folder)))
        self.inner = self.world.adapter
        self.reviewed: set[str] = set()
        self.saved: list[str] = []
        self.decided: str | None = None
        self.commit(TEXTS[0])
        assert self.world.sync().exit is Exit.OK

    @rule(text=texts)
    def commit(self, text: str) -> None:
        self.world.commit_prompt("greet", text)
        self.reviewed.add(text)

    @rule(text=st.sampled_from(EDITS))
    def edit_in_the_ui(self, text: str) -> None:
        self.world.edit(text)
        self.saved.append(text)

    @rule(position=st.integers(0, 20))
    def point_in_the_ui(self, position: int) -> None:
        versions = self.world.platform.versions("greet")
        self.world.platform.point("greet", "production", versions[position % len(versions)].ref)

    @rule()
    @precondition(lambda self: self.world.served() is not None)
    def unlabel_in_the_ui(self) -> None:
        self.world.platform.unlabel("greet", "production")

    @rule()
    def decide(self) -> None:
        """A decision names content, so it holds for the same content saved again, and ends when it was acted on.

        Where nothing waits for one, none is recorded, and the last one stands.
        """
        report = self.world.resolve()
        waits = self.world.one(report).row.verdict.state not in {State.IN_SYNC, State.PENDING_CREATE}
        if report.exit is Exit.OK and waits:
            self.decided = self.world.served()

    @rule()
    def sync(self) -> None:
        self._sync()

    @rule(method=st.sampled_from(METHODS), number=st.integers(1, 3), when=st.sampled_from(list(When)))
    def sync_and_die(self, method: Any, number: int, when: When) -> None:
        self.world.adapter = Faulty(self.inner, [Fault(method, number, Crashed(when))])
        self._sync()
        self.world.adapter = self.inner
        self.world.clock.advance(61)

    @rule(method=st.sampled_from(METHODS), numbers=st.sets(st.integers(1, 4)), when=st.sampled_from(list(When)))
    def sync_with_lost_answers(self, method: Any, numbers: set[int], when: When) -> None:
        self.world.adapter = Faulty(self.inner, [Fault(method, number, Unanswered(when)) for number in numbers])
        self._sync()
        self.world.adapter = self.inner

    def _sync(self) -> None:
        before, wanted = self.world.served(), self._wanted()
        self.world.lock_timeout = 200
        try:
            report = self.world.sync()
        except Crash:
            report = None
        after = self.world.served()
        assert after in {before, wanted}, "a label moves to what Git wants, or not at all"
        if before not in self.reviewed and before is not None and before != self.decided:
            assert after == before, "unreviewed content is nobody's to overwrite"
        if report is not None and report.exit is Exit.OK and after == wanted:
            self.decided = None
        if report is not None and report.exit is Exit.OK and after == wanted:
            self.world.adapter = self.inner
            head = self.world.ledger()
            assert self.world.sync().exit is Exit.OK
            assert self.world.ledger() == head, "a run in sync writes nothing"

    def _wanted(self) -> str:
        desired = self.world.run().history.desired()
        version = desired.version("greet", "production")
        assert version is not None
        return str(self.world.run().history.artifact(version).body)

    @invariant()
    def nothing_doubled_nothing_lost(self) -> None:
        if not hasattr(self, "world"):
            return
        held = self.world.texts()
        assert all(held.count(text) <= 1 for text in TEXTS), held
        assert all(held.count(edit) == self.saved.count(edit) for edit in EDITS), held

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.world.lock_timeout = 200
        self.world.resolve("the week is over")
        self.world.sync()
        assert self.world.served() == self._wanted()
        assert self.world.drift().exit is Exit.OK


def simulate(build: "Build", folder: Path, examples: int, steps: int) -> None:
    """Run the machine; `build` makes a world in a folder of its own, below `folder`."""
    machine = type("Week", (Simulation,), {"build": staticmethod(build), "folder": folder})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_a_few_weeks(build_in: "Build", tmp_path: Path) -> None:
    simulate(build_in, tmp_path, examples=5, steps=10)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_many_weeks(build_in: "Build", tmp_path: Path) -> None:
    simulate(build_in, tmp_path, examples=300, steps=40)
