"""What does a test of Mooring, or of an adapter for it, need? A clock, a person, faults, and a conformance suite."""
