"""Tokens: the verifier and its keys."""
