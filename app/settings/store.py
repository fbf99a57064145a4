"""Where files are kept: the settings of a store."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.settings.kinds import BucketName, KeyPrefix, StoreChoice, StoreEndpoint


class StoreSettings(BaseModel):
    """What `Settings` says of the store."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    store: StoreChoice = StoreChoice.DISK
    """Where recordings and finished files are kept: on this machine's disk, or in an S3 store that several machines share."""

    store_bucket: BucketName = ""
    """The bucket, which must be there and be private."""

    store_endpoint: StoreEndpoint = ""
    """Where the store answers, such as https://s3.library.example; empty means AWS."""

    store_region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]{1,40}$")
    """The region that requests are signed for."""

    store_prefix: KeyPrefix = ""
    """What the keys of this shelf begin with, where a bucket holds more than that."""

    store_path_style: bool = False
    """Whether the bucket stands in the path (https://store/bucket) and not in the host (https://bucket.store)."""

    store_access_key: SecretStr = SecretStr("")
    """The key that may read, write, list and delete there; empty means the environment's or the machine's own, as AWS has it."""

    store_secret_key: SecretStr = SecretStr("")
    """Its secret."""

    store_holder: str = Field(default="", max_length=120)
    """Who runs the store, such as a company's name: families read it on the privacy page."""

    @model_validator(mode="after")
    def _store_agrees(self) -> Self:
        if self.store is StoreChoice.S3 and not (self.store_bucket and self.store_holder.strip()):
            raise ValueError("an S3 store needs store_bucket, and store_holder, which families are told")
        if bool(self.store_access_key.get_secret_value()) != bool(self.store_secret_key.get_secret_value()):
            raise ValueError("store_access_key and store_secret_key come together")
        return self
