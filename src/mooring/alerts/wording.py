"""What is said of an incident: what, since when, who, how grave, a link, and the one command to type?

Never a prompt's content, never what a server answered: hashes, names and words of our own. Names are strangers' texts,
so a pen writes them such that they do nothing where they are read.
"""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mooring import clean
from mooring.core.address import Gap
from mooring.core.incident import Facts, Grave, Incident, Kind
from mooring.core.state import State
from mooring.core.telling import Item, Said
from mooring.reports import words

_LONGEST_NAME = 80
_MOST_ITEMS = 20

_HAPPENED = {
    State.INVALID: "Git's file cannot be read as a prompt",
    State.UNKNOWN: "It could not be read, so nobody knows what it serves",
    State.SPLIT_LABEL: "Two versions hold the label",
    State.UNSUPPORTED: "The platform cannot carry what Git asks for",
    State.FOREIGN: "The live prompt carries the mark of another repository",
    State.IN_SYNC: "Git and the platform agree",
    State.UNMANAGED: "Only the platform has it",
    State.PENDING_CREATE: "Git declares it, and nobody is served it yet",
    State.UNADOPTED: "Both sides have it and differ, and nobody decided which one counts",
    State.GIT_AHEAD: "Git is ahead of the platform",
    State.PRUNE_PENDING: "Git no longer declares it, and the platform still serves it",
    State.MISSING: "The label or the prompt is gone from the platform",
    State.RELABELLED: "Somebody pointed the label at other reviewed content",
    State.PLATFORM_AHEAD: "The platform serves content that Git never reviewed",
    State.CONFLICT: "Both sides moved, and what is live was never reviewed",
}
_GRAVITY = {
    Grave.FAILURE: "failure: gates fail",
    Grave.WARNING: "warning",
    Grave.INFO: "for information",
}
_OPENINGS = {
    Said.OPENED: "",
    Said.UPDATED: "Changed: ",
    Said.REMINDED: "Still open: ",
    Said.RESOLVED: "Resolved: ",
    Said.PASSED: "Came and went: ",
}
_LINK = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]!$&'()*+,;=%]+")
_SIMPLE = re.compile(r"(?!.*//)[A-Za-z0-9_.,:/=@-]+")


@dataclass(frozen=True, slots=True)
class Pen:
    """How one kind of reader is written to: a stranger's name, a command to type, a link, a line of a list.

    A title is cut to `longest_title`; never one with markup, which would lose its end.
    """

    name: Callable[[str], str]
    command: Callable[[str], str]
    link: Callable[[str], str]
    bullet: str
    longest_title: int = 200


@dataclass(frozen=True, slots=True)
class Text:
    """A message in words. `grave` is None where it is good news."""

    title: str
    body: str
    grave: Grave | None


def written(target: str, items: Sequence[Item], pen: "Pen") -> Text:
    """Write one message; several items make a summary."""
    if len(items) == 1:
        return Text(_title(target, items[0], pen), "\n".join(_lines(target, items[0], pen)), _grave(items))
    parts = ["\n".join([_title(target, one, pen), *_lines(target, one, pen)]) for one in items[:_MOST_ITEMS]]
    parts += [f"and {len(items) - _MOST_ITEMS} more: mooring status --target {target}"] * (len(items) > _MOST_ITEMS)
    counts = Counter(one.said for one in items)
    said = ", ".join(f"{counts[said]} {said}" for said in Said if counts[said])
    return Text(f"Prompts on {target}: {said}", "\n\n".join(parts), _grave(items))


def _grave(items: Sequence[Item]) -> Grave | None:
    open_ones = [one.incident.facts.grave for one in items if one.incident.resolved is None]
    return max(open_ones, key=list(Grave).index, default=None)


def _title(target: str, item: Item, pen: Pen) -> str:
    facts = item.incident.facts
    state = facts.state.value.replace("_", " ")
    labels = ", ".join(pen.name(_cut(label, _LONGEST_NAME)) for label in facts.labels)
    match item.incident.subject.kind:
        case Kind.TARGET:
            title = f"{target} cannot be read ({facts.stop})"
        case Kind.DRIFT | Kind.UNREAD:
            title = f"{_names(facts, pen)} ({labels}) on {target}: {state}"
        case Kind.DRIFTS | Kind.UNREADS:
            title = f"{words.counted(facts.count, 'prompt')} ({labels}) on {target}: {state}"
    return _cut(_OPENINGS[item.said] + title, pen.longest_title)


