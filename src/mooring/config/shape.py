"""Which fields does mooring.yaml have?"""

from collections.abc import Iterable
from enum import StrEnum

from mooring.core.policy import Mode, PromoteNow, Prune, WhenAhead, WhenMissing, WhenRelabelled
from mooring.core.span import SPAN
from mooring.core.state import State
from mooring.formats.prompt_shapes import LABEL
from mooring.formats.shape import Either, Field, ListOf, MapOf, Record, Rule, Text, Whole


def _one_of(words: Iterable[StrEnum], refused: dict[str, str] | None = None) -> Text:
    return Text(one_of=tuple(word.value for word in words), refused=refused or {})


_WORD = Text(rules=(Rule(r"\S", "is empty", "Write it, or take the field out."),))
_ENVIRONMENT = Text(
    rules=(
        Rule(
            r"^env:[A-Za-z_][A-Za-z0-9_]*$",
            "is written out, and secrets do not belong in Git",
            "Put the value into an environment variable and write `env:ITS_NAME` here. "
            "If it was ever committed, replace it on the platform.",
        ),
    ),
    secret=True,
)
ISSUES = "github"
"""What an alert writes under `notify` to have issues opened on the Git host."""

_NOTIFY = Text(
    rules=(
        Rule(
            rf"^(env:[A-Za-z_][A-Za-z0-9_]*|{ISSUES})$",
            "is written out, and secrets do not belong in Git",
            "Put the Apprise URL into an environment variable and write `env:ITS_NAME` here, or `github` for issues.",
        ),
    ),
    secret=True,
)
_SPAN = Text(rules=(Rule(SPAN, "is {}", "Write a span of time: 90s, 15m, 4h, 1d or 1w."),))
_URL = Text(
    rules=(
        Rule(r"\S", "is empty", "Write where the platform is."),
        Rule(
            r"^(?![A-Za-z][A-Za-z0-9+.-]*://[^/\s]*:[^/\s]*@)",
            "holds a password, and secrets do not belong in Git",
            "Take `user:password@` out and use `credentials:`. If it was ever committed, replace the password.",
        ),
    ),
)
_ID = Text(rules=(Rule(r"^[A-Za-z0-9._-]{1,64}$", "is {}", "Use 1 to 64 letters, digits, `.`, `_` and `-`."),))
_FOLDER = Text(
    rules=(
        Rule(
            r"^(?!/)(?![A-Za-z]:)(?!(.*/)?\.\.(/|$))[^\\]*$",
            "is {}, which is not a folder below this file",
            "Write a path such as prompts/ with `/` between folders.",
        ),
    )
)
_GLOB = Text(
    rules=(
        Rule(r"\S", "is empty", "Write a prompt's name."),
        Rule(r"^[^*]*\*?[^*]*$", "is {}, with more than one `*`", "Write `*` once: it stands for any text."),
    )
)
_REF = Text(
    rules=(
        Rule(
            r"^refs/(?!heads/|tags/|remotes/)[A-Za-z0-9_][A-Za-z0-9_/-]*$",
            "is {}",
            "Name refs of its own, such as refs/mooring, or use `branch:`.",
        ),
    )
)
_BRANCH = Text(rules=(Rule(r"^(?!refs/|-)[^\s~^:?*\[\\]+$", "is {}", "Write the branch's name alone."),))
_AMOUNT = Either(
    (
        Text(rules=(Rule(r"^(100|[0-9]{1,2}(\.[0-9]+)?)%$", "is {}", "Write a share such as 30% or a number."),)),
        Whole(),
    ),
    "a share such as 30% or a whole number",
)

_SHARE = Text(
    rules=(
        Rule(
            r"^(?!0+(\.0+)?%$)(100|[0-9]{1,2}(\.[0-9]+)?)%$",
            "is {}",
            "Write a share of more than nothing, such as 50%, as a text.",
        ),
    )
)
_RATE = Text(
    rules=(
        Rule(
            r"^[1-9][0-9]{0,8}/(s|min|h)$",
            "is {}",
            "Write requests in a second, a minute or an hour: 10/s, 1000/min or 5000/h.",
        ),
    )
)

