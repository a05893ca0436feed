"""Targets that a platform counts together share one rate budget, and hear of its waits each by its own name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mooring.cli.targets import Surroundings, UsageProblem, budgets_of, targets_of
from mooring.config import Config, load_config
from mooring.ledger.codec import Owner
from mooring.ledger.opening import InFile, open_ledger
from mooring.pace import ANY, Budget
from mooring.ports import Misconfigured
from mooring.progress import Outlook, Silence
from mooring.testing.clock import ManualClock

HEAD = "version: 1\nid: acme\n"


def config(*targets: str) -> Config:
    listed = "".join(
        f"  t{n}: {{adapter: langfuse, mode: upsert, labels: [l{n}], {more}}}\n" for n, more in enumerate(targets)
    )
    return load_config(f"{HEAD}targets:\n{listed}".encode(), "mooring.yaml")


def budgets(*targets: str) -> list[Budget]:
    return list(budgets_of(config(*targets), ManualClock()).values())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("url: https://a.example", "url: https://A.example:443/x"),
        ("url: http://u@a.example:80", "url: http://a.example"),
        ("url: https://a.example, organization: x", "url: https://a.example, organization: x"),
        ("url: https://a.example, organization: x", "url: https://a.example"),
        ("timeout: 5", "timeout: 6"),
    ],
)
def test_what_a_platform_counts_together_shares_a_budget(first: str, second: str) -> None:
    one, other = budgets(first, second)
    assert one is other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("url: https://a.example", "url: https://b.example"),
        ("url: https://a.example", "url: http://a.example:3000"),
        ("url: https://a.example, organization: x", "url: https://a.example, organization: y"),
        ("url: sqlite:///a.db", "url: sqlite:///b.db"),
        ("url: 'http://[a'", "url: 'http://[b'"),
    ],
)
def test_what_it_counts_apart_does_not(first: str, second: str) -> None:
    one, other = budgets(first, second)
    assert one is not other


def test_the_share_and_the_rates_of_all_targets_hold_for_the_budget() -> None:
    text = config("url: https://a.example, rate: 10/s", "url: https://a.example, rate: {moves: 30/min}")
    by_target = budgets_of(replace(text, share=0.1), ManualClock())
    assert by_target["t0"].sent() == {ANY: 0, "moves": 0}
    assert by_target["t1"].seconds({"moves": 3.0}) == 0.0
    assert by_target["t1"].seconds({"moves": 4.0}) == 60.0
    assert by_target["t1"].seconds({ANY: 2.0}) == 1.0


class Followed(Silence):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.outlooks: dict[str, Outlook] = {}
        self.waits: list[tuple[str, str]] = []

    def follow(self, target: str, outlook: Outlook) -> None:
        self.outlooks[target] = outlook

    def wait(self, target: str, reason: str) -> None:
        self.waits.append((target, reason))


def around(folder: Path, text: str, environment: Mapping[str, str], progress: Silence) -> Surroundings:
    clock = ManualClock()
    return Surroundings(
        config=load_config((HEAD + text).encode(), "mooring.yaml"),
        folder=str(folder),
        environment=environment,
        clock=clock,
        progress=progress,
        ledger=lambda target: open_ledger(folder, Owner("acme", target), InFile(folder / "ledger.json"), clock),
    )


MEMORY = "{adapter: memory, url: 'memory:///platform.json', mode: upsert"


def test_the_targets_that_are_named_are_made_and_followed(tmp_path: Path) -> None:
    progress = Followed()
    text = f"targets:\n  a: {MEMORY}, labels: [x]}}\n  b: {MEMORY}, labels: [y]}}\n"
    (target,) = targets_of(around(tmp_path, text, {}, progress), ("b",))
    assert (target.name, dict(target.labels)) == ("b", {"y": "y"})
    assert target.connect().identity()
    assert progress.outlooks.keys() == {"b"}


def test_a_target_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="has no target c. It has: a"):
        targets_of(around(tmp_path, f"targets:\n  a: {MEMORY}, labels: [x]}}\n", {}, Silence()), ("a", "c"))


def test_a_credential_that_is_missing_stops_its_target_alone(tmp_path: Path) -> None:
    text = f"targets:\n  a: {MEMORY}, labels: [x], credentials: {{k: env:K}}}}\n  b: {MEMORY}, labels: [y]}}\n"
    first, second = targets_of(around(tmp_path, text, {}, Silence()), ())
    with pytest.raises(Misconfigured, match="variable K"):
        first.connect()
    assert second.connect().identity()
