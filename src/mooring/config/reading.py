"""What does mooring.yaml ask for? Reading and checking; finding the file and the environment are the caller's."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import TypeVar

from mooring.config.freezes import freeze, freeze_flaws
from mooring.config.shape import CONFIG, ISSUES
from mooring.config.types import (
    DEFAULT_PROMPTS,
    DEFAULT_REMOTE,
    AlertConfig,
    Config,
    ConfigInvalid,
    FromEnvironment,
    LedgerConfig,
    LedgerPlace,
    TargetConfig,
)
from mooring.core.desired import Problem
from mooring.core.naming import Naming
from mooring.core.policy import (
    Limit,
    Limits,
    Mode,
    PolicyPart,
    PromoteNow,
    Prune,
    Rule,
    WhenAhead,
    WhenMissing,
    WhenRelabelled,
)
from mooring.core.span import seconds
from mooring.core.state import State
from mooring.formats.located import Fields, Items, Node, Scalar, is_nothing
from mooring.formats.parsed import Flaw
from mooring.formats.shape import check
from mooring.formats.strict_yaml import read_yaml
from mooring.pace import ANY, SHARE, Rate

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}

_E = TypeVar("_E", bound=StrEnum)


def load_config(data: bytes, path: str) -> Config:
    """Read the config from a file's bytes; `path` names it in messages. Raises ConfigInvalid with every problem."""
    reading = read_yaml(data)
    flaws = list(reading.flaws)
    if reading.complete and is_nothing(reading.root):
        flaws.append(Flaw(None, "the file is empty", "Let `mooring init` write one."))
    elif reading.complete and reading.root is not None:
        flaws += check(reading.root, CONFIG, "the file")
        flaws += [] if flaws else _conflicts(_Map.of(reading.root))
    if flaws:
        ordered = sorted(flaws, key=lambda flaw: flaw.line or 0)
        raise ConfigInvalid(tuple(flaw.at(path) for flaw in ordered))
    return _config(_Map.of(reading.root), path)


