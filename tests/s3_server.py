"""An S3 server on loopback: moto's, in this process; or any other that the environment names, to run the same tests on it.

STORE_ENDPOINT=http://127.0.0.1:8080 STORE_ACCESS_KEY=test:tester STORE_SECRET_KEY=testing pytest tests/contracts/test_store.py
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Server:
    """Where it answers, and a bucket of its own for one test."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str = ""

    @property
    def client(self) -> Any:
        """Somebody with the keys, who looks past our code."""
        from botocore.config import Config  # here and below: most tests need none of it

        from app.stores.s3_client import _session

        return _session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=Config(
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def with_bucket(self, *, versioned: bool) -> Server:
        """The same with a new bucket."""
        made = replace(self, bucket=f"shelf-{secrets.token_hex(6)}")
        self.client.create_bucket(Bucket=made.bucket)
        if versioned:
            self.client.put_bucket_versioning(Bucket=made.bucket, VersioningConfiguration={"Status": "Enabled"})
        return made

    def settings(self, **others: object) -> dict[str, object]:
        """What an operator would set."""
        return {
            "store": "s3",
            "store_endpoint": self.endpoint,
            "store_bucket": self.bucket,
            "store_prefix": "maple/shelf",
            "store_path_style": True,
            "store_access_key": self.access_key,
            "store_secret_key": self.secret_key,
            "store_holder": "Larch Hosting",
        } | others

    def everything(self) -> set[str]:
        """Every key of which a version, a mark or a part is left."""
        client, found = self.client, set()
        listed = client.list_object_versions(Bucket=self.bucket)
        for kind in ("Versions", "DeleteMarkers"):
            found |= {one["Key"] for one in listed.get(kind, ())}
        uploads = client.list_multipart_uploads(Bucket=self.bucket)
        return found | {one["Key"] for one in uploads.get("Uploads", ())}


@contextmanager
def s3_server() -> Iterator[Server]:
    """A server for as long as somebody needs it."""
    if endpoint := os.environ.get("STORE_ENDPOINT"):
        yield Server(endpoint, os.environ["STORE_ACCESS_KEY"], os.environ["STORE_SECRET_KEY"])
        return
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        yield Server(f"http://{host}:{port}", "nobody", "nothing")
    finally:
        moto.stop()
