"""Who edits and rolls back in the demo? Somebody at the platform's own client, in a process of their own.

Mooring imports no adapter and no SDK for this: a person is a short program, which the demo shows and runs.
"""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROMPT, LABEL = "support_agent", "production"
EDIT = "Offer every customer who complains a voucher of 20 percent."


class Stumbled(Exception):
    """The person's program failed; the message is what it printed."""


@dataclass(frozen=True, slots=True)
class Person:
    """Three programs at the platform's own client, each for the demo's prompt.

    `edit` saves a changed text and serves it, `rollback` serves the platform's version 1 (what Git calls v1 or v2) of
    the two that it is given, `read` prints what an app is served.
    """

    client: str
    edit: str
    rollback: str
    read: str


def act(program: str, folder: Path, values: Mapping[str, str]) -> str:
    """Run a person's program in a folder and give what it printed; raises Stumbled."""
    filled = program
    for name, value in values.items():
        filled = filled.replace(f"<{name}>", value)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", filled], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Stumbled(done.stderr.strip()[-2000:])
    return done.stdout


_AT_MLFLOW = """\
import mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
"""
_AT_MEMORY = """\
from mooring_memory import platform
here = platform("memory:///platform.json")
"""

PEOPLE: Mapping[str, Person] = {
    "mlflow": Person(
        client="MLflow's own client",
        edit=_AT_MLFLOW
        + """\
live = mlflow.genai.load_prompt("prompts:/support_agent@production")
system, *others = live.template
edited = [{**system, "content": system["content"] + "<edit>\\n"}, *others]
new = mlflow.genai.register_prompt("support_agent", edited, model_config=live.model_config)
mlflow.genai.set_prompt_alias("support_agent", "production", new.version)
""",
        rollback=_AT_MLFLOW
        + """\
mlflow.genai.set_prompt_alias("support_agent", "production", <ref>)
""",
        read=_AT_MLFLOW
        + """\
live = mlflow.genai.load_prompt("prompts:/support_agent@production")
print(live.template[0]["content"], end="")
""",
    ),
    "memory": Person(
        client="the platform's own client",
        edit=_AT_MEMORY
        + """\
from dataclasses import replace
from mooring.core.artifact import Artifact
live = {stored.ref: stored for stored in here.versions("support_agent")}[here.holders("support_agent", "production")[0]]
system, *others = live.content.body
edited = Artifact((replace(system, content=system.content + "<edit>\\n"), *others), live.content.config)
here.save("support_agent", edited, labels=["production"])
""",
        rollback=_AT_MEMORY
        + """\
here.point("support_agent", "production", "<ref>")
""",
        read=_AT_MEMORY
        + """\
live = {stored.ref: stored for stored in here.versions("support_agent")}[here.holders("support_agent", "production")[0]]
print(live.content.body[0].content, end="")
""",
    ),
}
