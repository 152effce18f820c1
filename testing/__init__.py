"""What tests and benchmarks share: a stack, its clients, made pictures, a persist service, faults.

Nothing here ships, and nothing here knows the tests.
"""
