"""What can be put between a client and the stored prompts, and behind them?"""

from dataclasses import dataclass, field

from mooring.testing.langfuse.limits import Limits
from mooring.testing.langfuse.trouble import Trouble
from mooring.testing.langfuse.webhooks import Webhooks


@dataclass(slots=True)
class Hooks:
    """Faults around a request, limits after its authentication, deliveries after its commit; by default none."""

    trouble: Trouble = field(default_factory=Trouble)
    limits: Limits = field(default_factory=Limits)
    webhooks: Webhooks = field(default_factory=Webhooks)
