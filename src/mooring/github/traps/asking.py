"""How is GitHub asked for what its settings say? Four reads at most, and none after the first that is not answered."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from mooring.github.api import Api
from mooring.github.refusals import Refused, Right
from mooring.github.traps import settings
from mooring.github.traps.settings import About, Settings, Unseen, unseen
from mooring.ports import ForgeError

_T = TypeVar("_T")


def ask(api: Api, branch: str | None) -> Settings:
    """Ask for the repository, and for the rules of a branch, None: of the default branch; raises nothing."""
    try:
        found = settings.about(api.get("", "the repository", Right.CONTENTS))
    except ForgeError as error:
        return unseen(Unseen(str(error)))
    if not isinstance(found, About):
        return unseen(found)
    try:
        return _asked(api, found, quote(branch or found.default_branch, safe=""))
    except ForgeError as error:
        silent = Unseen(str(error))
        return Settings(found, silent, silent, silent)


def _asked(api: Api, found: About, branch: str) -> Settings:
    """Ask for the rest; raises ForgeError where GitHub does not answer at all."""
    return Settings(
        found,
        _seen(
            lambda: settings.rules(
                api.get(f"/rules/branches/{branch}", "the rules", Right.CONTENTS, {"per_page": "100"})
            )
        ),
        _seen(lambda: settings.protection(api.get(f"/branches/{branch}", "the branch", Right.CONTENTS))),
        _seen(lambda: settings.defaults(api.get("/actions/permissions/workflow", "the permissions", Right.CONTENTS))),
    )


def _seen(ask_once: Callable[[], _T]) -> _T | Unseen:
    try:
        return ask_once()
    except Refused as error:
        return Unseen(str(error))
