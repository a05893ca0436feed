"""Where is the MLflow that a target names: behind http(s), or in an SQLite file?"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mooring.ports import Adapter, Misconfigured, Options, Tally
from mooring_mlflow.adapter import MAX_PAGE, MlflowAdapter, Place

__all__ = ["connect"]

_EXTRA = frozenset({"workspace", "page_size"})
_LOGIN = frozenset({"username", "password", "token"})


def connect(options: Options) -> Adapter:
    """Connect to `https://HOST[/PREFIX]` or `sqlite:///FILE`; the entry point. Sends nothing yet.

    A served registry is asked over REST without importing mlflow; one in a file needs the package. A file is relative
    to `folder` unless it starts with another `/`.
    """
    unknown = sorted((options.extra.keys() - _EXTRA) | (options.credentials.keys() - _LOGIN))
    if unknown:
        reason = f"The target {options.target} sets {', '.join(unknown)}, which MLflow targets do not have."
        raise Misconfigured(f"{reason} They take {', '.join(sorted(_EXTRA))}, and credentials {_WAYS}.")
    match urlsplit(options.url).scheme:
        case "http" | "https":
            return _served(options)
        case "sqlite":
            return _embedded(options)
        case _:
            reason = f"The target {options.target} has a url that is neither http(s)://HOST nor sqlite:///FILE."
            raise Misconfigured(f"{reason} For another database, run `mlflow server` over it and give its address.")


_WAYS = "`username` and `password`, or `token`"


def _served(options: Options) -> Adapter:
    from mooring_mlflow import rest  # requests is loaded when a target connects, not before

    parts = urlsplit(options.url)
    if not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        reason = f"The target {options.target} has a url with more or less than a host and a path."
        raise Misconfigured(f"{reason} Write it as https://HOST, and a login as credentials {_WAYS}.")
    credentials = options.credentials or _from_environment(options.environment)
    wrong = [key for key, value in credentials.items() if not value or not value.isprintable()]
    match {key: value for key, value in credentials.items() if key not in wrong}:
        case _ if wrong:
            reason = f"The target {options.target} has an empty or unprintable {' and '.join(sorted(wrong))}."
            raise Misconfigured(f"{reason} Check the environment variable that it comes from.")
        case {"token": token, **rest_of} if not rest_of:
            login = rest.bearer(token)
        case {"username": username, "password": password, **rest_of} if not rest_of:
            login = rest.basic(username, password)
        case {**given} if not given:
            login = rest.Login()
        case _:
            reason = f"The target {options.target} has credentials that are not {_WAYS}."
            raise Misconfigured(f"{reason} Give one of the two, or none for an open server.")
    base = options.url.rstrip("/")
    workspace = options.extra.get("workspace") or options.environment.get("MLFLOW_WORKSPACE") or None
    tally = Tally()
    registry = rest.RestRegistry(base, login, tally, options.timeout, workspace, options.pace)
    return MlflowAdapter(registry, tally, Place(base, base, workspace, _page_size(options)))


def _from_environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Give what MLflow's own client would log in with."""
    names = {"username": "MLFLOW_TRACKING_USERNAME", "password": "MLFLOW_TRACKING_PASSWORD"}
    login = {key: environment[name] for key, name in names.items() if environment.get(name)}
    if login:
        return login
    token = environment.get("MLFLOW_TRACKING_TOKEN")
    return {"token": token} if token else {}


def _embedded(options: Options) -> Adapter:
    from mooring_mlflow.embedded import open_registry  # it imports mlflow, which takes seconds

    if options.credentials or "workspace" in options.extra:
        reason = f"The target {options.target} is a file, which has neither credentials nor workspaces."
        raise Misconfigured(f"{reason} Take them out, or give the address of a server.")
    name = options.url.removeprefix("sqlite:///")
    if not name or name == options.url or "?" in name:
        reason = f"The target {options.target} has a url that names no file."
        raise Misconfigured(f"{reason} Write sqlite:///FILE, or sqlite:////ABSOLUTE/FILE.")
    url = f"sqlite:///{Path(options.folder, name).resolve()}"
    tally = Tally()
    return MlflowAdapter(open_registry(url, tally), tally, Place(url, None, None, _page_size(options)))


def _page_size(options: Options) -> int:
    text = options.extra.get("page_size", str(MAX_PAGE))
    if text.isascii() and text.isdigit() and 2 <= int(text) <= MAX_PAGE:
        return int(text)
    reason = f"The target {options.target} has the page_size {text!r}."
    raise Misconfigured(f"{reason} MLflow takes whole numbers up to {MAX_PAGE}, and pages overlap by one: at least 2.")
