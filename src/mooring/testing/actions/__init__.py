"""A runner of GitHub workflows for tests: one event, one workflow file, real clones and shells, the fake GitHub.

Start at `mooring.testing.actions.run.run_workflow`.
"""
