"""Where Mooring keeps what it remembers: base, index, lease and the record of every sync."""
