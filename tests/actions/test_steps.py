"""A job's steps run in real shells, as GitHub's runner runs them."""

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mooring.testing.actions.events import workflow_dispatch
from mooring.testing.actions.invalid import Invalid
from mooring.testing.actions.log import Annotation, Level
from mooring.testing.actions.results import Conclusion

if TYPE_CHECKING:
    from tests.actions.conftest import Stage

SECRET = "sk-made-up-7f3a"


def test_environment_files_carry_from_step_to_step(stage: "Stage") -> None:
    report = stage.steps("""
- id: write
  run: |
    mkdir tools; printf '#!/bin/sh\\necho a tool of $COLOUR\\n' > tools/ours; chmod +x tools/ours
    echo "$PWD/tools" >> "$GITHUB_PATH"
    echo "COLOUR=blue" >> "$GITHUB_ENV"
    echo "plain=a=b" >> "$GITHUB_OUTPUT"
    { echo "long<<END"; echo one; echo "two 'quoted'"; echo END; } >> "$GITHUB_OUTPUT"
    echo "# First" >> "$GITHUB_STEP_SUMMARY"
- id: read
  run: |
    ours; echo "${{ steps.write.outputs.plain }} $COLOUR ${{ env.COLOUR }} $LONG"
    echo "# Second" >> "$GITHUB_STEP_SUMMARY"
  env: {LONG: "${{ steps.write.outputs.long }}"}
- run: echo "$COLOUR"
  env: {COLOUR: red, GITHUB_SHA: made-up}
""")
    assert report.conclusion is Conclusion.SUCCESS
    assert report.step("write").outputs == {"plain": "a=b", "long": "one\ntwo 'quoted'"}
    assert report.step("read").raw == "a tool of blue\na=b blue blue one\ntwo 'quoted'\n"
    assert report.jobs["it"].steps[2].raw == "red\n"
    assert report.summary == "# First\n\n# Second\n"
    assert report.jobs["it"].environment["COLOUR"] == "blue"
    assert report.jobs["it"].paths[0].endswith("/tools")


def test_a_step_sees_githubs_variables_and_none_of_the_tests(stage: "Stage") -> None:
    event = replace(stage.event(), triggering_actor="ada", run_attempt=2)
    report = stage.steps("- run: env -0 | tr '\\n\\0' '|\\n'; cat \"$GITHUB_EVENT_PATH\" | tr -d '\\n '", event)
    *lines, payload = report.raw.splitlines()
    seen = dict(line.split("=", 1) for line in lines)
    assert "MOORING_PARENT" in os.environ
    assert "MOORING_PARENT" not in seen
    assert "GITHUB_TOKEN" not in seen
    told = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTOR": "grace",
        "GITHUB_API_URL": stage.github.url,
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_JOB": "it",
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REPOSITORY": "acme/prompts",
        "GITHUB_REPOSITORY_OWNER": "acme",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_SHA": stage.tip(),
        "GITHUB_TRIGGERING_ACTOR": "ada",
    }
    assert {name: seen.get(name) for name in told} == told
    assert seen["PWD"] == seen["GITHUB_WORKSPACE"]
    assert json.loads(payload)["after"] == stage.tip()


def test_shells_are_githubs(stage: "Stage") -> None:
    report = stage.steps("""
- {id: unset, run: "false | true; echo went on"}
- {id: bash, shell: bash, run: "false | true; echo went on", if: always()}
- {id: python, shell: python, run: "import sys; print('py', len(sys.argv))", if: always()}
- {id: own, shell: "cat {0}", run: "as it is", if: always()}
- {id: none, shell: cat, run: "x", if: always()}
- {id: folder, working-directory: nowhere, run: "x", if: always()}
""")
    outcomes = {step.id: (step.outcome.value, step.exit_code, step.raw) for step in report.jobs["it"].steps}
    assert outcomes == {
        "unset": ("success", 0, "went on\n"),
        "bash": ("failure", 1, ""),
        "python": ("success", 0, "py 1\n"),
        "own": ("success", 0, "as it is\n"),
        "none": ("failure", None, ""),
        "folder": ("failure", None, ""),
    }
    assert "built-in" in report.step("none").log
    assert "nowhere" in report.step("folder").log


def test_a_failure_skips_what_does_not_ask_for_it(stage: "Stage") -> None:
    report = stage.steps("""
- {id: allowed, run: exit 4, continue-on-error: true}
- {id: after, run: 'echo "${{ steps.allowed.outcome }} ${{ steps.allowed.conclusion }} ${{ job.status }}"'}
- {id: broken, run: exit 3}
- {id: passed-over, run: echo no}
- {id: failed, if: failure(), run: 'echo "${{ job.status }}"'}
- {id: never, if: "always() && false", run: echo no}
""")
    assert report.conclusion is Conclusion.FAILURE
    assert (report.step("allowed").outcome, report.step("allowed").conclusion) == ("failure", "success")
    assert report.step("after").raw == "failure success success\n"
    assert report.step("passed-over").conclusion is Conclusion.SKIPPED
    assert report.step("failed").raw == "failure\n"
    assert report.step("never").conclusion is Conclusion.SKIPPED
    codes = [note.message for note in report.annotations]
    assert codes == ["Process completed with exit code 4.", "Process completed with exit code 3."]