def resolve_credentials(target: TargetConfig, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Give a target's credentials for connecting: secrets, never to be logged. Raises ConfigInvalid."""
    missing = [asked for asked in target.credentials.values() if not environment.get(asked.variable)]
    if missing:
        raise ConfigInvalid(tuple(_unset(asked, f"target `{target.name}`") for asked in missing))
    return {name: environment[asked.variable] for name, asked in target.credentials.items()}


def resolve_notify(alert: AlertConfig, environment: Mapping[str, str]) -> str:
    """Give the URL that an alert goes to: a secret, never to be logged; '' for an issue. Raises ConfigInvalid."""
    if alert.notify is None:
        return ""
    value = environment.get(alert.notify.variable)
    if not value:
        raise ConfigInvalid((_unset(alert.notify, "an alert"),))
    return value


def _unset(asked: FromEnvironment, by: str) -> Problem:
    return Problem(
        asked.path,
        asked.line,
        f"the environment variable {asked.variable}, which {by} needs, is not set",
        f"Set {asked.variable}; in CI, hand it to this step from the secrets.",
    )


@dataclass(frozen=True, slots=True)
class _Map:
    """The fields of a checked mapping, read by kind."""

    nodes: Mapping[str, Node]
    lines: Mapping[str, int]

    @staticmethod
    def of(node: Node | None) -> "_Map":
        pairs = node.pairs if isinstance(node, Fields) else {}
        return _Map(
            {name: pair.node for name, pair in pairs.items()}, {name: pair.line for name, pair in pairs.items()}
        )

    def map(self, name: str) -> "_Map":
        return _Map.of(self.nodes.get(name))

    def items(self, name: str) -> tuple[Node, ...]:
        node = self.nodes.get(name)
        return node.items if isinstance(node, Items) else ()

    def text(self, name: str) -> str | None:
        node = self.nodes.get(name)
        return node.value if isinstance(node, Scalar) and isinstance(node.value, str) else None

    def whole(self, name: str, default: int) -> int:
        node = self.nodes.get(name)
        return node.value if isinstance(node, Scalar) and isinstance(node.value, int) else default

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(_text(item) for item in self.items(name))

    def pairs(self) -> dict[str, str]:
        return {name: _text(node) for name, node in self.nodes.items()}

    def word(self, name: str, words: type[_E]) -> _E | None:
        text = self.text(name)
        return None if text is None else words(text)


def _text(node: Node) -> str:
    return str(node.value) if isinstance(node, Scalar) else ""


def _config(root: _Map, path: str) -> Config:
    limits = root.map("limits")
    return Config(
        id=root.text("id") or "",
        targets={name: _target(name, _Map.of(node), path) for name, node in root.map("targets").nodes.items()},
        branch=root.text("branch"),
        prompts=_folder(root.text("prompts")),
        policy=_policy(root.map("policy")),
        rules=tuple(_rule(_Map.of(node)) for node in root.items("rules")),
        limits=Limits(
            updates=_limit(limits.nodes.get("updates"), Limits().updates),
            deletes=_limit(limits.nodes.get("deletes"), Limits().deletes),
            min_existing=limits.whole("min_existing", Limits().min_existing),
        ),
        share=_part(limits.text("share"), SHARE),
        alerts=tuple(_alert(_Map.of(node), path) for node in root.items("alerts")),
        ledger=_ledger(root.map("ledger")),
        freezes=tuple(freeze(_Map.of(node).pairs()) for node in root.items("freeze")),
        secrets_allowed=frozenset(root.map("secrets").texts("allow")),
    )


def _folder(written: str | None) -> str:
    parts = [part for part in (DEFAULT_PROMPTS if written is None else written).split("/") if part not in {"", "."}]
    return "".join(f"{part}/" for part in parts)


def _target(name: str, target: _Map, path: str) -> TargetConfig:
    return TargetConfig(
        name=name,
        adapter=target.text("adapter") or "",
        mode=target.word("mode", Mode) or Mode.OBSERVE,
        labels=_labels(target),
        url=target.text("url") or "",
        credentials={field: _from_environment(node, path) for field, node in target.map("credentials").nodes.items()},
        project=target.text("project"),
        naming=Naming(target.map("rename").pairs()),
        policy=_policy(target.map("policy")),
        timeout=float(target.whole("timeout", 30)),
        options=target.map("options").pairs(),
        organization=target.text("organization"),
        rates=_rates(target),
    )


def _labels(target: _Map) -> dict[str, str]:
    return {label: label for label in target.texts("labels")} | target.map("labels").pairs()


def _from_environment(node: Node | None, path: str) -> FromEnvironment:
    stated = "" if node is None else _text(node)
    return FromEnvironment(stated.removeprefix("env:"), path, 1 if node is None else node.line)


def _policy(part: _Map) -> PolicyPart:
    return PolicyPart(
        platform_ahead=part.word("platform_ahead", WhenAhead),
        relabelled=part.word("relabelled", WhenRelabelled),
        missing=part.word("missing", WhenMissing),
        prune=part.word("prune", Prune),
        promote_now=part.word("promote_now", PromoteNow),
    )


def _rule(rule: _Map) -> Rule:
    return Rule(rule.text("match") or "", _policy(rule.map("policy")), rule.word("mode", Mode), rule.texts("owners"))


def _limit(node: Node | None, default: Limit) -> Limit:
    match node:
        case Scalar(value=str(text)):
            return Limit(share=_part(text, 0.0), count=None)
        case Scalar(value=int(count)):
            return Limit(share=None, count=count)
        case _:
            return default


def _part(written: str | None, default: float) -> float:
    return default if written is None else float(written.removesuffix("%")) / 100


def _rates(target: _Map) -> dict[str, Rate]:
    whole = target.text("rate")
    written = target.map("rate").pairs() if whole is None else {ANY: whole}
    return {resource: _rate(text) for resource, text in written.items()}


def _rate(written: str) -> Rate:
    count, _, unit = written.partition("/")
    return Rate(int(count), _SECONDS[unit])


def _alert(alert: _Map, path: str) -> AlertConfig:
    return AlertConfig(
        notify=None if alert.text("notify") == ISSUES else _from_environment(alert.nodes.get("notify"), path),
        labels=alert.texts("labels") or None,
        states=tuple(State(word) for word in alert.texts("states")) or None,
        after=seconds(alert.text("after") or "0s"),
        digest=seconds(alert.text("digest") or "0s"),
    )


def _ledger(ledger: _Map) -> LedgerConfig:
    remote = ledger.text("remote") or DEFAULT_REMOTE
    for place in LedgerPlace:
        where = ledger.text(place.value)
        if where is not None:
            return LedgerConfig(place, where, remote)
    return LedgerConfig(remote=remote)


def _conflicts(root: _Map) -> Iterator[Flaw]:
    """Give what is wrong between fields, each of which is right alone."""
    listed = root.map("targets")
    targets = [(name, _Map.of(node)) for name, node in listed.nodes.items()]
    for name, target in targets:
        yield from _repeated(name, target.items("labels"))
        yield from _unlike(name, target.map("rename"))
    for node in root.items("freeze"):
        yield from freeze_flaws(node)
    for (one, first), (other, second) in combinations(targets, 2):
        shared = sorted(_labels(first).keys() & _labels(second).keys())
        if shared and _is_same_project(first, second):
            yield Flaw(
                listed.lines[other],
                f"the targets `{one}` and `{other}` manage {_listed(shared)} of the same project",
                "Let one target manage each label, or give them projects of their own.",
            )


def _repeated(target: str, labels: Sequence[Node]) -> Iterator[Flaw]:
    seen: set[str] = set()
    for node in labels:
        if _text(node) in seen:
            yield Flaw(node.line, f"target `{target}` lists the label `{_text(node)}` twice", "Keep one of them.")
        seen.add(_text(node))


def _unlike(target: str, rename: _Map) -> Iterator[Flaw]:
    """Give the renames that cannot be read backwards."""
    seen: dict[str, str] = {}
    for pattern, node in rename.nodes.items():
        form = _text(node)
        if ("*" in pattern) != ("*" in form):
            yield Flaw(
                node.line,
                f"target `{target}` renames `{pattern}` to `{form}`, and only one of them has a `*`",
                "Write `*` on both sides or on neither, so that two prompts never share a name.",
            )
        if form in seen:
            yield Flaw(
                node.line,
                f"target `{target}` renames both `{seen[form]}` and `{pattern}` to `{form}`",
                "Give each of them a name of its own.",
            )
        seen[form] = pattern


def _is_same_project(first: _Map, second: _Map) -> bool:
    if first.text("adapter") != second.text("adapter"):
        return False
    projects = (first.text("project"), second.text("project"))
    if None not in projects:
        # A project's identity is the same behind every address.
        return projects[0] == projects[1]
    return _place(first) == _place(second) and first.map("credentials").pairs() == second.map("credentials").pairs()


def _place(target: _Map) -> str:
    return (target.text("url") or "").rstrip("/")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
