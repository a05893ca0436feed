"""`mooring completion`: what can a shell complete? Names come from Git at HEAD: nobody is connected to."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from mooring import __version__
from mooring.cli.output import CONFIG_NAME, say
from mooring.git.command import Git

NAME = "mooring"
VARIABLE = "_MOORING_COMPLETE"

# Git may not even fetch an object that a partial clone left out: a shell waits for the answer.
_OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}

_BASH = """\
_mooring_completion() {
    local one
    COMPREPLY=()
    while IFS= read -r one; do
        [ -n "$one" ] && COMPREPLY+=("$one")
    done < <(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        _MOORING_COMPLETE=bash_complete "$1" 2>/dev/null)
}
complete -o default -F _mooring_completion mooring
"""


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the script that lets a shell complete.

    Commands, options, targets, and addresses as Git has them at HEAD. It asks no platform and no remote. Put the
    script where the shell looks: ~/.local/share/bash-completion/completions/mooring, a folder of zsh's fpath as
    _mooring, or ~/.config/fish/completions/mooring.fish. For one session of bash: eval "$(mooring completion bash)".

    \b
    Examples:
      mooring completion bash
      mooring completion zsh
      mooring completion fish
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    from mooring.cli import cli

    say(_SHELLS[shell](cli, {}, NAME, VARIABLE).source())


@dataclass(frozen=True, slots=True)
class Names:
    """What there is to complete: each target's labels (platform label to Git label), each prompt's labels in Git."""

    targets: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    prompts: Mapping[str, list[str]] = field(default_factory=dict[str, list[str]])


def addresses(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Give the addresses that begin so: names first, labels once a name stands, targets where one is begun."""
    return items(_spellings(_names(context), incomplete), incomplete)


def targets(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """Give the targets of mooring.yaml that begin so."""
    return items(_names(context).targets, incomplete)


def items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Give the names that begin so and that every shell can be told: one line, and no comma, at which fish cuts."""
    told = (name for name in names if name.startswith(incomplete) and name.isprintable() and "," not in name)
    return [CompletionItem(name) for name in dict.fromkeys(told)]


def _spellings(there: Names, begun: str) -> Iterator[str]:
    everywhere = {mine: git for labels in there.targets.values() for mine, git in labels.items()}
    prefixed = {f"{name}:": labels for name, labels in there.targets.items()}
    asked = {before: labels for before, labels in prefixed.items() if begun and _meet(before, begun)}
    for prompt, declared in there.prompts.items():
        yield prompt
        for before, labels in {"": everywhere, **asked}.items():
            yield before + prompt
            if begun.startswith(before + prompt):
                yield from (f"{before}{prompt}@{mine}" for mine, git in labels.items() if git in declared)


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


# --- what there is ----------------------------------------------------------------------------------------------------


def _names(context: click.Context) -> Names:
    """Read names at HEAD, those of the last time where nothing was committed since; none where something is wrong."""
    said = context.find_root().params
    folder, config = Path(said.get("directory") or "."), str(said.get("config") or CONFIG_NAME)
    try:
        asked = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--show-prefix", "--verify", "HEAD")
        common, prefix, commit = Git(folder).text(*asked).split("\n")
        place, key = Path(common) / "mooring" / "completion.json", [__version__, commit, prefix, config]
        known = _remembered(place, key)
        if known is None:
            known = _read(folder, config)
            _remember(place, key, known)
    except Exception:  # noqa: BLE001  # a shell that completes has nobody to tell
        return Names()
    return known


def _read(folder: Path, config: str) -> Names:
    """Read the commit itself; may raise whatever Git and its files bring about."""
    from mooring.config import load_config
    from mooring.git.full import FullHistory
    from mooring.git.history import GitHistory
    from mooring.git.repository import config_text, find_repository, resolve

    found = find_repository(folder)
    repo = replace(found, git=replace(found.git, environment={**found.git.environment, **_OFFLINE}))
    commit = resolve(repo)
    read = load_config(config_text(repo.git, repo.inputs(config, ""), commit).encode(), config)
    history = GitHistory(FullHistory(repo, None, None), repo.inputs(config, read.prompts), commit)
    return Names(
        {target.name: dict(target.labels) for target in read.targets.values()},
        {prompt.name: list(prompt.labels) for prompt in history.desired().prompts.values()},
    )


def _remembered(place: Path, key: list[str]) -> Names | None:
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
        return Names(found["targets"], found["prompts"]) if found["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(place: Path, key: list[str], names: Names) -> None:
    """Keep names for the next time; where that cannot be, the next time reads them again."""
    made = place.with_name(f"completion.{os.getpid()}")
    try:
        place.parent.mkdir(exist_ok=True)
        made.write_text(json.dumps({"key": key, **asdict(names)}), encoding="utf-8")
        made.replace(place)
    except OSError:
        made.unlink(missing_ok=True)


# --- the shells -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """A command line up to the cursor: whole words, the word begun, and how bash goes on with it.

    `kept` is how much of the word stays as it is: bash puts an answer in place of what follows the last character
    of COMP_WORDBREAKS, or the quote that is still open.
    """

    words: tuple[str, ...]
    begun: str
    kept: int
    quote: str


def typed(line: str, breaks: str) -> Typed:
    """Read a command line as bash does, up to its end."""
    words: list[str] = []
    word: list[str] = []
    quote, kept, outside, inside = "", 0, 0, False
    characters = iter(line)
    for one in characters:
        if one == "\\" and quote != "'":
            escaped = next(characters, "")
            word.append(escaped if not quote or escaped in '"$`\\' else one + escaped)
        elif one == quote:
            quote, kept = "", outside
            continue
        elif not quote and one in "'\"":
            quote, kept, outside = one, len(word), kept
        elif not quote and one.isspace():
            words += ["".join(word)] if inside else []
            word, kept, inside = [], 0, False
            continue
        else:
            word.append(one)
            kept = len(word) if not quote and one in breaks else kept
        inside = True
    return Typed(tuple(words), "".join(word), kept, quote)


class Bash(BashComplete):
    """Answers in bash's own quoting, so that a name can be nothing but a name when the line is run."""

    source_template = _BASH

    @staticmethod
    def _check_version() -> None:
        """The script needs nothing that an old bash lacks."""

    def complete(self) -> str:
        """Give one answer a line."""
        line, breaks = os.environ.get("COMP_LINE", ""), os.environ.get("COMP_WORDBREAKS", "")
        there = typed(line, "".join(breaks.split()))
        found = self.get_completions(list(there.words[1:]), there.begun)
        answers = (_continued(there, item.value) for item in found)
        return "\n".join(answer for answer in answers if answer is not None)


def _continued(there: Typed, value: str) -> str | None:
    """Give what bash has to put after what it keeps; None where the open quote has no way to write it."""
    if not value.startswith(there.begun):
        value = there.begun.partition("=")[0] + "=" + value  # of --option=value, click gives the value alone
    rest = value[there.kept :]
    match there.quote:
        case "'":
            return None if "'" in rest else rest
        case '"':
            return None if "!" in rest else "".join(f"\\{one}" if one in '"$`\\' else one for one in rest)
        case _:
            return "".join(one if one.isalnum() or one in "_@%+=:,./-" else f"\\{one}" for one in rest)


_SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": ZshComplete, "fish": FishComplete}

add_completion_class(Bash, "bash")
