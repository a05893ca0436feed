"""What stood on the server when an exchange was recorded, beside what the exchanges themselves made?"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mooring.core.address import Ref
from mooring.core.artifact import Artifact
from mooring.testing.langfuse import rows, validation
from mooring.testing.langfuse.api import answer
from mooring.testing.langfuse.installation import Key, Langfuse
from mooring.testing.langfuse.limits import HOBBY, Limit, Limits, Resource
from mooring.testing.langfuse.recordings import Exchange, authorization
from mooring.testing.langfuse.wire import Request

_OUTAGE = "an outage of Postgres or Redis: trouble.py answers so when told to"
_WHOLE_FILES = {"14-concurrency": "an excerpt: most of what ran at the same time is not recorded"}
_EXCUSED = {
    "17#0": "a login at the web interface, which the person does not need",
    "17#9": "a bulk export of the web interface, and a fault of it",
    "17#12": "the web interface's own API refuses API keys; the fake has no such API",
    "17#13": "protected labels are a feature of the enterprise edition",
    "22#3": _OUTAGE,
    "23#1": _OUTAGE + "; what the abandoned request did is carried out",
    "23#5": _OUTAGE,
    "23#6": _OUTAGE,
    "23#7": _OUTAGE,
    "23#9": _OUTAGE,
}
_DONE = '{"result":{"data":{"json":null,"meta":{"values":["undefined"]}}}}'


@dataclass(slots=True)
class Stage:
    """A server with the projects of the recordings, and the keys to them by the recorder's names."""

    langfuse: Langfuse = field(default_factory=Langfuse)
    keys: Mapping[str, Key] = field(init=False)
    races: set[int] = field(default_factory=set[int])

    def __post_init__(self) -> None:
        make = self.langfuse.project
        others = {name: make(name, organization=f"{name}-org") for name in ("p2", "scratch", "prodconc", "rl")}
        main = make("LFProj", organization="LFOrg")
        self.keys = {**others, "main": main, "org": self.langfuse.organization_key()}


def excuse(exchange: Exchange) -> str | None:
    """Tell why an exchange cannot be replayed; None if it can."""
    return _WHOLE_FILES.get(exchange.file, _EXCUSED.get(exchange.id))


