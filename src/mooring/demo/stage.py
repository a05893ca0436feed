"""Which platform does the demo play on, and who keeps it running meanwhile?"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec

from mooring.demo.people import Stumbled

FILES: Mapping[str, str] = {"mlflow": "sqlite:///mlflow.db", "memory": "memory:///platform.json"}
_KEYS = {"LANGFUSE_PUBLIC_KEY": "pk-lf-demo", "LANGFUSE_SECRET_KEY": "sk-lf-demo"}
_ADDRESS = re.compile(r"^export LANGFUSE_HOST=(\S+)$")


@contextmanager
def platform_at(platform: str) -> Iterator[str]:
    """Give the url of a platform of its own, which ends with the block; raises Stumbled."""
    if platform in FILES:
        yield FILES[platform]
        return
    if find_spec("langfuse") is None:
        raise Stumbled("The person of this demo uses Langfuse's own SDK. Install it: pip install 'mooring[langfuse]'")
    server = subprocess.Popen(
        [sys.executable, "-m", "mooring.testing.langfuse", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        with _surroundings({**_KEYS, "LANGFUSE_HOST": _address(server)}):
            yield os.environ["LANGFUSE_HOST"]
    finally:
        server.terminate()
        server.communicate()


def _address(server: "subprocess.Popen[str]") -> str:
    for line in server.stdout or ():
        found = _ADDRESS.match(line.strip())
        if found is not None:
            return found[1]
    raise Stumbled("The Langfuse for tests did not start. Try: python -m mooring.testing.langfuse")


@contextmanager
def _surroundings(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables while the block runs: the SDK and Mooring find their keys there, as at a user's."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