_POLICY = Record(
    "What happens to an address in a state, beside holding it.",
    {
        "platform_ahead": Field(
            _one_of(WhenAhead), "Somebody pointed the label at content that was never reviewed (default: block)."
        ),
        "relabelled": Field(
            _one_of(
                WhenRelabelled, {"revert": "A move to reviewed content is never fought: write `alert` or `block`."}
            ),
            "Somebody pointed the label at other reviewed content (default: alert).",
        ),
        "missing": Field(_one_of(WhenMissing), "The label or the prompt is gone from the platform (default: block)."),
        "prune": Field(
            _one_of(Prune),
            "Git no longer declares what it once published (default: report). `delete` archives first.",
        ),
        "promote_now": Field(
            _one_of(PromoteNow), "Whether `mooring promote --now` may move a label before Git agreed (default: allow)."
        ),
    },
)
_MODE = _one_of(Mode)
_TARGET = Record(
    "One platform project.",
    {
        "adapter": Field(
            _WORD,
            "The kind of platform: `langfuse`, `mlflow`, `memory` or an adapter that is installed.",
            required=True,
        ),
        "url": Field(_URL, "Where the platform is."),
        "credentials": Field(
            MapOf(Text(), _ENVIRONMENT), "The adapter's credentials, each as `env:NAME` of an environment variable."
        ),
        "project": Field(_WORD, "The project's identity, pinned by `init`: another one behind the URL stops the run."),
        "mode": Field(_MODE, "What may be written: `observe` nothing, `create-only`, `upsert`.", required=True),
        "labels": Field(
            Either((ListOf(LABEL, least=1), MapOf(LABEL, LABEL, least=1)), "a list or a mapping"),
            "The labels managed here: a list, or a mapping from the platform's label to Git's.",
            required=True,
        ),
        "rename": Field(
            MapOf(_GLOB, _GLOB), "Git names to platform names, where the platform forbids a name. `*` is any text."
        ),
        "policy": Field(_POLICY, "Outranks the `policy` at the top for this target."),
        "organization": Field(
            _WORD,
            "Whose rate limit this target's requests count for, where one host serves several organisations. The "
            "targets of a host share one budget unless each of them names its organisation.",
        ),
        "rate": Field(
            Either((_RATE, MapOf(_WORD, _RATE, least=1)), "a rate such as 1000/min, or a mapping of them"),
            "The platform's rate limit, where answers do not tell it: for all requests, or by what the platform counts "
            "together, in the adapter's words.",
        ),
        "timeout": Field(Whole(least=1, most=600), "Seconds to wait for one answer of the platform (default: 30)."),
        "options": Field(MapOf(Text(), Text()), "Whatever else the adapter knows."),
    },
    elsewhere={
        "prune": "Write it under `policy:`.",
        "label": "Write `labels: [production]`.",
        "share": "Write it under `limits:` at the top.",
    },
)
_RULE = Record(
    "Settings for the prompts whose name matches; they outrank those of targets, and later rules win.",
    {
        "match": Field(_WORD, "A glob (`*`, `?`) on the prompt's name.", required=True),
        "policy": Field(_POLICY, "The policy of these prompts."),
        "mode": Field(_MODE, "The mode of these prompts."),
        "owners": Field(ListOf(_WORD), "Who is asked and told about these prompts."),
    },
)
_LIMITS = Record(
    "How much one run may change on one target before it stops, and how much of a rate limit it may use.",
    {
        "updates": Field(_AMOUNT, "Addresses that one run may change (default: 30%)."),
        "deletes": Field(_AMOUNT, "Addresses that one run may retire (default: 10%)."),
        "min_existing": Field(Whole(), "Shares count only where a target has at least so many (default: 10)."),
        "share": Field(
            _SHARE, "What a run uses at most of a platform's rate limit; apps and people keep the rest (default: 50%)."
        ),
    },
)
_ALERT = Record(
    "Whom to tell of what.",
    {
        "notify": Field(
            _NOTIFY, "`env:NAME` of a variable that holds an Apprise URL, or `github` for issues.", required=True
        ),
        "labels": Field(ListOf(LABEL, least=1), "Only for these labels."),
        "states": Field(ListOf(_one_of(State), least=1), "Only for these states."),
        "after": Field(_SPAN, "Tell only what lasted so long, as 15m (default: at once)."),
        "digest": Field(_SPAN, "Gather what there is to tell and say it once in so long, as 1d (default: at once)."),
    },
)
_MOMENT = Text(
    rules=(
        Rule(
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$",
            "is {}",
            "Write a date such as 2026-12-20, or a moment such as 2026-12-20T18:00Z.",
        ),
    )
)
_WALL = r"(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):([0-5][0-9])"
WEEKLY = rf"^{_WALL} - {_WALL}$"
"""A span of every week, as `fri 16:00 - mon 08:00`."""