def ordered(exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
    """Put two creates at once in the order of their transactions: the recording has the quicker refusal first (20)."""
    if exchanges[0].file != "20-two-clients":
        return exchanges
    pairs = [exchanges[index : index + 2] for index in range(0, len(exchanges), 2)]
    return [each for pair in pairs for each in sorted(pair, key=lambda exchange: exchange.status == 400)]


def before_file(stage: Stage, file: str) -> None:
    """Make what a file found, and no exchange tells."""
    seed = _SEEDS.get(file)
    if seed is not None:
        seed(stage)


def before(stage: Stage, exchange: Exchange) -> None:
    """Make two requests race, or let a limit end, as it was when an exchange was recorded."""
    pair = exchange.number // 2
    if exchange.file == "20-two-clients" and pair not in stage.races:
        stage.races.add(pair)
        stage.langfuse.race(_prompt(exchange), project="prodconc")
    if exchange.id == "19#7":
        stage.langfuse.hooks.limits.lift("rl-org", Resource.PROMPTS)


def instead(stage: Stage, exchange: Exchange) -> None:
    """Do what an exchange did that cannot be replayed, where others go by it."""
    if exchange.id == "23#1":
        _create(stage, "scratch", name="to/a", prompt="written after client gave up", labels=["production"])


def by_hand(stage: Stage, exchange: Exchange) -> str | None:
    """Do what a person did at the web interface, and give what it was told; None for a request of the public API."""
    if not exchange.path.startswith("/api/trpc/"):
        return None
    sent: dict[str, Any] = json.loads(exchange.body or "{}")
    person = stage.langfuse.person("LFProj")
    match exchange.path.removeprefix("/api/trpc/prompts."):
        case "create":
            ref = person.save(sent["name"], Artifact(sent["prompt"]), sent["labels"], sent.get("commitMessage"))
            return _created(stage, sent["name"], ref)
        case "setLabels":
            person.set_labels("ui/one", Ref("1"), sent["labels"])
        case "updateTags":
            person.retag(sent["name"], sent["tags"])
        case "importBulk":
            for each in sent["prompts"]:
                kept = [label for label in each.get("labels", []) if label not in ("latest", "production")]
                person.save(each["name"], Artifact(each["prompt"]), kept)
            done = [{"name": each["name"], "success": True} for each in sent["prompts"]]
            return json.dumps({"result": {"data": {"json": {"results": done}}}}, separators=(",", ":"))
        case other:
            raise ValueError(f"{exchange.id}: nobody knows how to do {other!r} by hand.")
    return _DONE


def _created(stage: Stage, name: str, ref: Ref) -> str:
    with stage.langfuse.opened("LFProj") as project:
        row = project.find(name, validation.Which(version=int(ref)))
        text = "" if row is None else rows.stored(project.id, row)
    return '{"result":{"data":{"json":' + text + ',"meta":{"values":{"createdAt":["Date"],"updatedAt":["Date"]}}}}}'


def _create(stage: Stage, key: str, **body: Any) -> None:  # noqa: ANN401  # what JSON holds is anything
    headers = {"content-type": "application/json", "authorization": _credentials(stage, key)}
    request = Request("POST", "/api/public/v2/prompts", tuple(headers.items()), json.dumps(body).encode())
    done = answer(stage.langfuse, request)
    if done.status != 201:
        raise ValueError(f"{body['name']} was not made: {done.body.decode()}")


def _credentials(stage: Stage, key: str) -> str:
    blank = Exchange("", 0, "", "", "", key, None, 0, 0, {}, "")
    return authorization(blank, stage.keys) or ""


def _prompt(exchange: Exchange) -> str:
    if exchange.method == "POST":
        return str(json.loads(exchange.body or "{}")["name"])
    return exchange.path.split("/")[5].replace("%2F", "/")


def _seed_main(stage: Stage) -> None:
    """The listings of 03 and 13 count one prompt that no exchange made."""
    _create(stage, "main", name="unrecorded", prompt="x")


def _seed_stale(stage: Stage) -> None:
    """300 rounds of reading against moving are not recorded, but for what was left in the end."""
    _create(stage, "scratch", name="stale/x", prompt="v1")
    _create(stage, "scratch", name="stale/x", prompt="v2", labels=["production"])
    _create(stage, "scratch", name="stale/x", prompt="v3")


def _seed_limits(stage: Stage) -> None:
    stage.langfuse.hooks.limits = Limits(HOBBY)
    stage.langfuse.hooks.limits.set("rl-org", Resource.PROMPTS, Limit(4, 20))


def _seed_pairs(stage: Stage) -> None:
    stage.langfuse.hooks.limits = Limits()
    for version in (1, 2, 3):
        _create(stage, "prodconc", name="two/label", prompt=f"v{version}", labels=["production"] * (version == 1))
    for index in range(5):
        _create(stage, "prodconc", name=f"two/ex{index}", prompt="seed", labels=["production"])
        _create(stage, "prodconc", name=f"two/mix{index}", prompt="0", labels=["production"])
        _create(stage, "prodconc", name=f"two/mix{index}", prompt="1")


def _seed_extras(stage: Stage) -> None:
    """What the races of 14 left behind, and a list to page through."""
    for name, holders in (("move-a1", (1, 2, 3, 5, 6)), ("move-a2", (1, 3, 4, 5, 7, 8))):
        for index in range(8):
            _create(stage, "prodconc", name=name, prompt=f"v{index}")
        stage.langfuse.person("prodconc").split(name, "production", [Ref(str(version)) for version in holders])
    for index in range(6):
        _create(stage, "p2", name=f"pg/{index}", prompt="x")


_SEEDS: Mapping[str, Callable[[Stage], None]] = {
    "01-create": _seed_main,
    "18-stale-cache": _seed_stale,
    "19-ratelimit-cloudmode": _seed_limits,
    "20-two-clients": _seed_pairs,
    "21-extras": _seed_extras,
}
