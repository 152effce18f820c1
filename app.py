"""Nebula's table of contents: the routes, and the functions that events start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Chalice

from chalicelib import bootstrap
from chalicelib.api import BASE_PATH
from chalicelib.api.http import middleware
from chalicelib.api.http.cors import Cors
from chalicelib.api.routes import (
    audit,
    datasets,
    deletion,
    description,
    files,
    health,
    receipts,
    sessions,
    uploads,
)
from chalicelib.events.ingest import ingest_event
from chalicelib.events.sweep import sweep_leftovers
from chalicelib.logs import LOGGER_NAME

app = Chalice(app_name=LOGGER_NAME, configure_logs=False)
middleware.install(app, Cors(bootstrap.frontend_origins()))
app.register_blueprint(datasets.routes, url_prefix=BASE_PATH)
app.register_blueprint(uploads.routes, url_prefix=BASE_PATH)
app.register_blueprint(sessions.routes, url_prefix=BASE_PATH)
app.register_blueprint(receipts.routes, url_prefix=BASE_PATH)
app.register_blueprint(deletion.routes, url_prefix=BASE_PATH)
app.register_blueprint(audit.routes, url_prefix=BASE_PATH)
app.register_blueprint(description.routes, url_prefix=BASE_PATH)
app.register_blueprint(health.routes, url_prefix=BASE_PATH)
app.register_blueprint(files.routes)


# A plain function, not `on_sqs_message`: that one hides the reply that names the failed messages. Queues
# and mappings are part of the infrastructure code.
@app.lambda_function(name="ingest")
def ingest(event: dict[str, Any], context: Any) -> Mapping[str, object] | None:
    """Ingest the objects that S3 events tell of, which come as messages of the intake's queues."""
    return ingest_event(event, bootstrap.services().ingest, context.aws_request_id)


@app.lambda_function(name="sweep")
def sweep(event: dict[str, Any], context: Any) -> dict[str, object]:  # noqa: ARG001 - Lambda gives it
    """Finish what events, crashes and dependencies left undone."""
    return sweep_leftovers(event, bootstrap.services().sweep)


bootstrap.prepare()
