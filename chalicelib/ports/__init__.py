"""What the services need from outside, in their own words.

Each port has one adapter per engine under `adapters/` and a fake under `tests/fakes/`; the same
contract tests hold all of them. Every method may raise `TransientFault` when its engine does not
answer; adapters retry with backoff before they do.
"""
