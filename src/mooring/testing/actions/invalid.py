"""What does GitHub say of a workflow that it cannot take, and of a step that it cannot carry out?"""


class Invalid(Exception):
    """A workflow, an action or an expression that GitHub would refuse, or that this runner does not know."""


class StepFailed(Exception):
    """What fails a step while it runs, where the workflow itself is sound."""
