"""What does `mooring doctor` find out about a Langfuse connection? It writes nothing."""

import importlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mooring.core.artifact import Artifact
from mooring.core.check import Check, Health
from mooring.ports import AdapterError, Denied, Unreachable
from mooring_langfuse import lens
from mooring_langfuse.api import LATEST, Api, Missing
from mooring_langfuse.lists import Lists
from mooring_langfuse.references import references

_NAMES = "names on the way"
PROBE = "50%/%2F/ünï/e\u0301/日本 +?#&;=@:"
"""What proxies are known to decode, fold or cut in a path; Langfuse takes all of it."""

OLDEST = 4
"""The first major version of Langfuse that Mooring is tested with."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Where a project is and what opens it. The public key is shown by nobody and checked by nobody."""

    url: str
    public: str = field(repr=False)
    secret: str = field(repr=False)


def examine(api: Api, lists: Lists, keys: Keys, prompts: Sequence[str]) -> Sequence[Check]:
    """Look at everything that can be looked at; what failed is one of the checks."""
    looks: tuple[tuple[str, Callable[[], Check]], ...] = (
        ("connection", lambda: _connection(api, keys)),
        ("identity", lambda: _identity(api)),
        ("rights", lambda: _rights(api, lists)),
        (_NAMES, lambda: _names(api)),
        *((("app", lambda: _app(api, lists, keys, prompts[0])),) if prompts else ()),
    )
    return [*(_checked(name, look) for name, look in looks), *_encryption(keys.url), *_properties(), *_limits(api)]


def _checked(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Denied as error:
        return Check(name, Health.DENIED, str(error), "Check the target's url and keys.")
    except AdapterError as error:
        return Check(name, Health.UNKNOWN, str(error))


def _connection(api: Api, keys: Keys) -> Check:
    version = api.health()
    major = version.removeprefix("v").partition(".")[0]
    if major.isdecimal() and int(major) < OLDEST:
        fix = f"Update it to {OLDEST} or later."
        return Check("connection", Health.WARN, f"Langfuse {version} is older than what Mooring is tested with", fix)
    return Check("connection", Health.OK, f"Langfuse {version} answers at {keys.url}")


def _identity(api: Api) -> Check:
    project = api.project()
    of = f" of {project.organization}" if project.organization else ""
    message = f"The key opens the project {project.name}{of}, whose id is {project.id}"
    return Check("identity", Health.OK, message)


def _rights(api: Api, lists: Lists) -> Check:
    """List, and point a label at a version that cannot be there: whoever may not write is told so first."""
    count, _ = lists.total()
    try:
        api.label(f"mooring-doctor-{uuid.uuid4()}", 1, "mooring-doctor")
    except Missing:
        return Check("rights", Health.OK, f"The key may list prompts, of which there are {count}, and write them")
    return Check("rights", Health.WARN, "Langfuse took a label for a prompt that is not there")


def _names(api: Api) -> Check:
    try:
        whole = api.echo(f"mooring doctor/{uuid.uuid4()}/{PROBE}")
    except Unreachable as error:
        api.health()  # or else it is not the name that does not get through
        return Check(_NAMES, Health.FAIL, f"A name with / % spaces and unicode does not get through. {error}", _PROXY)
    if whole:
        return Check(_NAMES, Health.OK, "Names with / % spaces and unicode get through as they are")
    return Check(_NAMES, Health.FAIL, "A name with / % spaces or unicode reaches Langfuse as another one", _PROXY)


_PROXY = "Let the proxies before Langfuse pass encoded slashes on undecoded (nginx: proxy_pass without a path)."


def _properties() -> Iterator[Check]:
    """Say what Langfuse is like, as far as it surprises."""
    yield Check(
        "protection",
        Health.NOTE,
        "Langfuse's protected labels do not bind API keys, so they protect nothing from whoever has one. Mooring moves "
        "the labels of the target's `labels:` and no others",
    )
    yield Check(
        "moves",
        Health.NOTE,
        "Langfuse moves a label without comparing: two writers at once can leave it on two versions, which is seen as "
        "split_label and healed by the next sync",
    )


def _encryption(url: str) -> Iterator[Check]:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        said = "The connection is not encrypted: keys and prompts can be read and changed on the way"
        yield Check("encryption", Health.WARN, said, "Write https:// in the target's url, where the server has it.")


def _limits(api: Api) -> Iterator[Check]:
    for resource, allowance in sorted(api.allowances.items()):
        said = f"{allowance.remaining} of {allowance.limit} requests are left for {allowance.reset:.0f} s"
        yield Check("rate limit", Health.NOTE, f"Langfuse limits {resource}: {said}")


def _app(api: Api, lists: Lists, keys: Keys, prompt: str) -> Check:
    """Ask for a prompt as an app does, with Langfuse's own SDK, and compare with what is stored."""
    try:
        sdk: Any = importlib.import_module("langfuse")
    except ImportError:
        fix = "Install it with `pip install 'mooring[langfuse]'` to have doctor look as an app does."
        return Check("app", Health.NOTE, "Langfuse's SDK is not installed here", fix)
    row = lists.one(prompt)
    stored = None if row is None else api.version(prompt, max(row.versions))
    if stored is None:
        return Check("app", Health.UNKNOWN, f"The prompt {prompt} is not there any more")
    content, _ = lens.decode(stored)
    client = sdk.Langfuse(
        public_key=keys.public, secret_key=keys.secret, base_url=keys.url, tracing_enabled=False, timeout=30
    )
    try:
        served: Any = client.get_prompt(
            prompt, version=stored["version"], type=stored["type"], cache_ttl_seconds=0, max_retries=0
        )
    except Exception as error:  # noqa: BLE001 - the SDK lets out what httpx, pydantic and its own API client raise
        message = f"An app with Langfuse's SDK does not get {prompt} ({type(error).__name__})"
        return Check("app", Health.FAIL, message, "Ask for it with the SDK to see why.")
    finally:
        client.shutdown()
    composed = isinstance(content, Artifact) and references(content)
    if served.config != stored["config"] or (not composed and _plain(served.prompt) != _plain(stored["prompt"])):
        return Check("app", Health.FAIL, f"An app with Langfuse's SDK gets another content of {prompt} than is stored")
    label = next((label for label in stored["labels"] if label != LATEST), LATEST)
    message = f"An app with Langfuse's SDK gets {prompt} as it is stored (version {stored['version']}, {label})"
    return Check("app", Health.OK, message)


def _plain(prompt: object) -> object:
    """Take off what the SDK puts on messages: their type."""
    if not isinstance(prompt, list):
        return prompt
    return [{key: value for key, value in turn.items() if (key, value) != ("type", "message")} for turn in prompt]
