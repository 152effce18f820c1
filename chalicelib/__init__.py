"""Everything that ships into Nebula's functions."""
