"""A composite action runs its steps as a step of the job that uses it."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.results import Conclusion

if TYPE_CHECKING:
    from tests.actions.conftest import Stage

ACTION = """
name: Ours
description: For tests
inputs:
  command: {description: What to do, default: auto}
  token: {description: Whose, default: "${{ github.token }}"}
  given: {description: No default, required: false}
outputs:
  told: {description: What was told, value: "${{ steps.inner.outputs.told }}"}
runs:
  using: composite
  steps:
    - id: inner
      shell: bash
      env: {TOKEN: "${{ inputs.token }}"}
      run: |
        echo "told=${{ inputs.command }}/${{ inputs.given }}/$OUTER/$JOB" >> "$GITHUB_OUTPUT"
        echo "FROM_ACTION=yes" >> "$GITHUB_ENV"
        [ -n "$TOKEN" ]; cat "$GITHUB_ACTION_PATH/beside.txt"; echo "summed" >> "$GITHUB_STEP_SUMMARY"
        echo "${INPUT_COMMAND:-no INPUT_ variable}"
    - {id: fails, shell: bash, run: "exit ${{ inputs.command == 'fail' && 7 || 0 }}"}
    - {id: passed-over, shell: bash, run: echo no more}
    - id: last
      if: always()
      shell: bash
      run: echo "last ${{ steps.inner.outcome }} ${{ github.action_path != null }}"
"""


@pytest.fixture
def action(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "action.yml").write_text(ACTION, encoding="utf-8")
    (folder / "beside.txt").write_text("beside\n", encoding="utf-8")
    return folder


def test_a_configured_action_has_inputs_outputs_and_steps_of_its_own(stage: "Stage", action: Path) -> None:
    stage.with_action("mooring-dev/ours", action)
    report = stage.steps("""
- id: mine
  uses: mooring-dev/ours@v1
  with: {command: sync, GIVEN: x, odd: y}
  env: {OUTER: step}
- {id: after, run: 'echo "$FROM_ACTION/${{ steps.inner.outputs.told }}/$OUTER/$GITHUB_ACTION_PATH"'}
""")
    assert report.conclusion is Conclusion.SUCCESS
    assert report.step("mine").outputs == {"told": "sync/x/step/"}
    assert report.step("mine").raw == "beside\nno INPUT_ variable\nno more\nlast success true\n"
    assert report.step("after").raw == "yes///\n"
    assert [note.message for note in report.annotations] == [
        "Unexpected input(s) 'odd', valid inputs are ['command', 'token', 'given']"
    ]
    assert report.summary == "summed\n"
    assert report.step("inner").raw.startswith("beside")


def test_a_failure_within_is_the_steps_own(stage: "Stage", action: Path) -> None:
    stage.with_action("mooring-dev/ours", action)
    report = stage.steps("""
- {id: mine, uses: mooring-dev/ours@v1, with: {command: fail}, continue-on-error: true}
- {id: again, uses: mooring-dev/ours@v1, with: {command: fail}}
- {id: late, if: failure(), uses: mooring-dev/ours@v1}
""")
    assert [step.conclusion.value for step in report.jobs["it"].steps] == ["success", "failure", "success"]
    assert report.step("mine").outcome is Conclusion.FAILURE
    assert [step.conclusion.value for step in report.step("again").steps] == [
        "success",
        "failure",
        "skipped",
        "success",
    ]
    # Within an action, success() asks the action's own steps: the job's failure before it does not count.
    assert [step.conclusion.value for step in report.step("late").steps] == ["success"] * 4
    assert report.conclusion is Conclusion.FAILURE


def test_an_action_of_the_repository_needs_its_checkout(stage: "Stage") -> None:
    nested = "name: N\nruns: {using: composite, steps: [{uses: ./inner, id: deep}]}\n"
    inner = "name: I\nruns: {using: composite, steps: [{run: 'echo ${GITHUB_ACTION_PATH##*/}', shell: sh}]}\n"
    event = stage.pushed({"action.yml": nested.encode(), "inner/action.yaml": inner.encode()})
    report = stage.steps(
        "- {id: early, uses: ./}\n- {if: always(), uses: actions/checkout@x}\n- {id: mine, if: always(), uses: ./}",
        event,
    )
    assert report.step("early").outcome is Conclusion.FAILURE
    assert "Did you forget to run actions/checkout" in report.step("early").log
    assert report.step("mine").raw == "inner\n"


@pytest.mark.parametrize(
    ("action_text", "named"),
    [
        ("name: x\nruns: {using: node20, main: x.js}\n", "node20"),
        ("name: x\nruns: {using: composite, steps: [{run: x}]}\n", "shell"),
        ("name: x\nruns: {using: composite, steps: [{run: 'x ${{ secrets.K }}', shell: sh}]}\n", "secrets"),
        ("name: x\nruns: {using: composite, steps: [{run: x, shell: sh, if: vars.K}]}\n", "vars"),
        ("name: x\ninputs: {a: {type: string}}\nruns: {using: composite, steps: [{run: x, shell: sh}]}\n", "type"),
    ],
)
def test_what_github_would_not_take_is_named(stage: "Stage", tmp_path: Path, action_text: str, named: str) -> None:
    (tmp_path / "action.yml").write_text(action_text, encoding="utf-8")
    stage.with_action("x/y", tmp_path)
    with pytest.raises(Invalid) as refused:
        stage.steps("- uses: x/y@v1")
    assert named in str(refused.value)
