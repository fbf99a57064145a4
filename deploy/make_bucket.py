"""Makes the bucket that the environment names, unless it is there: run once by `deploy/compose.yaml`, when the store answers."""

from __future__ import annotations

import os
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

PATIENCE_SECONDS = 60
"""How long a store may take to come up."""


def main() -> int:
    """0 when it is there, else 1."""
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["STORE_ENDPOINT"],
        region_name="us-east-1",
        aws_access_key_id=os.environ["STORE_ACCESS_KEY"],
        aws_secret_access_key=os.environ["STORE_SECRET_KEY"],
    )
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            client.create_bucket(Bucket=os.environ["STORE_BUCKET"])
            return 0
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                return 0
            print(f"The store says {code}.", file=sys.stderr)  # noqa: T201 - a program's own words
            return 1
        except BotoCoreError as error:
            nobody_yet = isinstance(error, (ConnectionError, HTTPClientError))
            if not nobody_yet or time.monotonic() > until:
                print(f"The store cannot be asked ({type(error).__name__}).", file=sys.stderr)  # noqa: T201 - likewise
                return 1
            time.sleep(1)


if __name__ == "__main__":
    sys.exit(main())
