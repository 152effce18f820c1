"""The persist service over HTTP.

tenacity repeats, not urllib3's Retry: the attempts share one time budget, which Retry does not know.
Only what the service has surely not stored is sent again at once: no connection came about, or it
answered 429, 502, 503 or 504. After a cut or a silence it may have the file; then the whole ingest
is repeated later, as for any other fault.

No message holds a URL: whoever knows a stored file's has the file.
"""

from __future__ import annotations

import re
from io import BytesIO
from time import monotonic
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)
from urllib3 import encode_multipart_formdata
from urllib3.exceptions import ConnectTimeoutError, InvalidHeader, MaxRetryError, NewConnectionError
from urllib3.util import Retry

from chalicelib.domain.errors import TransientFault
from chalicelib.domain.images import PersistedFile
from chalicelib.ports.services import PersistRequest

_CONNECT_SECONDS = 3.0
_READ_SECONDS = 15.0
_ATTEMPTS = 4
BUDGET_SECONDS = 24.0
"""For all attempts and pauses together, for a file of no size."""
_BYTES_PER_SECOND = 2 * 1024 * 1024
"""What a large file may take beyond that: 50 s for 100 MB, within the ingest function's two minutes."""
_CONNECTIONS = 32
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_REPLY = 64 * 1024
_BACKOFF = wait_random_exponential(multiplier=0.5, min=0.2, max=5)
_URL = re.compile(r"\w+://\S+")
_PRINTABLE = re.compile(r"[!-~]{1,2000}")


class _File(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(pattern=r"^[\x21-\x7e]{1,200}\Z")]
    size: int
    direct_url: str = msgspec.field(name="directURL")
    protected: bool = False


class _Reply(msgspec.Struct, frozen=True):
    file: _File


class _NotStored(TransientFault):
    """The service has not taken the file; it may name the seconds after which to ask again."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__("persist", problem)
        self.retry_after = retry_after


class _Upload(BytesIO):
    """A request's body, sent in blocks: as bytes, all of it would have to leave within one timeout."""

    def __init__(self, body: bytes, deadline: float) -> None:
        super().__init__(body)
        self._deadline = deadline

    def read(self, size: int | None = -1, /) -> bytes:
        if monotonic() > self._deadline:
            raise TimeoutError("the time for this upload is over")
        return super().read(size)


class HttpPersist:
    """`ports.PersistService` at a URL. Safe to share between threads; connects at the first upload."""

    keys_by_name = False
    """Each upload gets a URL of its own, and the service tells nobody which it has."""

    def __init__(
        self,
        base_url: str,
        session: requests.Session | None = None,
        *,
        budget_seconds: float = BUDGET_SECONDS,
        connect_timeout: float = _CONNECT_SECONDS,
        read_timeout: float = _READ_SECONDS,
    ) -> None:
        """All times are in seconds.

        `connect_timeout` is also how long one block of the body may take to leave, `read_timeout`
        how long one attempt waits for an answer.
        """
        self._url = f"{base_url.rstrip('/')}/api/files/upload"
        self._session = session or _session()
        self._budget_seconds = budget_seconds
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout

    def upload(self, request: PersistRequest) -> PersistedFile:
        """Hand over a file for good, byte for byte.

        Raises:
            TransientFault: the service did not take it, or did not answer as documented; the
                message holds its reason if it gave one.
        """
        body, content_type = encode_multipart_formdata(
            {"file": (request.file_name, request.body, request.content_type), "ttl": "infinity"}
        )
        budget = self._budget_seconds + len(body) / _BYTES_PER_SECOND
        deadline = monotonic() + budget
        attempts = Retrying(
            retry=retry_if_exception_type(_NotStored),
            stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(budget),
            wait=_pause,
            reraise=True,
        )
        status, reply = attempts(self._send, body, content_type, deadline)
        if status != 200:
            raise TransientFault("persist", f"answered {status}: {_reason(reply)}")
        return _checked(reply, len(request.body))

    def _send(self, body: bytes, content_type: str, deadline: float) -> tuple[int, bytes]:
        remaining = max(0.1, deadline - monotonic())
        try:
            with self._session.post(
                self._url,
                data=_Upload(body, deadline),
                headers={"Content-Type": content_type, "Accept": "application/json"},
                timeout=(min(self._connect_timeout, remaining), min(self._read_timeout, remaining)),
                allow_redirects=False,
                stream=True,
            ) as response:
                reply = _read(response)
        except requests.RequestException as error:
            problem = f"no answer: {type(error).__name__}"
            if _never_connected(error):
                raise _NotStored(problem) from error
            raise TransientFault("persist", problem) from error
        if response.status_code in _BUSY:
            raise _NotStored(f"answered {response.status_code}: {_reason(reply)}", _retry_after(response))
        return response.status_code, reply


def _read(response: requests.Response) -> bytes:
    reply = b""
    for block in response.iter_content(8192):
        reply += block
        if len(reply) > _LONGEST_REPLY:
            raise TransientFault("persist", "its reply has no end")
    return reply


def _session() -> requests.Session:
    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _pause(state: RetryCallState) -> float:
    """The seconds that the service asked for, else a growing random pause."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _NotStored) and error.retry_after is not None:
        return error.retry_after
    return _BACKOFF(state)


def _never_connected(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(
        cause.reason, NewConnectionError | ConnectTimeoutError
    )


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return float(Retry().parse_retry_after(value))
    except InvalidHeader:
        return None


def _checked(reply: bytes, size: int) -> PersistedFile:
    try:
        file = msgspec.json.decode(reply, type=_Reply).file
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TransientFault("persist", f"its reply is not as documented: {error}") from error
    if file.size != size:
        raise TransientFault("persist", f"it stored {file.size} bytes where {size} were sent")
    if file.protected:
        raise TransientFault("persist", "it protected the file by a key that nobody gave")
    if not _is_web_address(file.direct_url):
        raise TransientFault("persist", "its directURL is no web address")
    return PersistedFile(file.id, file.direct_url)


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and bool(_PRINTABLE.fullmatch(url))


def _reason(reply: bytes) -> str:
    """What an error reply says, on one line and without URLs."""
    text = " ".join(reply[:2000].decode(errors="replace").split())
    return _URL.sub("<URL>", text)[:200]
