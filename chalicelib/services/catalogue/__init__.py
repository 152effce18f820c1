"""What is there: browsed, deleted, told of."""
