"""Is what README and docs say true: their links, their commands, their configs, and the first ten minutes?"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from mooring.cli import cli, run
from mooring.cli.drift import states_of
from mooring.config import load_config
from mooring.config.shape import CONFIG
from mooring.core.artifact import Artifact, Message
from mooring.core.guard import Allowances
from mooring.scaffold import Answers, Place, workflow_text
from mooring.testing.bench import Bench
from mooring_memory import platform

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SECTION = "## The first ten minutes\n"


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    return [body for found, body in FENCE.findall(text) if found == language]


def typed(text: str) -> Iterator[str]:
    """Give the lines of a page's code blocks that a person types or a workflow runs."""
    for block in blocks(text, "console"):
        yield from re.findall(r"^\$ (.*)$", block, re.MULTILINE)
    for block in blocks(text, "yaml"):
        yield from re.findall(r"^\s*- run: (.*)$", block, re.MULTILINE)


def commands(line: str) -> Iterator[list[str]]:
    for part in line.split(" && "):
        yield shlex.split(part.partition(" > ")[0], comments=True)


LINES = [(name(page), line) for page in PAGES for line in typed(page.read_text(encoding="utf-8"))]
MENTIONS = sorted(
    {
        (name(page), mention)
        for page in PAGES
        for mention in re.findall(r"`mooring ([a-z][^`]*)`", FENCE.sub("", page.read_text(encoding="utf-8")))
    }
)
YAML = [(name(page), block) for page in PAGES for block in blocks(page.read_text(encoding="utf-8"), "yaml")]
KEYS = re.compile(rf"^({'|'.join(CONFIG.fields)}):", re.MULTILINE)
CONFIGS = [(page, block) for page, block in YAML if KEYS.search(block) and not block.startswith("# prompts/")]
"""Whole configs, and parts of one."""


# --- Links ------------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\((?!https?://|mailto:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        there = page.parent / path if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(link)
    assert broken == []


