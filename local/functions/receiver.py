"""What the worker hears: the filer's messages, and SQS's clients."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from local.engines.filer_event import NotAFilerEvent, created_object
from local.functions.lanes import Lane, tell
from local.progress import PROGRESS, Counts, as_json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGGER = logging.getLogger("local.functions.receiver")
NOTIFICATIONS = "/notifications"
HEALTH = "/health"
SQS = "/"
SEND = "AmazonSQS.SendMessageBatch"
Answer = tuple[str, bytes]


class Receiver:
    """A WSGI application: takes the filer's messages, and the one call of SQS that the app makes.

    A message of the filer goes into its lane if it tells of a created object; SQS's clients name the
    lane, and bring the message along.
    """

    def __init__(self, token: str, bucket: str, lanes: Sequence[Lane]) -> None:
        self._authorization = f"Bearer {token}"
        self._bucket = bucket
        self._lanes = lanes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; an answer of 200 promises that the message is in the queue."""
        status, body = self._answer(environ)
        kind = "application/x-amz-json-1.0" if body else "text/plain"
        start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        match environ["PATH_INFO"]:
            case path if path == HEALTH:
                return "200 OK", b""
            case path if path == PROGRESS:
                return "200 OK", as_json(sum((lane.counter.counts for lane in self._lanes), Counts()))
            case path if path == NOTIFICATIONS:
                return self._notified(environ), b""
            case path if path == SQS and environ.get("HTTP_X_AMZ_TARGET") == SEND:
                return self._sent(environ)
            case _:
                return "404 Not Found", b""

    def _sent(self, environ: WSGIEnvironment) -> Answer:
        """To ingest what lies in the bucket is all that a message can do: it needs no credentials."""
        try:
            asked: dict[str, Any] = json.load(environ["wsgi.input"])
            lane = next(lane for lane in self._lanes if lane.name == asked["QueueUrl"])
            entries = [(str(entry["Id"]), str(entry["MessageBody"])) for entry in asked["Entries"]]
        except (ValueError, KeyError, TypeError):
            return "400 Bad Request", b'{"__type": "com.amazonaws.sqs#InvalidParameterValue"}'
        except StopIteration:
            return "400 Bad Request", b'{"__type": "com.amazonaws.sqs#QueueDoesNotExist"}'
        sent = [(entry_id, lane.send(body)) for entry_id, body in entries]
        successful = [
            {"Id": entry_id, "MessageId": message.id, "MD5OfMessageBody": message.md5}
            for entry_id, message in sent
        ]
        return "200 OK", json.dumps({"Successful": successful, "Failed": []}).encode()

    def _notified(self, environ: WSGIEnvironment) -> str:
        given = str(environ.get("HTTP_AUTHORIZATION", ""))
        if not hmac.compare_digest(given.encode(), self._authorization.encode()):
            return "401 Unauthorized"
        try:
            message = json.load(environ["wsgi.input"])
            created = created_object(message, self._bucket, [lane.prefix for lane in self._lanes])
        except (NotAFilerEvent, ValueError) as error:
            # To refuse it would make the filer send it again; the sweep finds the object.
            LOGGER.warning("a message of the filer %s", error)
            return "200 OK"
        if created is not None:
            tell(self._lanes, created)
        return "200 OK"
