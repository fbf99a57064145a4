"""The door to an S3 bucket: how long we wait, how often we try, and what its errors mean. Errors never name a key or a host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from app.settings import Settings
from media_pipeline.core.errors import Fault

CONNECT_SECONDS = 3
"""How long a store may take to take a connection."""

ANSWER_SECONDS = 10
"""How long it may say nothing before and within an answer: a reader waits for it."""

PATIENT_SECONDS = 60
"""The same when it has been given something, which it may have to put together first: only the worker and uploads wait."""

TRIES = 3
"""How often a request is sent in all, with pauses of at most a few seconds. The worker tries a whole step again after that."""

_GONE = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchVersion", "NoSuchUpload"})
_FULL = frozenset({"507", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "EntityTooLarge"})
"""What stores say that have no room. The largest file of an upload is within any store's limit for one part."""

_WORD = re.compile(r"[A-Za-z0-9]{1,48}")


class Bucket:
    """One bucket, and the part of its keys that is ours. Raises Fault("settings-unfit") where no keys are to be had."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.name = settings.store_bucket
        self.prefix = f"{settings.store_prefix}/" if settings.store_prefix else ""
        self.quick = self._client(ANSWER_SECONDS)
        self.patient = self._client(PATIENT_SECONDS)

    def stranger(self) -> Any:
        """A client as anybody has it, without keys."""
        return self._client(ANSWER_SECONDS, signature_version=UNSIGNED)

    def _client(self, seconds: int, **more: Any) -> Any:
        settings = self._settings
        own = bool(settings.store_access_key.get_secret_value())
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=seconds,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            max_pool_connections=32,  # as many as the families' server answers at once
            s3={"addressing_style": "path" if settings.store_path_style else "virtual"},
            # Not every store knows the new checksums, and one that does not would pass: we read back what we wrote.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            **more,
        )
        with answers(), _MAKING:
            return _session().client(
                "s3",
                endpoint_url=settings.store_endpoint or None,
                region_name=settings.store_region,
                # None: the usual places of AWS, the environment or the machine's role
                aws_access_key_id=settings.store_access_key.get_secret_value() if own else None,
                aws_secret_access_key=settings.store_secret_key.get_secret_value() if own else None,
                config=config,
            )


_MAKING = Lock()
"""boto3 makes clients one at a time; they may then be used by any thread."""


@cache
def _session() -> Any:
    """One for all clients of this process, which then share what they know of S3."""
    return boto3.session.Session()


@contextmanager
def answers() -> Iterator[None]:
    """Turns a store's errors into `Fault`s and, for what is not there, FileNotFoundError. Without their texts."""
    try:
        yield
    except ClientError as error:
        raise _meant(error) from None
    except (NoCredentialsError, PartialCredentialsError):
        raise Fault("settings-unfit", "no keys for the store were found") from None
    except BotoCoreError as error:
        raise Fault("store-failed", f"the store met {type(error).__name__}") from None
    except ValueError:  # boto3's word for an endpoint or a bucket that cannot be
        raise Fault("settings-unfit", "the store cannot be addressed so") from None


def code_of(error: ClientError) -> str:
    """The store's own word for what is wrong, or the number of its answer. Empty when it is neither."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    return next((said for said in (code, status) if _WORD.fullmatch(said)), "")


def _meant(error: ClientError) -> Exception:
    code = code_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _GONE:
        return FileNotFoundError("the store has no such file")
    if code in _FULL or status == 507:
        return Fault("store-full", f"the store says {code}")
    return Fault("store-failed", f"the store says {code or 'no'}")
