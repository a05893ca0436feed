"""A GitHub for tests: its REST API over a real bare Git repository, served on a port of its own.

Start at `mooring.testing.github.serve.serve`.
"""
