"""What can a pull request, a name or a push that nobody thought of make a job do or say?"""

from typing import TYPE_CHECKING

import pytest

from mooring.core.state import Group
from mooring.git.command import Git
from mooring.testing.actions.events import NO_COMMIT, pull_request, push
from mooring.testing.actions.run import run_workflow

if TYPE_CHECKING:
    from mooring.testing.actions.results import JobReport
    from tests.action.conftest import Scene

PUSHES = (
    "on: push\npermissions: {contents: write, statuses: write}\njobs: {it: {runs-on: x, steps: ["
    "{uses: actions/checkout@v5, with: {persist-credentials: false}}, {uses: mooring-dev/mooring@v1,"
    " env: {LANGFUSE_PUBLIC_KEY: '${{ secrets.LANGFUSE_PUBLIC_KEY }}',"
    " LANGFUSE_SECRET_KEY: '${{ secrets.LANGFUSE_SECRET_KEY }}'}}]}}"
)


def outputs(job: "JobReport") -> dict[str, str]:
    return dict(job.step("run").outputs)


def test_a_fork_that_sends_a_target_elsewhere_is_told_so_and_nothing_is_sent(synced: "Scene") -> None:
    synced.bare.move("fork", synced.tip())
    evil = synced.config().replace(synced.url.encode(), b"http://127.0.0.1:9/evil")
    synced.github.person.write(
        "fork", {"mooring.yaml": evil.replace(b"notify: github", b"notify: env:GITHUB_TOKEN")}, "From outside"
    )
    number = synced.github.person.open_pull_from_fork("fork", "From outside").number
    asked = len(synced.langfuse.requests)
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    assert "### What merging changes on prod is not known." in job.summary
    assert len(synced.langfuse.requests) == asked


def test_an_old_job_that_runs_again_leaves_the_newer_comment(synced: "Scene") -> None:
    number = synced.proposed(synced.prompt("greet", "First {{name}}"))
    old = pull_request(synced.github.hub, number, "opened")
    synced.run("pull-request", old)
    synced.github.person.write("change", synced.prompt("greet", "Second {{name}}"), "Again")
    synced.run("pull-request", pull_request(synced.github.hub, number))
    job = synced.run("pull-request", old)
    assert job.conclusion == "success"
    [comment] = synced.comments(number)
    assert "Second" in comment


def test_files_with_names_that_mean_harm_do_none(synced: "Scene") -> None:
    names = ("a\n::error::owned\nb", "x\r::set-output name=a::b", "\udcff\udcfe", "a,b:c%0A", "é\u202e")
    number = _with_files(synced, [f"{name}.yaml" for name in names], b"labels: [production]\nprompt: 1\n")
    job = synced.run("pull-request", pull_request(synced.github.hub, number))
    told = outputs(job)
    assert told["name"] == "invalid"
    assert set(told) <= {"exit", "name", "counts", *(one.name.lower() for one in Group), "report", "read-cache"}
    assert not [one for one in job.annotations if one.message.startswith("owned")]
    assert "Traceback" not in job.raw


def _with_files(scene: "Scene", names: list[str], data: bytes) -> int:
    """Propose prompt files whose names no person types, and give the number of the pull request."""
    signed = {f"GIT_{who}_{what}": "a" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    git = Git(scene.bare.git.directory, signed)

    def tree(rows: list[bytes]) -> bytes:
        return git.run("mktree", "-z", stdin=b"\0".join([*rows, b""])).strip()

    def rows(place: str) -> list[bytes]:
        return [row for row in git.run("ls-tree", "-z", place).split(b"\0") if row]

    blob = git.run("hash-object", "-w", "--stdin", stdin=data).strip()
    files = [b"100644 blob " + blob + b"\t" + name.encode("utf-8", "surrogateescape") for name in names]
    prompts = b"040000 tree " + tree([*rows("main:prompts"), *files]) + b"\tprompts"
    top = tree([*(row for row in rows("main") if not row.endswith(b"\tprompts")), prompts])
    git.run("update-ref", "refs/heads/odd", git.text("commit-tree", "-m", "x", "-p", "main", top.decode()))
    return scene.github.person.open_pull("odd", "x").number


@pytest.mark.parametrize(
    ("ref", "ends"), [("refs/heads/feature", "failure"), ("refs/tags/v1", "success"), ("refs/tags/old", "success")]
)
def test_only_the_tip_of_the_branch_is_ever_applied(synced: "Scene", ref: str, ends: str) -> None:
    old, feature = synced.tip(), ref == "refs/heads/feature"
    synced.pushed(synced.prompt("greet", "Newer {{name}}"))
    sha = old if ref == "refs/tags/old" else synced.tip()
    synced.bare.git.run("update-ref", ref, sha)
    if feature:
        sha = synced.github.person.write("feature", synced.prompt("greet", "Feature {{name}}"), "Not yet")
    report = run_workflow(PUSHES, push(synced.github.hub, NO_COMMIT, sha, ref), synced.site)
    assert report.conclusion == ends
    assert synced.live("greet") == ("Newer {{name}}" if ref == "refs/tags/v1" else "Hello {{name}}")
    assert "Push it, or check out the tip of the branch" in report.log or not feature
