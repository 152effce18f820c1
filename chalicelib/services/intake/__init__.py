"""How files come in: accepted, claimed, ingested, placed."""
