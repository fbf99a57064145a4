"""A shelf on a disk spends no memory on stores elsewhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SERVING = """
import sys
from pathlib import Path
from app import cli, factory, worker, wsgi
from app.services.values import PrivateFolder
from tests.app.backend import make_settings
PrivateFolder(make_settings(Path(sys.argv[1])), "abc").has_pieces
print(*sorted({name.split(".")[0] for name in sys.modules} & {"boto3", "botocore", "s3transfer", "urllib3", "moto"}))
"""


def test_boto3_is_not_there_where_the_disk_is_the_store(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, "-c", _SERVING, tmp_path], capture_output=True, text=True, check=True)
    assert told.stdout == "\n"
