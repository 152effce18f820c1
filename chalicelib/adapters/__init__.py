"""One engine each, behind the ports."""
