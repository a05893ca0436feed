"""What can mooring.yaml say, once it was read and checked?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from mooring.core.desired import Problem
from mooring.core.freeze import Freeze
from mooring.core.naming import Naming
from mooring.core.policy import Limits, Mode, PolicyPart, Rule, Settings, settings_for
from mooring.core.state import State
from mooring.pace import SHARE, Rate

DEFAULT_PROMPTS = "prompts/"
DEFAULT_REMOTE = "origin"
DEFAULT_REF = "refs/mooring"


class ConfigInvalid(Exception):
    """The config cannot be used; `problems` names all that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value that stands in an environment variable, and where the config asks for it."""

    variable: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """One target as configured. `labels` maps platform labels to Git labels, `timeout` is in seconds.

    `rates` are the platform's limits by resource, as the adapter names it; ANY is all requests together.
    """

    name: str
    adapter: str
    mode: Mode
    labels: Mapping[str, str]
    url: str = ""
    credentials: Mapping[str, FromEnvironment] = field(default_factory=dict[str, FromEnvironment])
    project: str | None = None
    naming: Naming = Naming()
    policy: PolicyPart = PolicyPart()
    timeout: float = 30.0
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    organization: str | None = None
    rates: Mapping[str, Rate] = field(default_factory=dict[str, Rate])


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """Whom to tell of what; None: of all labels, of all states.

    `notify` holds an Apprise URL; None: an issue on the Git host is opened instead. `after` is for how many seconds
    a cause must last before it is told, `digest` how many seconds lie between summaries (0: each is told by itself).
    """

    notify: FromEnvironment | None
    labels: tuple[str, ...] | None = None
    states: tuple[State, ...] | None = None
    after: float = 0.0
    digest: float = 0.0


class LedgerPlace(StrEnum):
    """What kind of place the ledger is kept in."""

    REF = "ref"
    BRANCH = "branch"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class LedgerConfig:
    """Where the ledger is: a prefix of refs, a branch or a file; the first two shared through `remote`."""

    place: LedgerPlace = LedgerPlace.REF
    where: str = DEFAULT_REF
    remote: str = DEFAULT_REMOTE


@dataclass(frozen=True, slots=True)
class Config:
    """All of mooring.yaml. `prompts` ends with `/`, or is '' where the prompts stand beside the file.

    `share` is the part of a platform's rate limit, from 0 to 1, that a run may use. `secrets_allowed` are
    fingerprints of what looks like a secret and is none.
    """

    id: str
    targets: Mapping[str, TargetConfig]
    branch: str | None = None
    prompts: str = DEFAULT_PROMPTS
    policy: PolicyPart = PolicyPart()
    rules: tuple[Rule, ...] = ()
    limits: Limits = Limits()
    share: float = SHARE
    alerts: tuple[AlertConfig, ...] = ()
    ledger: LedgerConfig = LedgerConfig()
    freezes: tuple[Freeze, ...] = ()
    secrets_allowed: frozenset[str] = frozenset()

    def settings(self, target: TargetConfig) -> Callable[[str], Settings]:
        """Give what tells the settings of a prompt on a target."""
        return partial(settings_for, mode=target.mode, top=self.policy, target=target.policy, rules=self.rules)
