"""A Langfuse for tests: a server that stores prompts and answers as the real v4.16 does."""

from mooring.testing.langfuse.hooks import Hooks as Hooks
from mooring.testing.langfuse.installation import Key as Key
from mooring.testing.langfuse.installation import Langfuse as Langfuse
from mooring.testing.langfuse.installation import Sent as Sent
from mooring.testing.langfuse.person import LangfusePerson as LangfusePerson
from mooring.testing.langfuse.serve import serve as serve
