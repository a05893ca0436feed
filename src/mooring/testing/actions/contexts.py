"""Which contexts may an expression use, where it stands, and what do they hold?

"Contexts reference", section Context availability: a name that is not available is an error, as on GitHub. So `secrets`
has no place in an `if`, nor in a composite action.
"""

from collections.abc import Callable, Mapping
from enum import Enum

from mooring.testing.actions.evaluation import Scope
from mooring.testing.actions.events import Event
from mooring.testing.actions.functions import Function
from mooring.testing.actions.hashing import hash_files
from mooring.testing.actions.results import Conclusion
from mooring.testing.actions.site import Site
from mooring.testing.actions.values import Value, text

_RUN = frozenset({"github", "inputs", "vars"})
_JOB = _RUN | {"needs", "strategy", "matrix"}
_STEP = _JOB | {"job", "runner", "env", "steps"}


class Place(Enum):
    """Where an expression stands."""

    CONCURRENCY = "concurrency of the workflow"
    ENV = "env of the workflow"
    JOB_IF = "if of a job"
    JOB = "name, environment and concurrency of a job"
    JOB_ENV = "env of a job"
    JOB_DEFAULTS = "defaults of a job"
    STEP_IF = "if of a step"
    STEP = "the rest of a step, and a job's outputs"
    COMPOSITE = "all of a composite action's steps, and its outputs"
    INPUT_DEFAULT = "the default of an action's input"


_AVAILABLE: Mapping[Place, frozenset[str]] = {
    Place.CONCURRENCY: _RUN,
    Place.ENV: _RUN | {"secrets"},
    Place.JOB_IF: _RUN | {"needs"},
    Place.JOB: _JOB,
    Place.JOB_ENV: _JOB | {"secrets"},
    Place.JOB_DEFAULTS: _JOB | {"env"},
    Place.STEP_IF: _STEP,
    Place.STEP: _STEP | {"secrets"},
    Place.COMPOSITE: _STEP - {"needs", "vars"},
    Place.INPUT_DEFAULT: frozenset({"github", "strategy", "matrix", "job", "runner"}),
}


def scope(place: Place, contexts: Mapping[str, Value], functions: Mapping[str, Function] | None = None) -> Scope:
    """Give what may be used at a place; a context that nobody made yet is empty there."""
    return Scope({name: contexts.get(name, {}) for name in sorted(_AVAILABLE[place])}, functions or {})


def status_functions(status: Callable[[Conclusion], bool]) -> dict[str, Function]:
    """Give success, failure, cancelled and always; `status` tells whether things stand so."""
    return {
        "success": Function(0, 0, lambda _: status(Conclusion.SUCCESS)),
        "failure": Function(0, 0, lambda _: status(Conclusion.FAILURE)),
        "cancelled": Function(0, 0, lambda _: status(Conclusion.CANCELLED)),
        "always": Function(0, 0, lambda _: True),
    }


def files_function(workspace: str) -> dict[str, Function]:
    """Give hashFiles."""
    return {"hashfiles": Function(1, 255, lambda arguments: hash_files(workspace, [text(one) for one in arguments]))}


def github_context(event: Event, site: Site, workflow: str) -> dict[str, Value]:
    """Give `github`, without what belongs to a job. All but the event are texts."""
    kind = "tag" if event.ref.startswith("refs/tags/") else "branch"
    repository, url = site.github.repository, site.github.url
    return {
        "actor": event.actor,
        "actor_id": str(event.actor_id),
        "api_url": url,
        "base_ref": event.base_ref,
        "event": event.payload,
        "event_name": event.name,
        "graphql_url": f"{url}/graphql",
        "head_ref": event.head_ref,
        "ref": event.ref,
        "ref_name": _short(event.ref),
        "ref_protected": "false",
        "ref_type": kind,
        "repository": repository,
        "repository_owner": repository.partition("/")[0],
        "retention_days": "90",
        "run_attempt": str(event.run_attempt),
        "run_id": str(event.run_id),
        "run_number": str(event.run_number),
        "server_url": url,
        "sha": event.sha,
        "triggering_actor": event.triggering_actor or event.actor,
        "workflow": workflow,
        "workflow_ref": f"{repository}/{site.workflow_path}@{event.ref}",
        "workflow_sha": event.sha,
    }


def default_variables(github: Mapping[str, Value]) -> dict[str, str]:
    """Give the variables that every step has ("Variables reference", section Default environment variables)."""
    told = {f"GITHUB_{name.upper()}": text(value) for name, value in github.items() if name not in {"event", "token"}}
    return {**told, "CI": "true", "GITHUB_ACTIONS": "true"}


def _short(ref: str) -> str:
    for prefix in ("refs/heads/", "refs/tags/", "refs/pull/"):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    return ref
