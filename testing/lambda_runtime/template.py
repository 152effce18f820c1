"""What the built template says of the gateway and the functions, with its parameters filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from testing.lambda_runtime.process import Settings

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def resolved(node: Any, values: Mapping[str, str]) -> Any:
    """A part of the template with each `Fn::Sub` and `Ref` of these values carried out; others stay."""
    if isinstance(node, list):
        return [resolved(item, values) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Fn::Sub"} and isinstance(node["Fn::Sub"], str):
        return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), node["Fn::Sub"])
    if set(node) == {"Ref"} and node["Ref"] in values:
        return values[node["Ref"]]
    return {key: resolved(value, values) for key, value in node.items()}


def settings_of(
    function: FunctionConfigurationTypeDef, region: str, environment: Mapping[str, str]
) -> Settings:
    """A deployed function's settings; `environment` is set on top of its own."""
    return Settings(
        name=function["FunctionName"],
        handler=function["Handler"],
        memory_mb=function["MemorySize"],
        timeout=function["Timeout"],
        region=region,
        environment={**function["Environment"]["Variables"], **environment},
    )
