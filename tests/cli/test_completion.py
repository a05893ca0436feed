"""A shell completes what Git has at HEAD, in its own quoting, and is never told of anything that went wrong."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import FishComplete, ZshComplete

from mooring.cli import SECTIONS, cli
from mooring.cli.completion import Bash, Typed, items, typed

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

BREAKS = " \t\n\"'@><=;|&(:"
SHELLS = ("bash", "zsh", "fish")
CONFIG = """\
version: 1
id: shop
branch: main
prompts: prompts/
targets:
  local: {adapter: memory, url: "memory:///platform.json", mode: upsert, labels: [production]}
  langfuse-dev: {adapter: memory, url: "memory:///dev.json", mode: upsert, labels: {live: staging}}
"""


@pytest.fixture
def shop(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> "Desk":
    """Prompts with names that shells have opinions on, in the folder where somebody types."""
    names = {"plain": "support/agent", "spaced": "two words", "evil": "x; rm -rf $(HOME)", "many": "a,b"}
    files = {"mooring.yaml": CONFIG, "prompts/greet.yaml": "labels: [production, staging]\nprompt: Hello\n"}
    files |= {
        f"prompts/{stem}.yaml": f"name: {json.dumps(name)}\nlabels: [production]\nprompt: Hello\n"
        for stem, name in names.items()
    }
    desk.commit(files)
    monkeypatch.chdir(desk.folder)
    return desk


@pytest.fixture
def bash(monkeypatch: pytest.MonkeyPatch) -> Bash:
    monkeypatch.setenv("COMP_WORDBREAKS", BREAKS)
    return Bash(cli, {}, "mooring", "_MOORING_COMPLETE")


def answers(shell: Bash, line: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COMP_LINE", line)
    return shell.complete().splitlines()


ANSWERS = [
    ("mooring drift gr", ["greet"]),
    ("mooring drift greet", ["greet", "greet@production", "greet@live"]),
    ("mooring drift greet@p", ["production"]),
    ("mooring drift support/", ["support/agent"]),
    ("mooring drift loc", ["local:greet", "local:leave", "local:support/agent", "local:two\\ words",
                           "local:x\\;\\ rm\\ -rf\\ \\$\\(HOME\\)"]),
    ("mooring drift local:gr", ["greet"]),
    ("mooring drift local:greet@", ["production"]),
    ("mooring drift langfuse-dev:greet@", ["live"]),
    ("mooring drift langfuse-dev:support/agent@", []),
    ("mooring drift two\\ w", ["two\\ words"]),
    ("mooring drift 'two w", ["two words"]),
    ('mooring drift "two w', ["two words"]),
    ('mooring drift "x', ["x; rm -rf \\$(HOME)"]),
    ("mooring drift local:'two", ["two words"]),
    ("mooring drift 'local':two", ["two\\ words"]),
    ("mooring drift x", ["x\\;\\ rm\\ -rf\\ \\$\\(HOME\\)"]),
    ("mooring drift a", []),
    ("mooring drift leave gr", ["greet"]),
    ("mooring drift --target l", ["local", "langfuse-dev"]),
    ("mooring drift --target=l", ["local", "langfuse-dev"]),
    ("mooring drift -t loc", ["local"]),
    ("mooring drift -o j", ["json", "junit"]),
    ("mooring drift -o c", []),
    ("mooring drift --fu", ["--full"]),
    ("mooring resolve --take p", ["platform"]),
    ("mooring suspend gr", ["greet"]),
    ("mooring nothing-like-it gr", []),
    ("mooring -C /nowhere drift gr", []),
    ("mooring --config nothing.yaml drift gr", []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), ANSWERS, ids=[line for line, _ in ANSWERS])
def test_what_bash_is_told(
    shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch, line: str, expected: list[str]
) -> None:
    assert answers(bash, line, monkeypatch) == expected
    assert answers(bash, line, monkeypatch) == expected, "what is remembered is what was read"


def test_what_was_not_committed_is_not_offered(shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write({"prompts/later.yaml": "labels: [production]\nprompt: x\n"})
    assert answers(bash, "mooring drift later", monkeypatch) == []
    shop.git("add", "--all")
    shop.git("commit", "-q", "-m", "Later")
    assert answers(bash, "mooring drift later", monkeypatch)[0] == "later"


def test_a_folder_that_is_named_counts(shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert answers(bash, f"mooring -C {shop.folder} drift gr", monkeypatch) == ["greet"]


@pytest.mark.parametrize("wrong", ["not: [a config", "version: 1\nid: shop\ntargets: {}\n"])
def test_a_broken_config_completes_nothing(
    shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    shop.commit({"mooring.yaml": wrong})
    assert answers(bash, "mooring drift gr", monkeypatch) == []


def test_a_memory_that_is_spoilt_is_read_again(shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers(bash, "mooring drift gr", monkeypatch) == ["greet"]
    kept = shop.folder / ".git" / "mooring" / "completion.json"
    for spoilt in ("", "[]", '{"key": 1}'):
        kept.write_text(spoilt)
        assert answers(bash, "mooring drift gr", monkeypatch) == ["greet"]


def test_a_repository_that_cannot_be_written_completes_all_the_same(
    shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shop.folder / ".git" / "mooring"
    own.mkdir(exist_ok=True)
    (own / "completion.json").mkdir()
    assert answers(bash, "mooring drift gr", monkeypatch) == ["greet"]
    assert [one.name for one in own.iterdir() if one.name.startswith("completion")] == ["completion.json"]


def test_nobody_is_connected_to(shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.git("remote", "add", "origin", "https://host.invalid/repository")
    monkeypatch.setenv("GIT_TRACE", str(shop.folder / "trace"))
    assert answers(bash, "mooring drift local:gr", monkeypatch) == ["greet"]
    trace = (shop.folder / "trace").read_text()
    assert "rev-parse" in trace
    assert "fetch" not in trace
    assert "ls-remote" not in trace


def test_a_name_that_no_shell_can_be_told_is_not_offered() -> None:
    names = ["a", "a\nb", "a,b", "a\x1b[31m", "a\u202e", "ab"]
    assert [one.value for one in items(names, "a")] == ["a", "ab"]


# --- how a line is read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Typed((), "", 0, "")),
        ("mooring ", Typed(("mooring",), "", 0, "")),
        ("mooring  drift x", Typed(("mooring", "drift"), "x", 0, "")),
        ("m local:greet@pro", Typed(("m",), "local:greet@pro", 12, "")),
        ("m a\\:b", Typed(("m",), "a:b", 0, "")),
        ("m 'a:b' c", Typed(("m", "a:b"), "c", 0, "")),
        ("m 'a:b", Typed(("m",), "a:b", 0, "'")),
        ("m a:'b c'd", Typed(("m",), "a:b cd", 2, "")),
        ('m "a\\"b\\c', Typed(("m",), 'a"b\\c', 0, '"')),
        ("m 'a\\", Typed(("m",), "a\\", 0, "'")),
        ("m ''", Typed(("m",), "", 0, "")),
        ("m '' x", Typed(("m", ""), "x", 0, "")),
        ("m a\\", Typed(("m",), "a", 0, "")),
    ],
)
def test_a_line_is_read_as_bash_reads_it(line: str, expected: Typed) -> None:
    assert typed(line, ":@=") == expected


# --- the shells themselves --------------------------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with `mooring` in it, as an installation has one."""
    place = tmp_path / "bin"
    place.mkdir()
    (place / "mooring").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mooring "$@"\n')
    (place / "mooring").chmod(0o755)
    return place