def _lines(target: str, item: Item, pen: Pen) -> list[str]:
    incident, facts = item.incident, item.incident.facts
    if incident.resolved is not None:
        span = f"{_moment(incident.opened)} to {_moment(incident.resolved)}"
        return [f"{pen.bullet}What: {_what(target, incident)}. It is over", f"{pen.bullet}Open: {span}"]
    said = [
        ("What", _what(target, incident)),
        ("Where", _where(target, facts, pen)),
        ("Seen since", _moment(incident.opened)),
        ("Who", _who(facts, pen)),
        ("How grave", _GRAVITY[facts.grave]),
        ("Hashes", f"Git {facts.git}, live {facts.live}" if facts.live else ""),
        ("Link", pen.link(facts.url) if _LINK.fullmatch(facts.url) else ""),
        ("Type", pen.command(facts.fix)),
    ]
    return [f"{pen.bullet}{name}: {text}" for name, text in said if text]


def _what(target: str, incident: Incident) -> str:
    if incident.subject.kind is not Kind.TARGET:
        return _HAPPENED[incident.facts.state]
    count = incident.facts.count
    # Where Git declares none, or its files are broken, there is nothing to count.
    concerned = f"{words.counted(count, 'label of a prompt', 'labels of prompts')} serve" if count else "it serves"
    return f"Nothing of {target} could be read ({incident.facts.stop}), so nobody knows what {concerned}"


def _where(target: str, facts: Facts, pen: Pen) -> str:
    if not facts.named:
        return f"target {target}"
    noun = "prompt" if facts.count == 1 else "prompts"
    return f"{noun} {_names(facts, pen)}; label {pen.name(_cut(facts.labels[0], _LONGEST_NAME))}; target {target}"


def _names(facts: Facts, pen: Pen) -> str:
    named = ", ".join(pen.name(_cut(name, _LONGEST_NAME)) for name in facts.named)
    more = facts.count - len(facts.named)
    return f"{named} and {more} more" if more > 0 else named


def _who(facts: Facts, pen: Pen) -> str:
    if not facts.since and not facts.by:
        return words.NO_AUTHOR if facts.live and facts.live not in set(Gap) else ""
    who = pen.name(_cut(facts.by, _LONGEST_NAME)) if facts.by else words.NO_AUTHOR
    return f"{who} (the live version was made {pen.name(words.moment(facts.since))})" if facts.since else who


def _moment(time: datetime) -> str:
    return words.moment(time.isoformat())


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# --- Chats and mail ---------------------------------------------------------------------------------------------------

_TELLING = str.maketrans({"@": "\uff20", "<": "\u2039", ">": "\u203a", "#": "\uff03", "`": "\u02cb"})


def _plain_name(text: str) -> str:
    """Write a name for chats: each has its own ways to call somebody, so what calls is replaced, and shows.

    `@all`, `<!here>`, `<@U1>`, `#123`, `[text](link)` and bare links mean nothing then.
    """
    return clean.line(text).translate(_TELLING).replace("://", "\uff1a//").replace("](", "] (")


def _plain_command(text: str) -> str:
    """Write a command that can be pasted into a shell, and calls nobody: `@"production"` is `@production` to a shell.

    A name that needs quotes could call somebody in them, so another command leads there.
    """
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = []
    if not parts or not all(_SIMPLE.fullmatch(part) for part in parts):
        return "mooring status"
    return " ".join(re.sub(r"@(?=\w)([^@]+)", r'@"\1"', part) for part in parts)


PLAIN = Pen(_plain_name, _plain_command, str, "")
"""For whatever Apprise reaches: plain text."""

MARKDOWN = Pen(clean.code_span, clean.code_span, lambda url: f"<{url}>", "* ", longest_title=100_000)
"""For issues."""

TITLE = Pen(clean.name, clean.name, str, "")
"""For the title of an issue: it is no Markdown, and a mention in it calls nobody."""
