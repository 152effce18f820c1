"""How a request becomes a typed value: from its JSON body, its query string or its path."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Generic, NoReturn, TypeVar, cast

import msgspec
from msgspec import inspect

from chalicelib.api.http.call import Call
from chalicelib.api.http.errors import RequestTooLarge, UnknownKeys, UnsupportedMediaType
from chalicelib.domain.errors import InvalidJson, InvalidParameters, RequestError

T = TypeVar("T")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
Errors = tuple[type[RequestError], ...]


@dataclass(frozen=True, slots=True)
class JsonBody(Generic[T]):
    """Reads the body as JSON of this type; a request without a content type counts as JSON."""

    raises: ClassVar[Errors] = (UnsupportedMediaType, RequestTooLarge, InvalidJson, InvalidParameters)
    type: type[T]

    def __call__(self, call: Call) -> T:
        """The body as a value.

        Raises:
            UnsupportedMediaType: it is declared to be something else.
            RequestTooLarge: it is over the limit.
            InvalidJson: it is not JSON.
            InvalidParameters: it is JSON, and not of this type.
        """
        call.require_media_type("application/json", or_none=True)
        return decode_json(call.body(), self.type)


@dataclass(frozen=True, slots=True)
class Query(Generic[T]):
    """Reads the query string."""

    raises: ClassVar[Errors] = (InvalidParameters,)
    type: type[T]

    def __call__(self, call: Call) -> T:
        """The query's parameters as a value.

        Raises:
            InvalidParameters: one is malformed, or given twice.
        """
        return _convert(_singles(call.query_lists()), self.type)


@dataclass(frozen=True, slots=True)
class PathParameters(Generic[T]):
    """Reads the parts of the path that the route names."""

    raises: ClassVar[Errors] = (InvalidParameters,)
    type: type[T]

    def __call__(self, call: Call) -> T:
        """The path's parameters as a value."""
        return _convert(call.path_parameters(), self.type)


@dataclass(frozen=True, slots=True)
class PathAndQuery(Generic[T]):
    """Reads the parts of the path that the route names, and the query string."""

    raises: ClassVar[Errors] = (InvalidParameters,)
    type: type[T]

    def __call__(self, call: Call) -> T:
        """Both as one value; the path's parts win.

        Raises:
            InvalidParameters: one is malformed, or given twice.
        """
        return _convert(_singles(call.query_lists()) | call.path_parameters(), self.type)


class Nothing:
    """For a route that reads nothing of its request."""

    raises: ClassVar[Errors] = ()

    def __call__(self, call: Call) -> None:
        """Nothing."""


def decode_json(body: bytes, as_type: type[T]) -> T:
    """Decode a JSON body strictly.

    Raises:
        InvalidJson: it is not JSON.
        InvalidParameters: it is JSON and not of this type, or repeats a key.
    """
    try:
        _check_syntax(body)
        return msgspec.json.decode(body, type=as_type)
    except msgspec.ValidationError as error:
        is_unknown = str(error).startswith("Object contains unknown field")
        raise (UnknownKeys if is_unknown else InvalidParameters)(str(error)) from error
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        raise InvalidJson(str(error)) from error


def _check_syntax(body: bytes) -> None:
    """Read the body to its end before its types are judged.

    msgspec reports a wrong type before it has seen the rest, skips strings of unknown keys
    unread, and keeps the last of two equal keys. Numbers stay text here: none is too long.
    """
    json.loads(
        body.decode(),
        object_pairs_hook=_refuse_repeated_keys,
        parse_constant=_refuse_constant,
        parse_int=str,
        parse_float=str,
    )


def _refuse_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise InvalidParameters("a key is given twice")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _singles(parameters: dict[str, Sequence[str]]) -> dict[str, str]:
    if any(len(values) > 1 for values in parameters.values()):
        raise InvalidParameters("a parameter is given twice")
    return {name: values[0] for name, values in parameters.items()}


def _convert(parameters: dict[str, str], as_type: type[T]) -> T:
    """Text as values: whole numbers where the type has some, and text everywhere else.

    msgspec's own lenient mode would also take the word `null` for nothing: `?search=null` would
    find everything.
    """
    numbers = _numbers(cast(Hashable, as_type))
    values = {
        name: int(text) if name in numbers and _WHOLE_NUMBER.fullmatch(text) else text
        for name, text in parameters.items()
    }
    try:
        return msgspec.convert(values, as_type)
    except msgspec.ValidationError as error:
        raise InvalidParameters(str(error)) from error


@cache
def _numbers(as_type: Hashable) -> frozenset[str]:
    """The keys of a type whose values are whole numbers."""
    described = inspect.type_info(as_type)
    fields = described.fields if isinstance(described, inspect.StructType) else ()
    return frozenset(field.encode_name for field in fields if _holds_a_number(field.type))


def _holds_a_number(described: inspect.Type) -> bool:
    choices = described.types if isinstance(described, inspect.UnionType) else (described,)
    return any(
        isinstance(choice.type if isinstance(choice, inspect.Metadata) else choice, inspect.IntType)
        for choice in choices
    )


@dataclass(frozen=True, slots=True)
class HeaderField:
    """An optional header: its name, how many characters it may have, and what it is for."""

    name: str
    max_length: int
    description: str

    def read(self, call: Call) -> str | None:
        """The header's value; None where it is absent or empty.

        Raises:
            InvalidParameters: it is longer than allowed.
        """
        value = call.header(self.name)
        if len(value) > self.max_length:
            raise InvalidParameters(f"{self.name}: longer than {self.max_length} characters")
        return value or None
