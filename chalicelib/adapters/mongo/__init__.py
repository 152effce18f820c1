"""MongoDB: datasets, images, receipts and counters."""
