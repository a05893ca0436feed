"""Can a person start the Langfuse for tests from a shell, copy what it says, and end it?"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
import requests
import yaml
from click.testing import CliRunner

from mooring.core.artifact import Artifact
from mooring.testing.langfuse import Key
from mooring.testing.langfuse.__main__ import command, install, introduction
from mooring.testing.langfuse.limits import Limit
from mooring.testing.langfuse.webhooks import Outcome, Webhook

URL = "http://127.0.0.1:3000"
DEMO, EU, US = (Key(f"pk-lf-{name}", f"sk-lf-{name}", name) for name in ("demo", "eu-west", "us"))


def exported(text: str) -> Mapping[str, str]:
    return dict(re.findall(r"^export (\w+)=(\S+)$", text, re.MULTILINE))


def test_one_project_has_the_usual_variables() -> None:
    said = introduction(URL, [DEMO])
    assert exported(said) == {
        "LANGFUSE_HOST": URL,
        "LANGFUSE_PUBLIC_KEY": "pk-lf-demo",
        "LANGFUSE_SECRET_KEY": "sk-lf-demo",
    }


def test_what_is_said_of_several_projects_fits_together() -> None:
    said = introduction(URL, [EU, US])
    targets = yaml.safe_load(said[said.index("# mooring.yaml") :])["targets"]
    variables = exported(said)
    assert list(targets) == ["eu-west", "us"]
    for key in (EU, US):
        credentials = targets[key.project]["credentials"]
        assert variables[credentials["public_key"].removeprefix("env:")] == key.public
        assert variables[credentials["secret_key"].removeprefix("env:")] == key.secret
        assert targets[key.project]["url"] == URL


def test_an_installation_has_the_given_keys_limits_and_webhook() -> None:
    langfuse = install([EU, US], Limit(2, 60), Webhook("http://127.0.0.1:9/", "lf-whsec_demo"))
    assert langfuse.key_of("sk-lf-us") == US
    assert langfuse.key_of("sk-lf-demo") is None
    assert langfuse.knows_public("pk-lf-eu-west")
    assert not langfuse.knows_public("pk-lf-demo")
    with langfuse.hooks.webhooks.held():
        langfuse.person("us").save("greet", Artifact("Hi"))
        assert [each.automation for each in langfuse.hooks.webhooks.executions] == ["us"]
        langfuse.hooks.webhooks.remove("us")
    langfuse.hooks.webhooks.drain()
    assert langfuse.hooks.webhooks.executions[0].outcome is Outcome.PENDING


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--project", "My Project"], "'My Project' is not made of a-z"),
        (["--project", "a", "--project", "a"], "Two projects have one name"),
        (["--keys", "pk-lf-demo"], "Keys are PUBLIC:SECRET"),
        (["--keys", "a:b", "--keys", "c:d"], "keys for 2 projects, and 1 named"),
        (["--project", "a", "--project", "b", "--keys", "p:s", "--keys", "q:s"], "Two projects have one secret key"),
        (["--project", "a", "--project", "b", "--keys", "p:sk-lf-b"], "Two projects have one secret key"),
        (["--rate-limit", "30"], "'30' is not N/SECONDS"),
        (["--rate-limit", "0/60"], "'0/60' is not N/SECONDS"),
        (["--port", "65536"], "65536 is not in the range"),
        (["--host", "192.0.2.1"], "Cannot listen at 192.0.2.1:3000"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(arguments: list[str], said: str) -> None:
    ended = CliRunner().invoke(command, arguments)
    assert ended.exit_code != 0
    assert said in " ".join(ended.output.split())


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], Mapping[str, str]]]:
    line = [sys.executable, "-m", "mooring.testing.langfuse", "--port", "0", *arguments]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    with process, process.stdout as said:
        try:
            heard = ""
            while "labels:" not in heard and (more := said.readline()):
                heard += more
            yield process, exported(heard)
        finally:
            process.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_what_it_says_until_it_is_told_to_end(ending: signal.Signals) -> None:
    with started("--keys", "pk-lf-a:sk-lf-a", "--rate-limit", "3/60") as (process, variables):
        prompts = f"{variables['LANGFUSE_HOST']}/api/public/v2/prompts"
        auth = variables["LANGFUSE_PUBLIC_KEY"], variables["LANGFUSE_SECRET_KEY"]
        assert auth == ("pk-lf-a", "sk-lf-a")
        created = requests.post(prompts, json={"name": "greet", "prompt": "Hi"}, auth=auth, timeout=30)
        assert (created.status_code, created.json()["projectId"]) == (201, "demo")
        assert [requests.get(prompts, auth=auth, timeout=30).status_code for _ in "ab"] == [200, 429]
        process.send_signal(ending)
        assert process.stdout is not None
        assert process.stdout.read().endswith("Ended after 3 requests.\n")
        assert process.wait(30) == 0
