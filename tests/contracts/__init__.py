"""What each port promises, as test classes without a store.

`tests/unit/contracts` runs them on the fakes and `tests/integration/contracts` on the real engines,
so that a test that passes on a fake says something about the engine.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in (
            "audit_store",
            "cursor_store",
            "dataset_store",
            "failed_events",
            "image_listing",
            "image_names",
            "image_records",
            "image_removal",
            "ingest_trigger",
            "leftovers",
            "object_store",
            "object_urls",
            "paging",
            "persist_service",
            "persisted_files",
            "receipt_leases",
            "receipt_listing",
            "receipt_store",
            "rows",
            "session_store",
            "threads",
            "token_verifier",
        )
    )
)
