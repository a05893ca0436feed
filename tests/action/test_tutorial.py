"""Does the tutorial go as it is written: every command, every click, every output?"""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mooring.cli import run
from mooring.core.artifact import Artifact, Message, Placeholder
from mooring.testing.actions.events import Event, pull_request, push, schedule, workflow_dispatch
from mooring.testing.actions.results import Conclusion, JobReport
from mooring.testing.actions.run import run_workflow
from mooring.testing.github.rows import Issue, Pull

if TYPE_CHECKING:
    from tests.action.conftest import Scene

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
WORKFLOW = ".github/workflows/mooring.yml"
CRON = "23 * * * *"
ADA, ADAS_TOKEN = "ada", "gho_made_up_for_ada"

_PART = re.compile(
    r"^(`{3,})(\w+)\n(.*?)^\1$|^> \*\*(GitHub|Langfuse):\*\* ([^\n]*(?:\n> [^\n]*)*)", re.DOTALL | re.MULTILINE
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?|^  \d\d:\d\d(?=  )", re.MULTILINE)
_HASH = re.compile(r"\b[0-9a-f]{12}\b")
_LEFT_OUT = "…"


def alike(text: str) -> list[str]:
    """Give the lines of a text without what is another one each time: times and hashes."""
    return [line.rstrip() for line in _HASH.sub("HASH", _TIME.sub("TIME", text)).splitlines()]


def is_shown(shown: str, real: str) -> bool:
    """Tell whether lines stand in a text, together and in order; `…` is any part of a line, or any lines."""
    lines = [".*" if line == _LEFT_OUT else ".*?".join(map(re.escape, line.split(_LEFT_OUT))) for line in alike(shown)]
    pattern = "".join(r"(?:.*\n)*?" if line == ".*" else rf"{line}\n" for line in lines)
    return re.search(rf"^{pattern}", "".join(f"{line}\n" for line in alike(real)), re.MULTILINE) is not None


@dataclass
class Page:
    """What the page has a person type, click, write and see, in order."""

    parts: list[tuple[str, str]]

    @classmethod
    def read(cls) -> "Page":
        """Read it. Blocks are known by their language, clicks by the words in front of them."""
        found = _PART.finditer(PAGE.read_text(encoding="utf-8"))
        return cls([(one[2], one[3]) if one[2] else (one[4], one[5].replace("\n> ", " ")) for one in found])

    def next(self, *kinds: str) -> str:
        """Take the next part, which is of one of these kinds."""
        kind, body = self.parts.pop(0)
        assert kind in kinds, f"Next on the page is {kind}, and not {' or '.join(kinds)}: {body}"
        return body


@dataclass
class Reader:
    """Somebody who does what the page says, at a terminal, on GitHub and on Langfuse."""

    page: Page
    scene: "Scene"
    here: pytest.MonkeyPatch
    heard: pytest.CaptureFixture[str]
    folder: Path
    keys: Mapping[str, str]
    runs: int = 0
    secrets: dict[str, str] = field(default_factory=dict[str, str])

    # --- at the terminal

    def types(self) -> JobReport | None:
        """Type the lines of the next block and compare what each shows; give the job that it started, if any."""
        started = None
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", self.page.next("console"), re.MULTILINE):
            said = self._typed(shlex.split(command))
            if isinstance(said, JobReport):
                started = said
            else:
                assert not shown or is_shown(shown, said), f"$ {command}\n{said}"
        return started

    def _typed(self, words: list[str]) -> str | JobReport:
        match words:
            case ["pip", "install", "./mooring"]:
                return ""
            case ["cd", folder]:
                self.folder /= folder
                self.here.chdir(self.folder)
                return ""
            case ["export", *settings]:
                for name in (setting.partition("=")[0] for setting in settings):
                    self.here.setenv(name, self.keys[name])
                return ""
            case ["gh", *rest]:
                return self._on_github(rest)
            case ["mooring", *rest]:
                self.heard.readouterr()
                code = run([word.replace("https://cloud.langfuse.com", self.scene.url) for word in rest])
                said = self.heard.readouterr()
                assert code == 0, said.err
                return self.written(said.out)
            case _:
                done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
                return done.stdout

    def _on_github(self, words: list[str]) -> str | JobReport:
        match words:
            case ["secret", "set", name]:
                self.secrets[name] = self.keys[name]
                return ""
            case ["pr", "create", "--fill"]:
                branch, title = self._git("branch", "--show-current"), self._git("log", "-1", "--format=%s")
                number = self.scene.github.colleague(ADA).open_pull(branch, title).number
                return self.happens(pull_request(self.scene.github.hub, number, "opened", ADA))
            case _:
                raise AssertionError(words)

    def edits(self) -> None:
        """Change a file as the next block says."""
        head, *lines = self.page.next("diff").splitlines()
        old, new = ("".join(f"{line[1:]}\n" for line in lines if line[0] == sign) for sign in "-+")
        file = self.folder / head.removeprefix("--- ")
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    def _git(self, *words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    # --- on GitHub and Langfuse

    def happens(self, event: Event) -> JobReport:
        """Run the workflow that stands in the repository, and give the one job that it starts."""
        self.runs += 1
        text = self.scene.bare.git.text("show", f"{event.sha}:{WORKFLOW}")
        site = replace(self.scene.site, workflow_path=WORKFLOW, secrets=self.secrets)
        report = run_workflow(text, replace(event, run_id=event.run_id + self.runs), site)
        assert report.started, report.why
        (job,) = [one for one in report.jobs.values() if one.conclusion is not Conclusion.SKIPPED]
        for secret in self.secrets.values():
            assert secret not in job.raw + job.summary
        return job

    def pushed(self) -> JobReport:
        """Give the job of the first push."""
        return self.happens(push(self.scene.github.hub, "0" * 40, self.scene.tip(), actor=ADA))

    def merges(self, number: int) -> JobReport:
        """Do what the next click says: merge, and delete the branch; give the job of that push."""
        self.clicks("GitHub", "*Merge pull request*", "*Confirm merge*", "*Delete branch*")
        before, person = self.scene.tip(), self.scene.github.colleague(ADA)
        after = person.merge(number)
        person.delete_branch(self.scene.github.hub.pull(number).head)
        return self.happens(push(self.scene.github.hub, before, after, actor=ADA))

    def clicks(self, where: str, *words: str) -> None:
        """Hold the next click to be the one that is done here."""
        said = self.page.next(where)
        assert [word for word in words if word not in said] == []

    def sees(self, real: str) -> None:
        """Compare the next block with what there is to see."""
        shown = self.page.next("text", "markdown")
        assert is_shown(shown, self.written(real)), self.written(real)

    def written(self, real: str) -> str:
        """Give a text with the addresses that the page has."""
        there = real.replace(self.scene.url, "https://cloud.langfuse.com")
        return there.replace(self.scene.github.url, "https://github.com")

    # --- how things stand

    def issue(self, number: int) -> Issue:
        """Give an issue or a pull request, as its branch makes it be by now."""
        self.scene.github.hub.pulls()
        return self.scene.github.hub.issues[number]

    def live(self, name: str) -> tuple[object, int]:
        """Give the text that production serves, and how many versions there are."""
        with self.scene.langfuse.opened("acme") as project:
            rows = project.rows(name)
        (served,) = [row for row in rows if "production" in row.labels]
        return json.loads(served.prompt_json), len(rows)

    def all_versions(self) -> int:
        """Tell how many versions there are on Langfuse."""
        with self.scene.langfuse.opened("acme") as project:
            return sum(len(project.rows(name)) for name in PROMPTS)

    def status(self, command: str) -> str:
        """Give the state of a status of main's tip."""
        return self.scene.statuses(self.scene.tip())[f"mooring/prompts/{command}"][0]


PROMPTS = {
    "support_agent": Artifact(
        (
            Message("system", "You help the customers of Acme. Be brief."),
            Placeholder("history"),
            Message("user", "{{question}}"),
        )
    ),
    "summarize": Artifact(
        "Summarize in three sentences:\n\n{{text}}", config={"model": "gpt-4.1-mini", "temperature": 0.2}
    ),
    "classify_ticket": Artifact("Billing, shipping or returns?\n\n{{ticket}}"),
    "greeting": Artifact("Hello {{name}}, how can we help?"),
    "marketing/welcome_mail": Artifact("Write a welcome mail to {{name}}."),
}
SHORT, LONG = "Summarize in one sentence:\n\n{{text}}", "Summarize in three sentences:\n\n{{text}}"
FIXED = "Summarize in one sentence, and keep the order number:\n\n{{text}}"
TYPED = "Hi {{name}}, what can we do for you?"


@pytest.fixture
def reader(
    scene: "Scene", tmp_path: Path, no_job: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Reader]:
    """Give somebody in front of an empty repository, whose prompts are on Langfuse."""
    scene.editor.save("greeting", Artifact("Hello"), ["production"])
    for name, content in PROMPTS.items():
        scene.editor.save(name, content, ["production"])
    scene.bare.git.run("update-ref", "-d", "refs/heads/main")
    scene.github.allow(ADAS_TOKEN, login=ADA)
    # git finds github.com in the folder that the fake one serves.
    config = f'[url "file://{tmp_path}/remote.git"]\ninsteadOf = https://github.com/acme/prompts\n'
    (tmp_path / "gitconfig").write_text(config, encoding="utf-8")
    (tmp_path / "home").mkdir()
    no_job.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    no_job.setenv("GITHUB_API_URL", scene.github.url)
    no_job.setenv("GITHUB_REPOSITORY", scene.github.repository)
    no_job.chdir(tmp_path / "home")
    keys = {**scene.site.secrets, "GH_TOKEN": ADAS_TOKEN}
    yield Reader(Page.read(), scene, no_job, capsys, tmp_path / "home", keys)
    no_job.undo()  # before the folder goes


@pytest.mark.timeout(300)
def test_the_tutorial_goes_as_it_is_written(reader: Reader) -> None:
    begin(reader)
    look_and_adopt(reader)
    let_it_write(reader)
    change(reader)
    edit_on_langfuse(reader)
    roll_back(reader)
    mend(reader)
    assert reader.page.parts == []
    assert reader.all_versions() == len(PROMPTS) + 4  # a first greeting, its edit, two merges: none is there twice


def begin(reader: Reader) -> None:
    reader.types()
    reader.types()
    assert set(reader.secrets) == {"LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"}
    reader.scene.github.hub.actions_may_propose = False
    reader.clicks("GitHub", "*Allow GitHub Actions to create and approve pull requests*")
    reader.scene.github.hub.actions_may_propose = True
    reader.types()
    reader.clicks("GitHub", "**mooring sync**")
    job = reader.pushed()
    assert (job.name, job.conclusion) == ("sync", Conclusion.SUCCESS)
    reader.sees(job.log)


def look_and_adopt(reader: Reader) -> None:
    before = reader.all_versions()
    reader.types()
    reader.types()
    pull = reader.issue(1)
    assert (pull.title, pull.login) == ("Adopt 5 prompts from langfuse-prod", ADA)
    job = reader.happens(pull_request(reader.scene.github.hub, 1, "opened", ADA))
    assert (job.name, job.conclusion) == ("plan", Conclusion.SUCCESS)
    (comment,) = reader.scene.comments(1)
    job = reader.merges(1)
    reader.sees(comment)
    assert (job.name, job.conclusion, reader.status("sync")) == ("sync", Conclusion.SUCCESS, "success")
    reader.sees(job.log)
    reader.types()
    assert reader.all_versions() == before


def let_it_write(reader: Reader) -> None:
    before = reader.all_versions()
    reader.types()
    reader.edits()
    reader.edits()
    job = reader.types()
    assert job is not None
    assert (job.name, job.conclusion) == ("plan", Conclusion.SUCCESS)
    (comment,) = reader.scene.comments(2)
    reader.sees(comment)
    job = reader.merges(2)
    assert (job.name, job.conclusion) == ("sync", Conclusion.SUCCESS)
    reader.sees(job.log)
    assert reader.all_versions() == before


def change(reader: Reader) -> None:
    reader.types()
    reader.edits()
    job = reader.types()
    assert job is not None
    assert (job.name, job.conclusion) == ("plan", Conclusion.SUCCESS)
    (comment,) = reader.scene.comments(3)
    reader.sees(comment)
    assert reader.live("summarize") == (LONG, 1)
    job = reader.merges(3)
    assert (job.name, job.conclusion, reader.status("sync")) == ("sync", Conclusion.SUCCESS, "success")
    reader.sees(job.log)
    reader.clicks("Langfuse", "version 2", "*production*")
    assert reader.live("summarize") == (SHORT, 2)


def edit_on_langfuse(reader: Reader) -> None:
    reader.clicks("Langfuse", f"*{TYPED}*")
    reader.scene.edit("greeting", TYPED)
    job = reader.happens(schedule(reader.scene.github.hub, CRON))
    assert (job.name, job.conclusion, reader.status("drift")) == ("drift", Conclusion.FAILURE, "failure")
    reader.sees(job.log)
    issue, pull = reader.issue(4), reader.issue(5)
    assert (issue.state, pull.state, pull.title) == ("open", "open", "Adopt greeting from langfuse-prod")
    assert isinstance(pull, Pull)
    reader.sees(issue.title)
    reader.sees(pull.body or "")
    job = reader.merges(5)
    assert (job.name, job.conclusion, reader.status("sync")) == ("sync", Conclusion.SUCCESS, "success")
    assert reader.issue(4).state == "closed"
    reader.sees(job.log)
    assert reader.live("greeting") == (TYPED, 3)


def roll_back(reader: Reader) -> None:
    reader.here.delenv("GH_TOKEN")  # a new terminal
    reader.types()
    assert reader.live("summarize") == (LONG, 2)
    job = reader.happens(schedule(reader.scene.github.hub, CRON))
    assert (job.name, job.conclusion, reader.status("drift")) == ("drift", Conclusion.SUCCESS, "success")
    reader.sees(job.log)
    assert reader.live("summarize") == (LONG, 2)
    open_ones = {one.title: one.number for one in reader.scene.github.hub.issues.values() if one.state == "open"}
    issue = open_ones.pop("summarize (production) on langfuse-prod: relabelled")
    assert list(open_ones) == ["Serve summarize as langfuse-prod does"]
    job = reader.merges(*open_ones.values())
    assert (job.name, job.conclusion, reader.issue(issue).state) == ("sync", Conclusion.SUCCESS, "closed")
    reader.sees(job.log)
    assert reader.live("summarize") == (LONG, 2)


def mend(reader: Reader) -> None:
    reader.types()
    reader.edits()
    job = reader.types()
    assert job is not None
    assert (job.name, job.conclusion) == ("plan", Conclusion.SUCCESS)
    (comment,) = reader.scene.comments(8)
    reader.sees(comment)
    job = reader.merges(8)
    assert (job.name, job.conclusion, reader.status("sync")) == ("sync", Conclusion.SUCCESS, "success")
    reader.sees(job.log)
    assert reader.live("summarize") == (FIXED, 3)
    reader.clicks("GitHub", "*Actions → mooring → Run workflow*", "*auto*")
    job = reader.happens(workflow_dispatch(reader.scene.github.hub, {"command": "auto"}, ADA))
    assert (job.name, job.conclusion, reader.status("drift")) == ("by-hand", Conclusion.SUCCESS, "success")
    reader.sees(job.log)
    reader.types()
    assert [one.state for one in reader.scene.github.hub.issues.values()] == ["closed"] * 8


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ("a 2026-01-01 10:00 UTC\nb 0123456789ab\n", True),
        ("a 2026-01-01 …\n", True),
        ("a 2026-01-01 10:00 UTC\n…\nlast\n", True),
        ("b abcdef012345\na 2026-01-01 10:00 UTC\n", False),
        ("a 2026-01-01 10:00 UTC\nlast\n", False),
        ("last but\n", False),
        ("st\n", False),
    ],
)
def test_what_is_not_there_is_not_shown(shown: str, wanted: bool) -> None:
    real = "first\na 2026-11-22 01:03 UTC\nb fedcba987654\nbetween\nlast\n"
    assert is_shown(shown, real) is wanted
