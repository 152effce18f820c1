"""Everything that ships into Nebula's functions."""

__version__ = "1.0.0"
"""The one version: of the API's description, the project and its tags. The policy is in CONTRIBUTING.md."""
