"""What requests and replies hold, and how values become them."""
