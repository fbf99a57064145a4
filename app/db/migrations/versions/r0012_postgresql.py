"""PostgreSQL refuses to change the trail, and has an index of words, as SQLite has had for long."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is missing on SQLite."""
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(
        "CREATE FUNCTION deed_stays() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'what was done is not changed'; END $$"
    )
    op.execute("CREATE TRIGGER deed_stays BEFORE UPDATE ON deed FOR EACH ROW EXECUTE FUNCTION deed_stays()")
    op.execute(
        "CREATE TABLE recording_words ("
        "id varchar(12) PRIMARY KEY REFERENCES recording (id) ON DELETE CASCADE, lexemes tsvector NOT NULL)"
    )
    # fastupdate would let words wait outside the index, where each search goes through them one by one
    op.execute("CREATE INDEX recording_words_lexemes ON recording_words USING gin (lexemes) WITH (fastupdate = off)")