def test_secrets_are_hidden_and_what_was_printed_is_kept(stage: "Stage") -> None:
    stage.with_secrets(KEY=SECRET)
    report = stage.steps("""
- env: {KEY: "${{ secrets.KEY }}", TOKEN: "${{ github.token }}"}
  run: |
    echo "the key is $KEY"; echo "$KEY" >> "$GITHUB_STEP_SUMMARY"
    echo "::warning file=a.yaml,line=2,title=Key::$KEY"; echo "$TOKEN"
    echo "::add-mask::ours"; echo ours
""")
    token = report.jobs["it"].token
    assert SECRET in report.raw
    assert token in report.raw
    assert SECRET not in report.log + report.summary
    assert token not in report.log
    assert "the key is ***" in report.log
    assert report.log.endswith("***\n")
    properties = {"file": "a.yaml", "line": "2", "title": "Key"}
    assert report.annotations == (Annotation(Level.WARNING, "***", properties),)


def test_an_output_that_holds_a_secret_does_not_leave_the_job(stage: "Stage") -> None:
    stage.with_secrets(KEY=SECRET)
    report = stage.run("""
on: push
jobs:
  first:
    runs-on: x
    outputs: {plain: "${{ steps.a.outputs.plain }}", key: "${{ steps.a.outputs.key }}"}
    steps:
      - {id: a, run: 'echo "plain=1" >> $GITHUB_OUTPUT; echo "key=${{ secrets.KEY }}" >> $GITHUB_OUTPUT'}
""")
    assert report.jobs["first"].outputs == {"plain": "1"}


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('echo broken >> "$GITHUB_OUTPUT"', "Invalid format 'broken'"),
        ('printf "a<<EOF\\nx\\n" >> "$GITHUB_ENV"', "Matching delimiter not found 'EOF'"),
        ("echo '::set-env name=A::b'", "disabled"),
        ('head -c 1048577 /dev/zero >> "$GITHUB_STEP_SUMMARY"', "size of 1024k"),
    ],
)
def test_what_the_runner_makes_of_bad_files(stage: "Stage", written: str, reason: str) -> None:
    report = stage.steps(f"- run: |\n    {written}")
    assert reason in report.log
    assert report.conclusion is (Conclusion.SUCCESS if "SUMMARY" in written else Conclusion.FAILURE)


def test_values_are_put_into_a_script_as_they_are(stage: "Stage") -> None:
    """An expression in a script is no variable: what a stranger wrote becomes code. `env` keeps it a text."""
    event = workflow_dispatch(stage.hub, {"title": '"; echo run; echo "'})
    source = """
on: {workflow_dispatch: {inputs: {title: {type: string}}}}
jobs:
  it:
    runs-on: x
    steps:
      - {id: inlined, run: 'echo "${{ inputs.title }}"'}
      - {id: safe, run: 'echo "$TITLE"', env: {TITLE: "${{ inputs.title }}"}}
"""
    report = stage.run(source, event)
    assert report.step("inlined").raw == "\nrun\n\n"
    assert report.step("safe").raw == '"; echo run; echo "\n'


@pytest.mark.parametrize(
    ("steps", "named"),
    [
        ("- {run: echo, uses: ./}", "either"),
        ("- {name: x}", "either"),
        ("- {run: echo, runs: x}", "runs"),
        ("- {run: echo, if: secrets.KEY != ''}", "secrets"),
        ("- {run: 'echo ${{ nonsense.x }}'}", "nonsense"),
        ("- {run: 'echo ${{ success() }}'}", "success"),
        ("- {uses: somebody/else@v1}", "somebody/else"),
        ("- {id: a, run: x}\n- {id: a, run: y}", "'a'"),
        ("- {id: 1a, run: x}", "1a"),
    ],
)
def test_what_github_would_not_take_is_named(stage: "Stage", steps: str, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        stage.steps(steps)
    assert named in str(refused.value)


def test_expressions_that_fail_while_they_run_fail_the_step(stage: "Stage") -> None:
    report = stage.steps("- {id: a, run: \"echo ${{ fromJSON('') }}\"}\n- {id: b, if: always(), run: echo}")
    assert [step.outcome.value for step in report.jobs["it"].steps] == ["failure", "success"]


def test_hash_files_looks_into_the_workspace(stage: "Stage") -> None:
    report = stage.steps("""
- run: mkdir sub; echo 1 > a.lock; echo 2 > sub/b.lock
- id: hash
  run: |
    echo "${{ hashFiles('**/*.lock') != hashFiles('*.lock') && hashFiles('no', 'sub/b.lock') != '' }}"
    echo "${{ hashFiles('**/*.none') == '' }} ${{ hashFiles('**/*.lock', '!sub/**') == hashFiles('a.lock') }}"
""")
    assert report.step("hash").raw == "true\ntrue true\n"
