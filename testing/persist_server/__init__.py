"""A persist service in memory: the documented API over real HTTP, and its faults."""
