"""`storyshelf doctor` tries the store, and tells a bucket that strangers can read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import health
from app.settings import Settings
from app.stores.trial import try_out
from media_pipeline.core.errors import Fault
from tests.app.backend import make_settings
from tests.s3_server import Server
from tests.troubled_server import troubled


@pytest.fixture
def private(s3: Server) -> Iterator[Server]:
    with troubled(s3.endpoint) as road:
        road.hides_lists = True
        yield replace(s3, endpoint=road.url)


def settings_for(bucket: Server, folder: Path, **others: object) -> Settings:
    settings = make_settings(folder / "data", **bucket.settings(**others))
    settings.make_folders()
    return settings


@pytest.mark.parametrize(("versioned", "told"), [(True, "keeps versions"), (False, "keeps no versions")])
def test_a_private_bucket_is_fine_and_nothing_stays_in_it(
    private: Server, tmp_path: Path, versioned: bool, told: str
) -> None:
    bucket = private.with_bucket(versioned=versioned)
    tried = try_out(settings_for(bucket, tmp_path))
    assert tried.trouble is None
    assert tried.versions.startswith(told)
    assert bucket.everything() == set()


def open_by_acl(bucket: Server) -> None:
    bucket.client.put_bucket_acl(Bucket=bucket.bucket, ACL="public-read")


def open_to_every_account(bucket: Server) -> None:
    bucket.client.put_bucket_acl(Bucket=bucket.bucket, ACL="authenticated-read")


def open_by_policy(bucket: Server) -> None:
    allowed = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket.bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    bucket.client.put_bucket_policy(Bucket=bucket.bucket, Policy=policy)


@pytest.mark.skipif("STORE_ENDPOINT" in os.environ, reason="other servers know other rights")
@pytest.mark.parametrize("opened", [open_by_acl, open_to_every_account, open_by_policy])
def test_a_bucket_that_strangers_can_read_is_told(
    private: Server, tmp_path: Path, opened: Callable[[Server], None]
) -> None:
    bucket = private.with_bucket(versioned=False)
    opened(bucket)
    trouble = try_out(settings_for(bucket, tmp_path)).trouble
    assert trouble is not None
    assert trouble.startswith("the bucket is open to")
    assert bucket.everything() == set()


def test_a_bucket_that_is_not_there_is_a_fault(s3: Server, tmp_path: Path) -> None:
    with pytest.raises(Fault):
        try_out(settings_for(s3.with_bucket(versioned=False), tmp_path, store_bucket="no-such-bucket"))


def test_doctor_tells_of_the_store(private: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(private.with_bucket(versioned=True), tmp_path)
    monkeypatch.setattr(health, "load_settings", lambda: settings)
    told: list[str] = []
    assert health._store(told) is None
    assert told == [" (a bucket that keeps versions, which are deleted with the rest)"]
    settings = make_settings(tmp_path / "disk")
    settings.make_folders()
    told.clear()
    assert health._store(told) is None
    assert told == [" (this disk)"]
