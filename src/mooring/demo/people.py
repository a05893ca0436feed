"""Who edits and rolls back in the demo? Somebody at the platform's own client, in a Python session of their own.

Mooring imports no adapter and no SDK for this: what a person does is a few lines, which the demo shows and runs.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROMPT, LABEL = "support_agent", "production"
EDIT = "Offer every customer who complains a voucher of 20 percent."
BETTER = "Ask for the order number first."

_SESSION = """\
import contextlib, io, json, sys, traceback
answers, names = sys.stdout, {}
for line in sys.stdin:
    heard, error = io.StringIO(), None
    with contextlib.redirect_stdout(heard):
        try:
            exec(json.loads(line), names)
        except Exception:
            error = traceback.format_exc()
    print(json.dumps([heard.getvalue(), error]), file=answers, flush=True)
"""


class Stumbled(Exception):
    """What a person did failed; the message is what Python said."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What a person types: once to begin, to serve an edited text, to serve an earlier version, to see what is served.

    `<edit>` stands for the sentence to add, `<ref>` for the version to go back to.
    """

    client: str
    begin: str
    edit: str
    rollback: str
    look: str


@dataclass(frozen=True, slots=True)
class Session:
    """A running Python session."""

    process: subprocess.Popen[str]

    def type(self, lines: str) -> str:
        """Run lines and give what they printed; raises Stumbled."""
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise Stumbled("The session has no pipes.")
        stdin.write(json.dumps(lines) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise Stumbled("The session ended.")
        heard, error = json.loads(answer)
        if error is not None:
            raise Stumbled(str(error).strip())
        return str(heard)


@contextmanager
def session(folder: Path) -> Iterator[Session]:
    """Start a Python session in a folder, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _SESSION],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    try:
        yield Session(process)
    finally:
        process.kill()
        process.communicate()


PEOPLE: Mapping[str, Lines] = {
    "mlflow": Lines(
        client="MLflow's own client",
        begin="""\
import mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
""",
        edit="""\
live = mlflow.genai.load_prompt("prompts:/support_agent@production", cache_ttl_seconds=0)
text = live.template[0]["content"] + "<edit>\\n"
new = mlflow.genai.register_prompt("support_agent", [{"role": "system", "content": text}])
mlflow.genai.set_prompt_alias("support_agent", "production", new.version)
""",
        rollback="""\
mlflow.genai.set_prompt_alias("support_agent", "production", <ref>)
""",
        look="""\
live = mlflow.genai.load_prompt("prompts:/support_agent@production", cache_ttl_seconds=0)
print(live.template[0]["content"], end="")
""",
    ),
    "langfuse": Lines(
        client="Langfuse's own SDK",
        begin="""\
from langfuse import Langfuse
langfuse = Langfuse(tracing_enabled=False)
""",
        edit="""\
live = langfuse.get_prompt("support_agent", type="chat", cache_ttl_seconds=0)
chat = [{"role": "system", "content": live.prompt[0]["content"] + "<edit>\\n"}]
langfuse.create_prompt(name="support_agent", type="chat", prompt=chat, config=live.config, labels=["production"])
""",
        rollback="""\
langfuse.update_prompt(name="support_agent", version=<ref>, new_labels=["production"])
""",
        look="""\
live = langfuse.get_prompt("support_agent", type="chat", cache_ttl_seconds=0)
print(live.prompt[0]["content"], end="")
""",
    ),
    "memory": Lines(
        client="the platform's own client",
        begin="""\
from mooring_memory import platform
from mooring.core.artifact import Artifact, Message
here = platform("memory:///platform.json")
""",
        edit="""\
(ref,) = here.holders("support_agent", "production")
live = next(one.content for one in here.versions("support_agent") if one.ref == ref)
text = live.body[0].content + "<edit>\\n"
here.save("support_agent", Artifact((Message("system", text),), live.config), ["production"])
""",
        rollback="""\
here.point("support_agent", "production", "<ref>")
""",
        look="""\
(ref,) = here.holders("support_agent", "production")
live = next(one.content for one in here.versions("support_agent") if one.ref == ref)
print(live.body[0].content, end="")
""",
    ),
}