def in_bash(script: str, folder: Path, program: Path) -> str:
    environment = {**os.environ, "PATH": f"{program}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


COMPLETED = [
    ("mooring drift local:gr", "COMP_WORDS=(mooring drift local : gr)", ["greet"]),
    ("mooring drift two", "COMP_WORDS=(mooring drift two)", ["two\\ words"]),
    ("mooring drift x", "COMP_WORDS=(mooring drift x)", ["x\\;\\ rm\\ -rf\\ \\$\\(HOME\\)"]),
    ("mooring frob --x", "COMP_WORDS=(mooring frob --x)", []),
    ("mooring susp", "COMP_WORDS=(mooring susp)", ["suspend"]),
]  # fmt: skip


def test_bash_completes(shop: "Desk", program: Path) -> None:
    asked = "\n".join(
        f"COMP_LINE={shlex.quote(line + ' more')}; COMP_POINT={len(line)}; {words}; "
        'COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _mooring_completion mooring "" ""; '
        'printf "%s\\n" "${#COMPREPLY[@]}" "${COMPREPLY[@]}" --'
        for line, words, _ in COMPLETED
    )
    script = f'eval "$(mooring completion bash)"\ncomplete -p mooring\n{asked}'
    said = in_bash(script, shop.folder, program).splitlines()
    assert said[0] == "complete -o default -F _mooring_completion mooring"
    told = [line for *_, expected in COMPLETED for line in (str(len(expected)), *expected, "--")]
    assert said[1:] == told


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_for_each_shell(shop: "Desk", shell: str) -> None:
    ended = shop.type("completion", shell)
    assert ended.code == 0
    assert ended.err == ""
    assert f"{shell}_complete" in ended.out
    assert "_MOORING_COMPLETE" in ended.out


def test_another_shell_is_refused_with_those_there_are(shop: "Desk") -> None:
    ended = shop.type("completion", "tcsh")
    assert ended.code == 64
    assert all(shell in ended.err for shell in SHELLS)


def test_zsh_and_fish_are_told_the_names_as_they_are(shop: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", "mooring drift local:two")
    monkeypatch.setenv("COMP_CWORD", "2")
    zsh = ZshComplete(cli, {}, "mooring", "_MOORING_COMPLETE").complete()
    assert zsh == "plain\nlocal:two words\n_"
    monkeypatch.setenv("COMP_CWORD", "local:two")
    assert FishComplete(cli, {}, "mooring", "_MOORING_COMPLETE").complete() == "plain,local:two words"


def test_the_commands_are_completed_in_the_order_of_a_life(
    shop: "Desk", bash: Bash, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answers(bash, "mooring ", monkeypatch) == [name for section in SECTIONS.values() for name in section]


def test_completing_needs_little(shop: "Desk", program: Path) -> None:
    """Where nothing was committed since the last time, neither config nor prompts are read."""
    listing = (
        "import os, sys\nfrom mooring.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(sorted(one for one in sys.modules if one.split('.')[0] in {'yaml', 'mooring', 'requests', 'rich'}))"
    )
    environment = {**os.environ, "_MOORING_COMPLETE": "bash_complete", "COMP_LINE": "mooring drift gr"}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", listing],
            cwd=shop.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert "greet" in done.stdout
    for heavy in ("yaml", "requests", "rich", "mooring.core", "mooring.git.history", "mooring.config"):
        assert f"'{heavy}'" not in done.stdout
