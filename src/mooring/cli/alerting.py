"""Who is told of what a run found, as mooring.yaml says under `alerts:`?"""

import os
from dataclasses import replace

from mooring.cli.session import Session
from mooring.core.report import Report


def with_alerts(session: Session, report: Report) -> Report:
    """Tell whom it concerns, and add whom it was not possible to tell; the exit code stays as it is."""
    if not session.config.alerts:
        return report
    from mooring.alerts.sinks import sinks_of
    from mooring.alerts.tell import tell

    sinks = sinks_of(session.config.alerts, os.environ, session.run.forge)
    return replace(report, findings=(*report.findings, *tell(session.run, report, sinks)))
