"""A template as it is deployed with these parameters: conditions decided, and what they leave out gone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.template import Template

_GONE = {"Ref": "AWS::NoValue"}


def deployed(template: Template, **given: str) -> Template:
    """The resources that a deployment with these parameters has; the others keep their defaults."""
    parameters = {name: given.get(name, it.get("Default", "")) for name, it in template["Parameters"].items()}
    decide = _Conditions(template["Conditions"], parameters)
    kept = {
        name: decide.chosen(resource)
        for name, resource in template["Resources"].items()
        if decide.holds(resource.get("Condition"))
    }
    return {**template, "Resources": kept}


class _Conditions:
    def __init__(self, declared: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._declared = declared
        self._parameters = parameters

    def holds(self, name: str | None) -> bool:
        return name is None or self._decided(self._declared[name])

    def _decided(self, condition: Any) -> bool:
        ((kind, value),) = condition.items()
        if kind == "Condition":
            return self.holds(value)
        if kind == "Fn::Equals":
            return self._text(value[0]) == self._text(value[1])
        decided = [self._decided(one) for one in value]
        return {"Fn::Not": not decided[0], "Fn::And": all(decided), "Fn::Or": any(decided)}[kind]

    def _text(self, value: Any) -> str:
        if isinstance(value, dict):
            ((kind, of),) = value.items()
            return self._parameters[of] if kind == "Ref" else self._text(of[1])  # Fn::Join of one list
        return str(value)

    def chosen(self, node: Any) -> Any:
        """The node with every `Fn::If` decided."""
        if isinstance(node, list):
            return [it for it in map(self.chosen, node) if it != _GONE]
        if not isinstance(node, dict):
            return node
        if set(node) == {"Fn::If"}:
            name, then, otherwise = node["Fn::If"]
            return self.chosen(then if self.holds(name) else otherwise)
        chosen = {key: self.chosen(value) for key, value in node.items()}
        return {key: value for key, value in chosen.items() if value != _GONE}
