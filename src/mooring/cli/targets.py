"""Which targets does a command work with, connected how, and which of them share a rate budget?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from mooring.config import Config, ConfigInvalid, TargetConfig, resolve_credentials
from mooring.connect import connect
from mooring.pace import Budget, Paced
from mooring.ports import FORGETFUL, Adapter, Clock, Ledger, Misconfigured, Options, Recall
from mooring.progress import Progress
from mooring.run import Target


class UsageProblem(Exception):
    """The command line asks for what cannot be; the message says what can."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the targets of a run stand in. `folder` is that of mooring.yaml, absolute."""

    config: Config
    folder: str
    environment: Mapping[str, str]
    clock: Clock
    progress: Progress
    ledger: Callable[[str], Ledger]
    """Gives the ledger of a target."""
    recall: Recall = FORGETFUL


def targets_of(around: Surroundings, names: tuple[str, ...]) -> tuple[Target, ...]:
    """Make the targets named, all of them for none; connects to nothing. Raises UsageProblem."""
    budgets = budgets_of(around.config, around.clock)
    return tuple(_target(around, target, budgets[target.name]) for target in _chosen(around.config, names))


def budgets_of(config: Config, clock: Clock) -> Mapping[str, Budget]:
    """Give each target's rate budget: one for each host, or host and organisation.

    Organisations part a host's targets only where each of them names one: sharing is the careful choice.
    """
    unnamed = {_host(target) for target in config.targets.values() if target.organization is None}
    budgets: dict[tuple[str, str], Budget] = {}
    by_target: dict[str, Budget] = {}
    for target in config.targets.values():
        host = _host(target)
        organization = "" if host in unnamed else target.organization or ""
        name = f"{host} for {organization}" if organization else host
        budget = budgets.setdefault((host, organization), Budget(name, clock, config.share))
        for resource, rate in target.rates.items():
            budget.limit(resource, rate)
        by_target[target.name] = budget
    return by_target


def _host(target: TargetConfig) -> str:
    """Give what tells a target's host from others: no user, no path; the adapter's own where there is no url."""
    try:
        parts = urlsplit(target.url)
    except ValueError:
        return target.url
    if not parts.netloc:
        return f"{target.adapter} {target.url}".strip()
    host = parts.netloc.rpartition("@")[2].lower()
    return host.removesuffix({"https": ":443", "http": ":80"}.get(parts.scheme.lower(), ":"))


def _chosen(config: Config, names: tuple[str, ...]) -> tuple[TargetConfig, ...]:
    unknown = [name for name in names if name not in config.targets]
    if unknown:
        known = ", ".join(config.targets)
        raise UsageProblem(f"mooring.yaml has no target {', '.join(unknown)}. It has: {known}")
    return tuple(target for target in config.targets.values() if not names or target.name in names)


def _target(around: Surroundings, target: TargetConfig, budget: Budget) -> Target:
    around.progress.follow(target.name, budget)
    return Target(
        name=target.name,
        adapter=target.adapter,
        labels=target.labels,
        settings=around.config.settings(target),
        connect=partial(_connect, around, target, Paced(budget, partial(around.progress.wait, target.name))),
        ledger=around.ledger(target.name),
        naming=target.naming,
        limits=around.config.limits,
        project=target.project,
        recall=around.recall,
        freezes=around.config.freezes,
    )


def _connect(around: Surroundings, target: TargetConfig, pace: Paced) -> Adapter:
    """Connect with the target's own credentials, or with the platform's variables where they can mean nothing else."""
    only = sum(1 for other in around.config.targets.values() if other.adapter == target.adapter) == 1
    try:
        credentials = resolve_credentials(target, around.environment)
    except ConfigInvalid as error:
        raise Misconfigured(str(error)) from error
    options = Options(
        target=target.name,
        url=target.url,
        credentials=credentials,
        folder=around.folder,
        timeout=target.timeout,
        extra=target.options,
        environment=around.environment if only and not target.credentials else {},
        pace=pace,
    )
    return connect(target.adapter, options)
