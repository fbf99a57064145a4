"""Whether a bucket can be trusted with recordings: tried with a file of no worth, not believed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from app.settings import Settings
from app.stores.s3 import S3
from app.stores.s3_client import Bucket, answers
from media_pipeline.core.errors import Fault

_EVERYBODY = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
"""How groups of strangers end, in lists of who may do what."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it."""

    trouble: str | None
    """What is wrong, or None."""

    versions: str
    """What the bucket does with what is overwritten and deleted, for IT."""


def try_out(settings: Settings) -> Tried:
    """Writes, reads and deletes a file in the bucket of these settings, and asks for it as a stranger. Raises Fault."""
    bucket = Bucket(settings)
    store, name = S3(settings.data, bucket), f"probe/{secrets.token_hex(8)}"
    try:
        store.write(name, "storyshelf")
        readable = _reads(store, name)
        public = _public(bucket, bucket.prefix + name)
    finally:
        store.remove(name)
    trouble = None
    if not readable:
        trouble = "it does not give back what it was given"
    elif public:
        trouble = f"the bucket is open to {public}: make it private before anything is kept in it"
    elif store.anything(name):
        trouble = "it does not delete"
    return Tried(trouble, _versions(bucket))


def _reads(store: S3, name: str) -> bool:
    try:
        return store.read(name) == b"storyshelf"
    except FileNotFoundError:
        return False


def _public(bucket: Bucket, key: str) -> str:
    """Which strangers can read or list it; nothing when nobody can."""
    stranger = bucket.stranger()
    if _allowed(stranger.get_object, Bucket=bucket.name, Key=key):
        return "everybody, who can read files"
    if _allowed(stranger.list_objects_v2, Bucket=bucket.name, MaxKeys=1):
        return "everybody, who can list files"
    told = _allowed(bucket.quick.get_bucket_acl, Bucket=bucket.name) or {}
    if any(str(one.get("Grantee", {}).get("URI", "")).endswith(_EVERYBODY) for one in told.get("Grants", ())):
        return "strangers, by its list of rights"
    policy = _allowed(bucket.quick.get_bucket_policy_status, Bucket=bucket.name) or {}
    return "strangers, by its policy" if policy.get("PolicyStatus", {}).get("IsPublic") else ""


def _allowed(ask: Any, **what: Any) -> Any:
    """The answer; None when it is refused, or when the store knows no such question."""
    with answers():
        try:
            return ask(**what)
        except ClientError as error:
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            if 400 <= status < 500 or status == 501:
                return None
            raise


def _versions(bucket: Bucket) -> str:
    try:
        told = _allowed(bucket.quick.get_bucket_versioning, Bucket=bucket.name)
    except Fault:
        told = None
    if told is None:
        return "does not say whether it keeps versions"
    state = told.get("Status", "")
    if state == "Enabled":
        return "keeps versions, which are deleted with the rest"
    return "has kept versions, which are deleted with the rest" if state else "keeps no versions"
