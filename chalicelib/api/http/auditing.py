"""How a route records what it did.

A deletion is recorded before it happens, so that no crash hides it; everything else once it is
known what the caller gets, before the reply leaves. A record that the database does not take is
written to the log instead, in full, and the request goes on: whoever cannot be served because of
the audit would be as badly off as after an attack on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import logs
from chalicelib.api.http.call import Call
from chalicelib.domain.audit import Action
from chalicelib.domain.errors import TransientFault
from chalicelib.domain.ids import DatasetId


def record(
    call: Call,
    action: Action,
    dataset_id: DatasetId | None,
    *,
    names: Sequence[str] = (),
    file_id: str | None = None,
) -> None:
    """Record that this request's caller did this to this dataset; None where it concerns no single one."""
    audit = call.services.audit
    call.dataset_id = dataset_id
    act = audit.describe(
        action,
        call.request_id,
        user=call.user,
        dataset_id=dataset_id,
        names=names,
        file_id=file_id,
        address=call.source_address(),
    )
    call.audit_digest = act.digest
    try:
        audit.add(act)
    except TransientFault as fault:
        fields = {"action": act.action, "names": act.names, "file": act.file_id, "address": act.address}
        logs.log_fault("the audit record is in this line alone", fault, {**call.log_fields(), **fields})
