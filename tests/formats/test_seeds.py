"""The layouts of the two documents that the product comes from are read as they are printed there."""

from collections.abc import Callable, Mapping
from pathlib import Path

from mooring.core.artifact import Artifact, Message
from mooring.core.canonical import content_hash
from mooring.core.desired import Desired, PromptFacts
from mooring.formats import Role, classify_paths, read_artifact
from mooring.formats.variables import check_variables, variables_in

SEEDS = Path(__file__).parent / "seeds"
Build = Callable[[Mapping[str, str | bytes]], Desired]


def folder(name: str) -> dict[str, str | bytes]:
    root = SEEDS / name
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_git_native_prompts_with_a_registry(build: Build) -> None:
    desired = build(folder("git_native"))
    assert desired.problems == ()
    assert desired.names_known
    assert {name: sorted(prompt.versions) for name, prompt in desired.prompts.items()} == {
        "code_review": ["v1"],
        "support_agent": ["v1", "v2"],
    }
    agent = desired.prompts["support_agent"]
    assert agent.labels == {"production": "v2", "canary": "v1"}
    assert agent.versions["v2"].path == "prompts/support_agent/v2.yaml"


def test_the_printed_version_file_is_one_system_message_and_a_flat_config() -> None:
    artifact = read_artifact(Role.VERSION_YAML, (SEEDS / "git_native/support_agent/v2.yaml").read_bytes())
    assert artifact == Artifact(
        (
            Message(
                "system",
                "You are a support agent for {{product_name}}.\nAlways check the knowledge base before answering.\n"
                "If unsure, escalate to a human.\n",
            ),
        ),
        {"model": "gpt-4o", "temperature": 0.3, "tools": ["search_kb", "create_ticket"]},
    )


def test_file_based_prompts_with_an_active_version(build: Build) -> None:
    desired = build(folder("file_based"))
    assert desired.problems == ()
    support = desired.prompts["customer_support"]
    assert sorted(support.versions) == ["v1.0.0", "v1.1.0"]
    assert support.labels == {"production": "v1.1.0", "staging": "v1.0.0"}
    assert support.facts == PromptFacts(
        description="Customer support system prompt",
        tags=("support", "production"),
        variables=("company_name", "query", "account_status"),
    )
    assert desired.prompts["code_review"].labels == {"production": "v1.0.0"}


def test_a_text_file_is_the_prompt_whole() -> None:
    data = (SEEDS / "file_based/customer_support/v1.0.0.txt").read_bytes()
    artifact = read_artifact(Role.VERSION_TEXT, data)
    assert artifact == Artifact(data.decode())
    assert str(artifact.body).endswith("Offer to escalate if needed\n")


def test_the_hash_in_the_tree_is_that_of_the_content(build: Build) -> None:
    files = folder("file_based")
    for prompt in build(files).prompts.values():
        for version in prompt.versions.values():
            data = files[version.path.removeprefix("prompts/")]
            assert isinstance(data, bytes)
            assert version.hash == content_hash(read_artifact(Role.VERSION_TEXT, data))


def test_tests_beside_versions_are_no_prompts() -> None:
    assert "customer_support/tests/test_cases.yaml" not in classify_paths(folder("file_based"))


def test_variables_in_single_braces_are_those_that_the_prompt_declares(build: Build) -> None:
    files = folder("file_based")
    facts = build(files).prompts["customer_support"].facts
    for name in ("v1.0.0.txt", "v1.1.0.txt"):
        data = files[f"customer_support/{name}"]
        assert isinstance(data, bytes)
        assert check_variables(facts, read_artifact(Role.VERSION_TEXT, data)) == ()
    agent = folder("git_native")["support_agent/v2.yaml"]
    assert isinstance(agent, bytes)
    assert variables_in(read_artifact(Role.VERSION_YAML, agent)) == {"product_name"}
