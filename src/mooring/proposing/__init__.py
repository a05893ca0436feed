"""How does content come into Git? As proposals that people review."""