def test_every_page_is_listed_and_decisions_in_their_order() -> None:
    listed = re.findall(
        r"^\| \[[^\]]+\]\(([^)]+)\)", (ROOT / "docs" / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in PAGES if "docs" in page.parts} - {"README.md"}
    assert len(listed) == len(set(listed))
    assert pages <= set(listed)
    decisions = [one for one in listed if one.startswith("decisions/")]
    assert decisions == sorted(decisions)


def test_the_how_to_begins_with_all_its_sections_in_order() -> None:
    page = (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## (.+)$", FENCE.sub("", page), re.MULTILINE)
    assert re.findall(r"\[([^\]]+)\]\(#", page.partition("\n## ")[0]) == titles


# --- Commands ---------------------------------------------------------------------------------------------------------


def parsed(words: list[str]) -> click.Command:
    """Parse what follows `mooring` as the program does; raises UsageError."""
    with click.Context(cli, info_name="mooring", allow_interspersed_args=False) as context:
        rest = cli.make_parser(context).parse_args(list(words))[1]
        _, command, arguments = cli.resolve_command(context, rest)
        assert command is not None
        with click.Context(command, info_name=command.name, parent=context) as inner:
            command.parse_args(inner, arguments)
        return command


def test_the_pages_have_commands() -> None:
    of_readme = [line for page, line in LINES if page == "README.md" and "mooring " in line]
    of_how_to = [line for page, line in LINES if page == "docs/how-to.md" and "mooring " in line]
    assert len(of_readme) >= 8
    assert len(of_how_to) >= 20


@pytest.mark.parametrize(("page", "line"), LINES)
def test_a_command_line_is_understood(page: str, line: str) -> None:
    for words in commands(line):
        if words[0] == "mooring":
            parsed(words[1:])
        if "--fail-on" in words:
            assert states_of(words[words.index("--fail-on") + 1])


@pytest.mark.parametrize(("page", "mention"), MENTIONS)
def test_a_command_that_is_mentioned_is_there(page: str, mention: str) -> None:
    """The arguments of a mention may be cut or stand for others: its command and options exist."""
    first, *words = mention.split()
    command = cli.get_command(click.Context(cli), first)
    assert command is not None, f"{page} speaks of a command {first}, which does not exist"
    known = {option for each in command.params for option in each.opts} | {"-h", "--help"}
    assert {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} <= known


def test_a_wrong_command_line_would_be_found() -> None:
    for words in (["sync", "--force"], ["frobnicate"], ["suspend"], ["resolve", "x", "--take", "git"]):
        with pytest.raises(click.UsageError):
            parsed(words)


# --- Configs ----------------------------------------------------------------------------------------------------------


def test_every_yaml_block_is_checked_somewhere() -> None:
    """Prompt files are checked by tests/formats/test_docs.py, and workflows below."""
    others = [block for _, block in YAML if not block.startswith("# prompts/") and "uses: " not in block]
    assert sorted(others) == sorted(block for _, block in CONFIGS)
    assert len(CONFIGS) >= 10


@pytest.mark.parametrize(("page", "text"), CONFIGS)
def test_a_config_is_valid(page: str, text: str) -> None:
    head = "" if text.startswith("version:") else "version: 1\nid: acme\n"
    targets = (
        ""
        if re.search(r"^targets:", text, re.MULTILINE)
        else "targets: {a: {adapter: b, mode: observe, labels: [c]}}\n"
    )
    assert load_config((head + targets + text).encode(), page).targets


def test_the_workflow_is_the_one_that_init_writes() -> None:
    jobs = yaml.safe_load(workflow_text(Answers("acme", "b", "langfuse", "https://a.b"), Place("", "main", True)))[
        "jobs"
    ]
    shown = [yaml.safe_load(block) for page, block in YAML if page == "docs/how-to.md" and "\n  steps:" in block]
    assert [list(block) for block in shown] == [["sync"], ["plan"], ["drift"]]
    for block in shown:
        assert block.items() <= jobs.items()


def test_a_page_gives_the_action_what_it_takes() -> None:
    takes = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"].keys()
    shown = [yaml.safe_load(block) for _, block in YAML if "uses: mooring-dev/mooring@" in block]
    steps = [
        step
        for one in shown
        for job in (one.values() if isinstance(one, dict) else [{"steps": one}])
        for step in job["steps"]
    ]
    given = [set(step.get("with", {})) for step in steps if step["uses"].startswith("mooring-dev/mooring@")]
    assert len(given) >= 3
    assert set().union(*given) <= takes


def test_every_trailer_that_opens_a_guard_is_understood() -> None:
    page = (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(--\S+)[^`]*` \| `([^`]+)` \|", page, re.MULTILINE)
    options = {option for each in parsed(["sync"]).params for option in each.opts}
    assert {option for option in options if option.startswith(("--allow-", "--accept-", "--take"))} == dict(rows).keys()
    for _, word in rows:
        assert Allowances().with_words([word.replace("=N", "=7")]) != Allowances(), word


# --- The first ten minutes --------------------------------------------------------------------------------------------


class Newcomer:
    """Somebody who types what a page says, in a repository of one's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "A Person")
        self.git("config", "user.email", "a@example.org")
        self.ran: list[str] = []

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def type(self, block: str) -> None:
        """Type the lines of a block; each ends as its own comment says, and else well."""
        for line in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
            promised = re.search(r"# exit (\d+)", line)
            for words in commands(line):
                match words:
                    case ["mooring", *rest]:
                        assert run(["-C", str(self.folder), *rest]) == (int(promised[1]) if promised else 0), line
                        self.ran.append(rest[0])
                    case ["pip", "install", *_]:
                        pass
                    case _:
                        subprocess.run(words, cwd=self.folder, check=True, capture_output=True)

    def change(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    def commit(self) -> None:
        self.git("add", "--all", "prompts", "mooring.yaml")
        self.git("commit", "-q", "-m", "Change")

    def ledger(self) -> str:
        return self.git("for-each-ref", "refs/mooring")


def test_the_first_ten_minutes_go_as_the_readme_says(
    tmp_path: Path,
    mlflow_template: Path,
    mlflow_bench: Callable[[str], Bench],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copy(mlflow_template, tmp_path / "mlflow.db")
    newcomer = Newcomer(tmp_path)
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition(SECTION)[2].partition("\n## ")[0]
    begin, publish, decide, night = blocks(section, "console")
    assert "`mooring new hello`" in section
    person: Any = mlflow_bench(f"sqlite:///{tmp_path}/mlflow.db").person

    def served() -> str:
        version = person.client.get_prompt_version_by_alias("hello", "production")
        return str(version.template[0]["content"])

    newcomer.type(begin)
    assert "mode observe writes nothing" in capsys.readouterr().out
    newcomer.change("mooring.yaml", "mode: observe", "mode: upsert")
    newcomer.commit()

    first, then = publish.split("\n", 1)
    newcomer.type(first)
    ledger = newcomer.ledger()
    newcomer.type(then)
    assert newcomer.ledger() == ledger
    assert "in_sync" in capsys.readouterr().out

    newcomer.type("$ mooring new hello")
    newcomer.change("prompts/hello/v2.yaml", "helpful", "very helpful")
    newcomer.change("prompts/registry.yaml", "production: v1", "production: v2")
    newcomer.commit()
    newcomer.type("$ mooring sync")
    shipped = served()
    assert "very helpful" in shipped

    person.save("hello", Artifact((Message("system", "Typed into MLflow"),)), ["production"])
    newcomer.type(decide)
    said = capsys.readouterr().out
    assert "never reviewed" in said
    assert "Typed into MLflow" in (newcomer.folder / "prompts/hello/v3.yaml").read_text(encoding="utf-8")
    assert served() == "Typed into MLflow"
    assert len(person.client.search_prompt_versions("hello")) == 3

    newcomer.type(night)
    assert "It answers wrongly" in capsys.readouterr().out
    assert served() == shipped
    assert len(person.client.search_prompt_versions("hello")) == 3
    assert newcomer.ran == [
        *["init", "plan", "sync", "sync", "status"],
        *["new", "sync", "drift", "diff", "adopt", "sync", "rollback", "log"],
    ]


# --- The ledger, and leaving ------------------------------------------------------------------------------------------


def how_to(title: str) -> str:
    page = (ROOT / "docs" / "how-to.md").read_text(encoding="utf-8")
    [block] = blocks(page.partition(f"\n## {title}\n")[2].partition("\n## ")[0], "console")
    return block


def test_the_ledger_is_read_and_left_as_the_how_to_says(tmp_path: Path) -> None:
    (tmp_path / "clone").mkdir()
    newcomer = Newcomer(tmp_path / "clone")
    newcomer.git("init", "-q", "--bare", "-b", "main", "../remote.git")
    newcomer.git("remote", "add", "origin", "../remote.git")
    newcomer.type(f"$ mooring init --adapter memory --url memory:///{tmp_path}/platform.json --target prod --id acme")
    newcomer.change("mooring.yaml", "mode: observe", "mode: upsert")
    newcomer.git("add", "--all")
    newcomer.commit()
    newcomer.git("push", "-q", "origin", "main")
    newcomer.type("$ mooring sync")

    newcomer.type(how_to("The ledger"))
    assert "sync prod: 1 applied" in newcomer.git("log", "refs/mooring/acme/prod/ledger")

    before = platform(f"memory:///{tmp_path}/platform.json", str(tmp_path)).holders("hello", "production")
    newcomer.type(how_to("Leave"))
    assert newcomer.git("ls-remote", "origin", "refs/mooring/*") == ""
    assert not (newcomer.folder / ".git" / "mooring").exists()
    assert before
    assert platform(f"memory:///{tmp_path}/platform.json", str(tmp_path)).holders("hello", "production") == before
