"""How is the Langfuse for tests started from a shell? `python -m mooring.testing.langfuse --port 3000`."""

import re
import signal
import threading
from collections.abc import Sequence
from types import FrameType

import click

from mooring.testing.langfuse import Key, Langfuse, serve
from mooring.testing.langfuse.limits import Limit, Limits, Resource
from mooring.testing.langfuse.webhooks import Automation, Webhook

PROJECT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Steady(Langfuse):
    """An installation whose keys are given, so that a script finds the same ones each time."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._given = {key.secret: key for key in keys}
        for key in keys:
            self.project(key.project)

    def key_of(self, secret: str) -> Key | None:
        """Find the key of a secret among the given ones."""
        return self._given.get(secret)

    def knows_public(self, public: str) -> bool:
        """Tell whether a given key has this public part."""
        return any(key.public == public for key in self._given.values())


def introduction(url: str, keys: Sequence[Key]) -> str:
    """Write what to export, and the targets in mooring.yaml; a project that is alone has the variables' usual names."""
    exports, targets = [f"export LANGFUSE_HOST={url}"], ["targets:"]
    for key in keys:
        prefix = "LANGFUSE" if len(keys) == 1 else f"LANGFUSE_{key.project.upper().replace('-', '_')}"
        exports += [f"export {prefix}_PUBLIC_KEY={key.public}", f"export {prefix}_SECRET_KEY={key.secret}"]
        targets += [
            f"  {key.project}:",
            "    adapter: langfuse",
            f"    url: {url}",
            f"    credentials: {{public_key: env:{prefix}_PUBLIC_KEY, secret_key: env:{prefix}_SECRET_KEY}}",
            "    mode: upsert",
            "    labels: [production]",
        ]
    return "\n".join([*exports, "", "# mooring.yaml", *targets])


def install(keys: Sequence[Key], limit: Limit | None, webhook: Webhook | None) -> Langfuse:
    """Make an installation with these projects, limited and watched as said."""
    langfuse = Steady(keys)
    if limit is not None:
        langfuse.hooks.limits = Limits(dict.fromkeys(Resource, limit))
    if webhook is not None:
        for key in keys:
            langfuse.hooks.webhooks.add(Automation(key.project, key.project, webhook))
    return langfuse


def _projects(_: click.Context, __: click.Parameter, value: Sequence[str]) -> Sequence[str]:
    odd = [name for name in value if PROJECT.fullmatch(name) is None]
    if odd:
        raise click.BadParameter(f"{odd[0]!r} is not made of a-z, 0-9 and single hyphens, as eu or my-project are.")
    if len(set(value)) < len(value):
        raise click.BadParameter("Two projects have one name. Give each a name of its own.")
    return value


def _pairs(_: click.Context, __: click.Parameter, value: Sequence[str]) -> Sequence[tuple[str, str]]:
    parted = [each.partition(":") for each in value]
    if not all(public and secret for public, _, secret in parted):
        raise click.BadParameter("Keys are PUBLIC:SECRET, as pk-lf-demo:sk-lf-demo.")
    if len({secret for _, _, secret in parted}) < len(parted):
        raise click.BadParameter("Two projects have one secret key, which opens one project only.")
    return [(public, secret) for public, _, secret in parted]


def _limit(_: click.Context, __: click.Parameter, value: str | None) -> Limit | None:
    found = re.fullmatch(r"([1-9]\d*)/([1-9]\d*)", value or "")
    if value is not None and found is None:
        raise click.BadParameter(f"{value!r} is not N/SECONDS, as 30/60.")
    return None if found is None else Limit(int(found[1]), int(found[2]))


def _keys(projects: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Sequence[Key]:
    if len(pairs) > len(projects):
        raise click.UsageError(f"There are keys for {len(pairs)} projects, and {len(projects)} named with --project.")
    made = [(f"pk-lf-{name}", f"sk-lf-{name}") for name in projects[len(pairs) :]]
    keys = [Key(*pair, name) for pair, name in zip([*pairs, *made], projects, strict=True)]
    if len({key.secret for key in keys}) < len(keys):
        raise click.UsageError("Two projects have one secret key. Give all of them with --keys.")
    return keys


def _wait() -> None:
    """Return at Ctrl-C or SIGTERM."""
    ended = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        ended.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, end)
    while not ended.wait(0.5):  # on Windows, a wait without an end cannot be interrupted
        pass


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="0 takes a free one.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--project", "projects", metavar="NAME", multiple=True, default=["demo"], callback=_projects,
    help="A project; may be repeated.  [default: demo]",
)  # fmt: skip
@click.option(
    "--keys", "pairs", metavar="PUBLIC:SECRET", multiple=True, callback=_pairs,
    help="Keys of the first project, then of the next.  [default: pk-lf-NAME:sk-lf-NAME]",
)  # fmt: skip
@click.option(
    "--rate-limit", "limit", metavar="N/SECONDS", callback=_limit,
    help="Answer 429 from the Nth request in so many seconds on; label moves (PATCH) count apart from the rest.",
)  # fmt: skip
@click.option("--webhook", metavar="URL", help="Tell this URL of every change.")
@click.option(
    "--webhook-secret", metavar="SECRET", default="lf-whsec_demo", show_default=True,
    help="What webhooks are signed with.",
)  # fmt: skip
def command(
    port: int,
    host: str,
    projects: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    limit: Limit | None,
    webhook: str | None,
    webhook_secret: str,
) -> None:
    """Serve a Langfuse for tests: it answers as the real one (4.16) does, and forgets everything when it ends.

    \b
    Examples:
      python -m mooring.testing.langfuse
      python -m mooring.testing.langfuse --port 0 --project eu --project us
      python -m mooring.testing.langfuse --rate-limit 30/60 --webhook http://127.0.0.1:8080/hook
    """  # noqa: D301  # \b is click's mark for lines to leave as they are
    keys = _keys(projects, pairs)
    langfuse = install(keys, limit, None if webhook is None else Webhook(webhook, webhook_secret))
    try:
        with serve(langfuse, host, port) as url:
            click.echo(f"# A Langfuse for tests, at {url} until Ctrl-C. It forgets everything then.")
            if host not in LOOPBACK:
                click.echo(f"# Whoever reaches {host} and guesses the keys reads and writes it.")
            click.echo(f"\n{introduction(url, keys)}")
            _wait()
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen at {host}:{port}: {error}. Choose another --port (0: any)."
        ) from error
    click.echo(f"\nEnded after {len(langfuse.requests)} requests.")


if __name__ == "__main__":
    command(prog_name="python -m mooring.testing.langfuse")
