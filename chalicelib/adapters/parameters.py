"""Secrets from AWS Systems Manager Parameter Store, read once when a container starts.

A changed secret reaches a function with its next containers; docs/runbook.md has the command that
replaces them all.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_lambda_powertools.utilities.parameters import SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from chalicelib.config import ConfigError


def read_parameters(names: Sequence[str], provider: SSMProvider | None = None) -> dict[str, str]:
    """The decrypted values by the last part of each name, which is the variable it stands for.

    Raises:
        ConfigError: one of them is not there, or may not be read; the message names all, no value.
    """
    provider = provider or SSMProvider()
    try:
        found = provider.get_parameters_by_name(
            {name: {} for name in names}, decrypt=True, raise_on_error=False
        )
    except GetParameterError as error:
        raise ConfigError(f"Parameter Store: {', '.join(names)} could not be read") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise ConfigError(f"Parameter Store has no {', '.join(missing)} that this function may read")
    return {name.rsplit("/", 1)[-1]: str(found[name]) for name in names}
