"""What Mooring decides: pure functions over plain values, with no network, file, clock or environment."""
