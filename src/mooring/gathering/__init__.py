"""What do Git, the ledger and the platform hold? Only read here, and brought together address by address."""
