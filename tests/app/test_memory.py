"""Each program loads only what it uses: together they take little of a small machine while nobody does anything.

`python -m tests.benchmarks.idle` says how much; here is what would cost most.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.db.engine import Database
from app.db.migrate import upgrade
from tests.app.backend import make_settings

HEAVY = {
    "alembic",
    "authlib",
    "boto3",
    "cryptography",
    "dbos",
    "flask",
    "joserfc",
    "numpy",
    "onnxruntime",
    "psycopg",
    "pydantic",
    "sqlalchemy",
}

_SERVING = """
from app.factory import create_{kind}_app
from app.settings import load_settings
assert create_{kind}_app(load_settings()).test_client().get("/healthz").status_code == 200
"""

_TOOLS = """
from app.settings import load_settings
from app.worker import main
main.open_pipeline(load_settings())
"""


@pytest.mark.parametrize(
    ("program", "uses"),
    [
        ("import app.cli.operate", set()),  # what watches over the others
        ("import app.wsgi, app.delivery", set()),  # gunicorn's own process
        (_SERVING.format(kind="public"), {"flask", "pydantic", "sqlalchemy"}),
        (_SERVING.format(kind="staff"), {"flask", "pydantic", "sqlalchemy"}),
        (_TOOLS, {"dbos", "numpy", "psycopg", "pydantic", "sqlalchemy"}),  # DBOS brings psycopg
    ],
    ids=["serve", "gunicorn", "families", "staff", "worker"],
)
def test_a_program_holds_only_what_it_uses(program: str, uses: set[str], tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "data")
    settings.make_folders()
    db = Database(settings.shelf_database)
    upgrade(db)
    db.close()
    told = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys\nprint(*sorted({HEAVY!r} & set(sys.modules)))"],
        env={"STORYSHELF_DATA": str(settings.data), "STORYSHELF_SECRET_KEY": "s" * 40, "PATH": "/usr/bin:/bin"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert set(told.stdout.split("\n")[-2].split()) == uses
