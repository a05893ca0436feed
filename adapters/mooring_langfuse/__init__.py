"""Which Langfuse project does a target name?"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from mooring.ports import Adapter, Misconfigured, Options

__all__ = ["connect"]

MAX_PAGE = 100
"""Langfuse lists at most so many prompts at once."""

_EXTRA = frozenset({"page_size"})
_LOGIN = {"public_key": "LANGFUSE_PUBLIC_KEY", "secret_key": "LANGFUSE_SECRET_KEY"}
_WAY = "`public_key` and `secret_key`, as env:NAME each"


def connect(options: Options) -> Adapter:
    """Connect to `https://HOST[/PREFIX]`; the entry point. Sends nothing yet."""
    unknown = sorted((options.extra.keys() - _EXTRA) | (options.credentials.keys() - _LOGIN.keys()))
    if unknown:
        reason = f"The target {options.target} sets {', '.join(unknown)}, which Langfuse targets do not have."
        raise Misconfigured(f"{reason} They take {', '.join(sorted(_EXTRA))}, and credentials {_WAY}.")
    parts = urlsplit(options.url)
    if parts.scheme not in {"http", "https"}:
        reason = f"The target {options.target} has a url that is not http(s)://HOST."
        raise Misconfigured(f"{reason} Write it as https://cloud.langfuse.com, or as that of your own server.")
    if not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        reason = f"The target {options.target} has a url with more or less than a host and a path."
        raise Misconfigured(f"{reason} Write it as https://HOST, and the keys as credentials {_WAY}.")
    public, secret = _keys(options.target, options.credentials or _from_environment(options.environment))
    return _open(options, public, secret, _page_size(options))


def _open(options: Options, public: str, secret: str, page_size: int) -> Adapter:
    from mooring.http import Server, basic  # requests is loaded when a target connects, not before
    from mooring.ports import Tally
    from mooring_langfuse.adapter import LangfuseAdapter
    from mooring_langfuse.api import Api
    from mooring_langfuse.examination import Keys

    base = options.url.rstrip("/")
    tally = Tally()
    server = Server("Langfuse server", base, basic(public, secret), options.timeout, {})
    return LangfuseAdapter(Api(base, server, tally, options.pace), tally, Keys(base, public, secret), page_size)


def _keys(target: str, credentials: Mapping[str, str]) -> tuple[str, str]:
    wrong = [key for key, value in credentials.items() if not value or not value.isprintable()]
    if wrong:
        reason = f"The target {target} has an empty or unprintable {' and '.join(sorted(wrong))}."
        raise Misconfigured(f"{reason} Check the environment variable that it comes from.")
    match credentials:
        case {"public_key": public, "secret_key": secret}:
            if ":" in public:
                reason = f"The target {target} has a public_key with a colon, which no key of Langfuse has."
                raise Misconfigured(f"{reason} Check the environment variable that it comes from.")
            return public, secret
        case _:
            reason = f"The target {target} has not both of the keys that a Langfuse project is opened with."
            names = " and ".join(_LOGIN.values())
            raise Misconfigured(f"{reason} Give the credentials {_WAY}, or set {names} for its only Langfuse target.")


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Give what Langfuse's own SDK would log in with."""
    return {key: environment[name] for key, name in _LOGIN.items() if environment.get(name)}


def _page_size(options: Options) -> int:
    text = options.extra.get("page_size", str(MAX_PAGE))
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_PAGE:
        return int(text)
    reason = f"The target {options.target} has the page_size {text!r}."
    raise Misconfigured(f"{reason} Langfuse takes whole numbers from 1 to {MAX_PAGE}.")
