"""Sound has an account of its own: what was heard, and what need not be."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_EMPTY: dict[str, object] = {"spans": []}


def upgrade() -> None:
    """Nothing was heard yet, as far as is known, and nobody has declared that participants were muted."""
    op.create_table(
        "second_heard",
        sa.Column("recording_id", sa.String(length=12), nullable=False),
        sa.Column("session_id", sa.String(length=12), nullable=False),
        sa.Column("second", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["recording_id"], ["recording.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["session_id"], ["staff_session.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("recording_id", "session_id", "second"),
    )
    with op.batch_alter_table("recording") as table:
        table.add_column(sa.Column("participants_muted", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("recording") as table:
        table.alter_column("participants_muted", server_default=None)
    _read_decisions_on()


def _read_decisions_on() -> None:
    """Decisions of before tell of no ears."""
    approval = sa.table("approval", sa.column("id", sa.String), sa.column("decision_json", sa.Text))
    hearing = {"due": _EMPTY, "heard": _EMPTY, "participants_muted": False, "stays": _EMPTY}
    bind = op.get_bind()
    for row in bind.execute(sa.select(approval)).all():
        decision = json.loads(row.decision_json) | {"hearing": hearing}
        text = json.dumps(decision, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        bind.execute(sa.update(approval).where(approval.c.id == row.id).values(decision_json=text))