_FREEZE = Record(
    "A window in which nothing is written.",
    {
        "match": Field(_WORD, "The addresses, as a glob: `langfuse-prod:*`, `support/*` (default: all)."),
        "from": Field(_MOMENT, "When it begins; UTC where no zone is written."),
        "until": Field(_MOMENT, "When it ends."),
        "weekly": Field(
            Text(rules=(Rule(WEEKLY, "is {}", "Write a span such as fri 16:00 - mon 08:00."),)),
            "The same span in every week, in place of `from` and `until`.",
        ),
        "zone": Field(_WORD, "The time zone of `weekly`, as Europe/Oslo (default: UTC)."),
        "reason": Field(_WORD, "Why; it is shown wherever something waits for the end.", required=True),
    },
)
_SECRETS = Record(
    "What looks like a secret in a prompt.",
    {
        "allow": Field(
            ListOf(
                Text(
                    rules=(
                        Rule(
                            r"^sha256:[0-9a-f]{16}$", "is {}", "Copy the fingerprint from what validate or plan says."
                        ),
                    )
                )
            ),
            "Fingerprints of what is no secret.",
        )
    },
)
_LEDGER = Record(
    "Where Mooring keeps what it remembers.",
    {
        "ref": Field(_REF, "A prefix of refs in this repository (default: refs/mooring)."),
        "branch": Field(_BRANCH, "A branch, for Git hosts that take no other refs."),
        "file": Field(_WORD, "A file, for one machine alone."),
        "remote": Field(_WORD, "The Git remote that shares it (default: origin)."),
    },
    not_both=("ref", "branch", "file"),
)

CONFIG = Record(
    "Which prompts go where: mooring.yaml",
    {
        "version": Field(Whole(least=1, most=1), "The format of this file: 1.", required=True),
        "id": Field(_ID, "Who this repository is in provenance and ledger; never change it.", required=True),
        "branch": Field(_BRANCH, "The branch that is true (default: the remote's HEAD)."),
        "prompts": Field(_FOLDER, "The folder of the prompts (default: prompts/)."),
        "targets": Field(
            MapOf(_ID, _TARGET, least=1), "The platform projects, by a name of your choice.", required=True
        ),
        "policy": Field(_POLICY, "What happens to an address in a state, beside holding it."),
        "rules": Field(ListOf(_RULE), "Settings by prompt name."),
        "limits": Field(_LIMITS, "How much one run may change before it stops, and its share of rate limits."),
        "alerts": Field(ListOf(_ALERT), "Whom to tell of what."),
        "freeze": Field(ListOf(_FREEZE), "Windows in which nothing is written."),
        "secrets": Field(_SECRETS, "What looks like a secret in a prompt and is none."),
        "ledger": Field(_LEDGER, "Where Mooring keeps what it remembers."),
    },
    elsewhere={"mode": "Each target states its own `mode:`.", "labels": "Each target states its own `labels:`."},
)
