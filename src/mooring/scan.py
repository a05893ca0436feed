"""Does a text look as if it held a secret? What detect-secrets knows of tokens decides, and nothing found is repeated.

Only rules for tokens of a known form are used: those that weigh how random a word looks find one in every third prompt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from mooring.core.artifact import Artifact, Content
from mooring.core.canonical import document
from mooring.core.paths import texts

_OWN = {
    "Anthropic API Key": r"\bsk-ant-[A-Za-z0-9_-]{20,}",
    "Google API Key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "Hugging Face Token": r"\bhf_[A-Za-z0-9]{30,}\b",
    "Langfuse Secret Key": r"\bsk-lf-[0-9a-f]{8}-[0-9a-f-]{27}\b",
    "JSON Web Token": r"(?<![A-Za-z0-9_=-])eyJ[A-Za-z0-9_=-]{10,}\.[A-Za-z0-9_=-]{10,}(?:\.[A-Za-z0-9_.+/=-]*)?",
    "OpenAI Token": r"\bsk-[A-Za-z0-9_-]{20,200}?T3BlbkFJ[A-Za-z0-9_-]{20,}",
    "NPM tokens": r"//[^\s/]\S{0,200}?/:_authToken=\s*(?:npm_\S+|[A-Fa-f0-9-]{36})",
    "Basic Auth Credentials": r"://[^:/?#\[\]@!$&'()*+,;=\s{}]{1,100}:[^:/?#\[\]@!$&'()*+,;=\s{}]{1,100}@",
    "GitHub Fine-grained Token": r"\bgithub_pat_[A-Za-z0-9_]{50,}\b",
}
"""Tokens that detect-secrets 1.5 does not know, of services that prompts are used with; and those whose patterns there
take minutes on a text that somebody made for it."""

_PLUGINS = (
    ("artifactory", "ArtifactoryDetector"),
    ("aws", "AWSKeyDetector"),
    ("azure_storage_key", "AzureStorageKeyDetector"),
    ("discord", "DiscordBotTokenDetector"),
    ("github_token", "GitHubTokenDetector"),
    ("gitlab_token", "GitLabTokenDetector"),
    ("mailchimp", "MailchimpDetector"),
    ("private_key", "PrivateKeyDetector"),
    ("pypi_token", "PypiTokenDetector"),
    ("sendgrid", "SendGridDetector"),
    ("slack", "SlackDetector"),
    ("square_oauth", "SquareOAuthDetector"),
    ("stripe", "StripeDetector"),
    ("telegram_token", "TelegramBotTokenDetector"),
    ("twilio", "TwilioKeyDetector"),
)


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that looks like a secret: by which rule, where (a JSON Pointer and a line in that text, from 1).

    `fingerprint` is `sha256:` and 16 hex digits of the secret's own hash, by which it can be allowed.
    """

    rule: str
    path: str
    line: int
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.path or '/'} line {self.line} ({self.fingerprint})"


def secrets_in(content: Content, allowed: frozenset[str] = frozenset()) -> tuple[Leak, ...]:
    """Find what looks like a secret in a content, without what is `allowed` by fingerprint."""
    raw = document(content) if isinstance(content, Artifact) else content.raw
    found = dict.fromkeys(leak for path, text in texts(raw) for leak in _leaks(path, text))
    return tuple(leak for leak in found if leak.fingerprint not in allowed)


def _leaks(path: str, text: str) -> Iterator[Leak]:
    for rule, pattern in _rules():
        for found in pattern.finditer(text):
            digits = sha256(found[0].encode("utf-8", "surrogatepass")).hexdigest()[:16]
            yield Leak(rule, path, text.count("\n", 0, found.start()) + 1, f"sha256:{digits}")


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Give the patterns with their rules' names; imported late, as only changes are looked at."""
    from importlib import import_module

    found = [(rule, re.compile(pattern)) for rule, pattern in _OWN.items()]
    for module, name in _PLUGINS:
        detector = getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
        found += [(detector.secret_type, pattern) for pattern in detector.denylist]
    return tuple(found)
