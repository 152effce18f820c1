"""The one version: of the API's description, the project and its tags. The policy is in CONTRIBUTING.md."""

VERSION = "1.0.0"
