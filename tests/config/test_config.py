"""mooring.yaml is read whole, or every mistake in it is told at once; no secret is ever repeated."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mooring.config import (
    AlertConfig,
    Config,
    ConfigInvalid,
    FromEnvironment,
    LedgerConfig,
    LedgerPlace,
    TargetConfig,
    load_config,
    resolve_credentials,
    resolve_notify,
)
from mooring.config.shape import CONFIG
from mooring.core.naming import Naming
from mooring.core.policy import (
    Limit,
    Limits,
    Mode,
    Policy,
    PolicyPart,
    Prune,
    Rule,
    Settings,
    WhenAhead,
    WhenMissing,
    WhenRelabelled,
)
from mooring.core.state import State
from mooring.pace import ANY, Rate

EXAMPLE = Path(__file__).parents[2] / "config" / "mooring.example.yaml"
HEAD = "version: 1\nid: acme\n"
LATEST = ", which belongs to the platform: it always means the newest version"
TARGET = "targets: {a: {adapter: memory, mode: observe, labels: [production]}}\n"


def load(text: str) -> Config:
    return load_config(text.encode(), "mooring.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as refused:
        load(text)
    assert all(problem.path == "mooring.yaml" for problem in refused.value.problems)
    return [f"{problem.line}: {problem.message}" for problem in refused.value.problems]


def test_the_least_config() -> None:
    target = TargetConfig("a", "memory", Mode.OBSERVE, {"production": "production"})
    assert load(HEAD + TARGET) == Config("acme", {"a": target})


def test_the_annotated_example_is_valid_and_says_everything() -> None:
    config = load_config(EXAMPLE.read_bytes(), "mooring.yaml")
    prod, dev, local, cloud = config.targets.values()
    assert prod.credentials["username"].variable == "MLFLOW_PROD_USERNAME"
    assert prod.naming.on_platform("acme/x") == "acme.x"
    assert dev.labels == {"production": "staging"}
    assert dev.policy == PolicyPart(platform_ahead=WhenAhead.REVERT)
    assert local.url == "sqlite:///mlflow.db"
    assert (cloud.organization, cloud.rates) == ("acme", {"public-api": Rate(30, 60.0)})
    assert (config.limits, config.share) == (Limits(), 0.5)
    assert config.branch == "main"
    states = (State.PLATFORM_AHEAD, State.CONFLICT, State.MISSING, State.SPLIT_LABEL, State.UNKNOWN)
    told, issues, summary = config.alerts
    assert (told.labels, told.states) == (("production",), states)
    assert (issues.notify, issues.after, summary.digest) == (None, 900.0, 86400.0)
    assert [one.match for one in config.freezes] == ["*", "mlflow-prod:*"]
    assert config.secrets_allowed == {"sha256:0123456789abcdef"}
    assert set(CONFIG.fields) == set(yaml.safe_load(EXAMPLE.read_bytes()))


def test_a_target_may_state_everything() -> None:
    config = load(
        HEAD + "targets:\n"
        "  a:\n"
        "    adapter: mlflow\n"
        "    url: https://h:5000/x@y\n"
        "    credentials: {token: env:T}\n"
        "    project: p\n"
        "    mode: create-only\n"
        "    labels: {production: staging}\n"
        "    rename: {a/*: a.*}\n"
        "    policy: {missing: revert, prune: retire}\n"
        "    timeout: 5\n"
        "    options: {x: 'true'}\n"
        "    organization: o\n"
        "    rate: 2/s\n"
    )
    assert config.targets["a"] == TargetConfig(
        name="a",
        adapter="mlflow",
        mode=Mode.CREATE_ONLY,
        labels={"production": "staging"},
        url="https://h:5000/x@y",
        credentials={"token": FromEnvironment("T", "mooring.yaml", 7)},
        project="p",
        naming=Naming({"a/*": "a.*"}),
        policy=PolicyPart(missing=WhenMissing.REVERT, prune=Prune.RETIRE),
        timeout=5.0,
        options={"x": "true"},
        organization="o",
        rates={ANY: Rate(2, 1.0)},
    )


def test_settings_follow_their_order_of_precedence() -> None:
    config = load(
        HEAD
        + "targets: {a: {adapter: m, mode: upsert, labels: [x], policy: {platform_ahead: alert, missing: alert}}}\n"
        "policy: {platform_ahead: revert, relabelled: block}\n"
        "rules:\n- {match: 'm/*', policy: {platform_ahead: adopt}, owners: [o]}\n- {match: 'm/x', mode: observe}\n"
    )
    settings = config.settings(config.targets["a"])
    top = Policy(WhenAhead.ALERT, WhenRelabelled.BLOCK, WhenMissing.ALERT)
    assert settings("other") == Settings(Mode.UPSERT, top)
    assert settings("m/x") == Settings(
        Mode.OBSERVE, Policy(WhenAhead.ADOPT, WhenRelabelled.BLOCK, WhenMissing.ALERT), ("o",)
    )
    assert config.rules[1] == Rule("m/x", mode=Mode.OBSERVE)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("prompts", "prompts/"),
        ("./a//b/", "a/b/"),
        (".", ""),
        ("''", ""),
    ],
)
def test_the_prompts_folder_ends_with_a_slash(written: str, read: str) -> None:
    assert load(f"{HEAD}{TARGET}prompts: {written}\n").prompts == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("{}", LedgerConfig()),
        ("{ref: refs/own, remote: up}", LedgerConfig(LedgerPlace.REF, "refs/own", "up")),
        ("{branch: mooring-ledger}", LedgerConfig(LedgerPlace.BRANCH, "mooring-ledger")),
        ("{file: .mooring/ledger.json}", LedgerConfig(LedgerPlace.FILE, ".mooring/ledger.json")),
    ],
)
def test_the_ledger_has_one_place(written: str, read: LedgerConfig) -> None:
    assert load(f"{HEAD}{TARGET}ledger: {written}\n").ledger == read


def test_limits_are_shares_or_numbers() -> None:
    limits = load(f"{HEAD}{TARGET}limits: {{updates: 12.5%, deletes: 3, min_existing: 0}}\n").limits
    assert limits == Limits(Limit(0.125, None), Limit(None, 3), 0)
    assert load(f"{HEAD}{TARGET}limits: {{updates: 100%}}\n").limits.updates == Limit(1.0, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("10/s", {ANY: Rate(10, 1.0)}),
        ("1000/min", {ANY: Rate(1000, 60.0)}),
        ("5000/h", {ANY: Rate(5000, 3600.0)}),
        ("{public-api: 30/min, list: 10/s}", {"public-api": Rate(30, 60.0), "list": Rate(10, 1.0)}),
    ],
)
def test_a_targets_rate_is_one_for_all_requests_or_by_resource(written: str, read: dict[str, Rate]) -> None:
    config = load(f"{HEAD}targets: {{a: {{adapter: m, mode: upsert, labels: [x], rate: {written}}}}}\n")
    assert config.targets["a"].rates == read


def test_the_share_of_a_rate_limit_is_half_unless_it_says_otherwise() -> None:
    assert load(HEAD + TARGET).share == 0.5
    assert load(f"{HEAD}{TARGET}limits: {{share: 12.5%}}\n").share == 0.125
    assert load(f"{HEAD}{TARGET}limits: {{share: 100%}}\n").share == 1.0


def test_a_langfuse_target_names_its_keys_project_and_organisation() -> None:
    config = load(
        f"{HEAD}targets:\n"
        "  eu:\n"
        "    adapter: langfuse\n"
        "    url: https://cloud.langfuse.com\n"
        "    credentials: {public_key: env:LANGFUSE_EU_PUBLIC_KEY, secret_key: env:LANGFUSE_EU_SECRET_KEY}\n"
        "    project: p\n"
        "    organization: acme\n"
        "    mode: upsert\n"
        "    labels: [production]\n"
        "    rate: {public-api: 30/min}\n"
    )
    target = config.targets["eu"]
    assert {name: asked.variable for name, asked in target.credentials.items()} == {
        "public_key": "LANGFUSE_EU_PUBLIC_KEY",
        "secret_key": "LANGFUSE_EU_SECRET_KEY",
    }
    assert (target.project, target.organization) == ("p", "acme")


def test_alerts_may_be_about_everything() -> None:
    config = load(f"{HEAD}{TARGET}alerts:\n- notify: env:URL\n")
    assert config.alerts == (AlertConfig(FromEnvironment("URL", "mooring.yaml", 5)),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "None: the file is empty"),
        ("[]", "1: the file is a list, not a mapping"),
        (HEAD, "1: the file lacks `targets`"),
        ("version: 1\n" + TARGET, "1: the file lacks `id`"),
        ("id: acme\n" + TARGET, "1: the file lacks `version`"),
        ("version: 2\nid: acme\n" + TARGET, "1: `version` is 2"),
        ("version: '1'\nid: acme\n" + TARGET, "1: `version` is a text, not a whole number"),
        ("version: 1\nid: a b\n" + TARGET, "2: `id` is `a b`"),
        ("version: 1\nid: ''\n" + TARGET, "2: `id` is ``"),
        (f"version: 1\nid: {'a' * 65}\n" + TARGET, f"2: `id` is `{'a' * 65}`"),
        (HEAD + "targets: {}\n", "3: `targets` is empty"),
        (HEAD + TARGET + "polices: {}\n", "4: the file has an unknown field `polices`"),
        (HEAD + TARGET + "mode: upsert\n", "4: the file has an unknown field `mode`"),
        (HEAD + TARGET + "policy: {prune: purge}\n", "4: `prune` of `policy` may not be `purge`"),
        (HEAD + TARGET + "policy: {relabelled: revert}\n", "4: `relabelled` of `policy` may not be `revert`"),
        (HEAD + TARGET + "rules: [{policy: {}}]\n", "4: item 1 of `rules` lacks `match`"),
        (HEAD + TARGET + "limits: {updates: 101%}\n", "4: `updates` of `limits` is `101%`"),
        (
            HEAD + TARGET + "limits: {updates: 0.3}\n",
            "4: `updates` of `limits` is the number 0.3, not a share such as 30% or a whole number",
        ),
        (HEAD + TARGET + "limits: {share: 0%}\n", "4: `share` of `limits` is `0%`"),
        (HEAD + TARGET + "limits: {share: 00.0%}\n", "4: `share` of `limits` is `00.0%`"),
        (HEAD + TARGET + "limits: {share: 101%}\n", "4: `share` of `limits` is `101%`"),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], rate: 10 per minute}}\n",
            "3: `rate` of `a` in `targets` is `10 per minute`",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], rate: {list: 0/s}}}\n",
            "3: `list` in `rate` of `a` in `targets` is `0/s`",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], rate: 60}}\n",
            "3: `rate` of `a` in `targets` is the number 60, not a rate such as 1000/min, or a mapping of them",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], public_key: env:K}}\n",
            "3: `a` in `targets` has an unknown field `public_key`",
        ),
        (HEAD + TARGET + "ledger: {ref: refs/heads/x}\n", "4: `ref` of `ledger` is `refs/heads/x`"),
        (HEAD + TARGET + "ledger: {ref: refs/x, branch: y}\n", "4: `ledger` has `ref` and `branch`"),
        (HEAD + TARGET + "ledger: {branch: refs/heads/x}\n", "4: `branch` of `ledger` is `refs/heads/x`"),
        (HEAD + TARGET + "prompts: /abs\n", "4: `prompts` is `/abs`, which is not a folder below this file"),
        (HEAD + TARGET + "prompts: a/../..\n", "4: `prompts` is `a/../..`, which is not a folder below this file"),
        (
            HEAD + TARGET + "alerts: [{notify: env:X, states: [drift]}]\n",
            "4: item 1 of `states` of item 1 of `alerts` may not be `drift`",
        ),
        (HEAD + "targets: {a: {adapter: m, labels: [x]}}\n", "3: `a` in `targets` lacks `mode`"),
        (HEAD + "targets: {a: {adapter: m, mode: up, labels: [x]}}\n", "3: `mode` of `a` in `targets` may not be `up`"),
        (HEAD + "targets: {a: {mode: upsert, labels: [x]}}\n", "3: `a` in `targets` lacks `adapter`"),
        (HEAD + "targets: {a: {adapter: m, mode: upsert}}\n", "3: `a` in `targets` lacks `labels`"),
        (HEAD + "targets: {a: {adapter: m, mode: upsert, labels: []}}\n", "3: `labels` of `a` in `targets` is empty"),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x, x]}}\n",
            "3: target `a` lists the label `x` twice",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [latest]}}\n",
            "3: item 1 of `labels` of `a` in `targets` is `latest`" + LATEST,
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: {x: '12'}}}\n",
            "3: `x` in `labels` of `a` in `targets` is `12`, which platforms take for a version number",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: {latest: x}}}\n",
            "3: the name in `labels` of `a` in `targets` is `latest`" + LATEST,
        ),
        (HEAD + "targets: {a b: {adapter: m, mode: upsert, labels: [x]}}\n", "3: the name in `targets` is `a b`"),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], rename: {a/*: b}}}\n",
            "3: target `a` renames `a/*` to `b`, and only one of them has a `*`",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], rename: {a: b, c: b}}}\n",
            "3: target `a` renames both `a` and `c` to `b`",
        ),
        (
            HEAD + "targets: {a: {adapter: m, mode: upsert, labels: [x], rename: {'*/*': a}}}\n",
            "3: the name in `rename` of `a` in `targets` is `*/*`, with more than one `*`",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_all_mistakes_are_told_at_once() -> None:
    text = "version: 1\nid: a b\nid: c\ntargets:\n  a: {adapter: m, mode: up, labels: [1]}\nledgr: {}\n"
    assert [line.partition(":")[0] for line in problems(text)] == ["2", "3", "5", "5", "6"]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("credentials: {k: hunter2hunter2}", "is written out, and secrets do not belong in Git"),
        ("credentials: {k: 1234567890}", "is written out, and secrets do not belong in Git"),
        ("credentials: {k: 12345678901234567890123}", "an integer beyond 2^53-1"),
        ("credentials: {k: 'env: X'}", "is written out, and secrets do not belong in Git"),
        ("credentials: hunter2hunter2", "is a text, not a mapping"),
        ("url: https://user:hunter2hunter2@host/path", "holds a password, and secrets do not belong in Git"),
        ("url: postgresql+psycopg2://u:hunter2hunter2@h", "holds a password, and secrets do not belong in Git"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(field: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        load(f"{HEAD}targets: {{a: {{adapter: m, mode: upsert, labels: [x], {field}}}}}\n")
    told = str(refused.value)
    assert said in told
    assert "hunter2" not in told
    assert "1234567" not in told


def test_a_secret_in_an_alert_is_refused_and_not_repeated() -> None:
    (problem,) = problems(f"{HEAD}{TARGET}alerts: [{{notify: 'slack://hunter2'}}]\n")
    assert "written out" in problem
    assert "hunter2" not in problem


def two_targets(first: str, second: str) -> str:
    return f"{HEAD}targets:\n  a: {{adapter: m, mode: upsert, {first}}}\n  b: {{adapter: m, mode: upsert, {second}}}\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("url: http://h, labels: [x, y]", "url: http://h/, labels: {y: z}"),
        ("url: http://h, labels: [y], project: p", "url: http://h, labels: [y], project: p, credentials: {k: env:K}"),
        ("url: http://h, labels: [y], project: p", "url: http://h, labels: [y]"),
        ("url: http://h, labels: [y], project: p", "url: http://h.example, labels: [y], project: p"),
    ],
)
def test_two_targets_must_not_manage_one_label(first: str, second: str) -> None:
    assert problems(two_targets(first, second)) == ["5: the targets `a` and `b` manage `y` of the same project"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("url: http://h, labels: [x]", "url: http://h, labels: [y]"),
        ("url: http://h, labels: [x]", "url: http://i, labels: [x]"),
        ("url: http://h, labels: [x], project: p", "url: http://h, labels: [x], project: q"),
        ("url: http://h, labels: [x], credentials: {k: env:K}", "url: http://h, labels: [x], credentials: {k: env:L}"),
        ("url: http://h, labels: [x], project: p", "url: http://i, labels: [x]"),
    ],
)
def test_other_targets_may_share_what_they_do_not_both_manage(first: str, second: str) -> None:
    assert set(load(two_targets(first, second)).targets) == {"a", "b"}


def test_credentials_are_asked_for_only_when_they_are_needed() -> None:
    credentials = "    credentials:\n      k: env:K\n      l: env:L\n"
    config = load(f"{HEAD}targets:\n  a:\n    adapter: m\n    mode: upsert\n    labels: [x]\n{credentials}")
    target = config.targets["a"]
    assert resolve_credentials(target, {"K": "s1", "L": "s2", "M": "x"}) == {"k": "s1", "l": "s2"}
    with pytest.raises(ConfigInvalid) as missing:
        resolve_credentials(target, {"L": ""})
    first, second = missing.value.problems
    assert str(first) == (
        "mooring.yaml:9: the environment variable K, which target `a` needs, is not set. "
        "Set K; in CI, hand it to this step from the secrets."
    )
    assert (second.line, "variable L" in second.message) == (10, True)


def test_an_alerts_url_comes_from_the_environment() -> None:
    (alert,) = load(f"{HEAD}{TARGET}alerts: [{{notify: env:URL}}]\n").alerts
    assert resolve_notify(alert, {"URL": "json://h"}) == "json://h"
    with pytest.raises(ConfigInvalid, match="URL, which an alert needs, is not set"):
        resolve_notify(alert, {})


WORDS = st.sampled_from(
    ["version", "id", "targets", "a", "adapter", "mode", "labels", "policy", "rules", "limits", "ledger", "ref"]
)
VALUES = st.recursive(
    st.sampled_from([1, "a", "upsert", "env:X", None, True, 1.5, "30%", "refs/x"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


@given(st.binary(max_size=80) | st.dictionaries(WORDS, VALUES, max_size=6).map(lambda doc: repr(doc).encode()))
def test_no_bytes_end_in_anything_but_a_config_or_its_problems(data: bytes) -> None:
    try:
        load_config(data, "mooring.yaml")
    except ConfigInvalid as refused:
        assert refused.problems
