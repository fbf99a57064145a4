"""Taking recordings in, and putting them out again.

Taking in is three steps, each of which may be repeated: a row that names the upload, the file's move into the
private folder, a word to the worker. Whatever a crash leaves between them, `resume` goes on with.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from app.db.engine import Database, now
from app.db.kinds import AgeGroup, Deleted, RecordingState, Rule
from app.db.models import Recording, User
from app.services import deletions
from app.services.jobs import Jobs
from app.services.states import REMOVABLE
from app.services.values import PrivateFolder
from app.settings import Settings
from app.stores import files, open_store
from app.uploads.names import NameHint
from app.uploads.record import Complete
from app.uploads.store import IncomingStore
from media_pipeline.core.errors import Fault, Refused, Stale


def incoming(settings: Settings) -> IncomingStore:
    """The store that uploads arrive in. Raises Fault."""
    return IncomingStore(settings.incoming, settings.upload_limit_bytes, settings.disk_reserve_bytes)


def accept(db: Database, settings: Settings, store: IncomingStore, jobs: Jobs, upload_id: str) -> str:
    """Takes in an upload that has come whole; returns the recording's id. Twice is the same as once.

    Raises Refused("no-upload"), ValueError when bytes are missing, Fault.
    """
    upload, whole = store.get(upload_id), store.finish(upload_id)
    with db.writing() as session:
        recording = session.scalar(select(Recording).where(Recording.upload_id == upload_id))
        if recording is None:
            if upload.taken:
                raise Refused("no-upload")  # it was taken in and removed since
            at = now()
            recording = Recording(
                upload_id=upload_id,
                created_at=at,
                uploaded_by=upload.owner if session.get(User, upload.owner) else None,
                state=RecordingState.UPLOADED,
                state_at=at,
                hint=upload.hint.value,
                sha256=whole.sha256,
                size=whole.size,
            )
            session.add(recording)
            session.flush()
    if recording.state is RecordingState.UPLOADED:
        folder = PrivateFolder(settings, recording.id)
        files.make_folder(folder.path)
        if folder.elsewhere:
            _send(folder, store, upload_id, whole)
        else:
            store.take(upload_id, folder.original)
        jobs.analyse(recording.id, recording.attempt)
    return recording.id


def _send(folder: PrivateFolder, store: IncomingStore, upload_id: str, whole: Complete) -> None:
    """To the store first, then out of the uploads: whatever a crash leaves, one of them has it whole."""
    with files.alone(folder.path / "coming"):  # whoever resumes meanwhile would send it a second time
        if not store.get(upload_id).taken:
            folder.take_in(whole.path, whole.sha256)
            store.take(upload_id, folder.original)
            folder.let_go()  # this machine may have no worker, and so no sweep


def resume(db: Database, settings: Settings, store: IncomingStore, jobs: Jobs) -> int:
    """Takes in every upload that has come whole and was left by a crash. Returns how many."""
    left = [upload.id for upload in store.uploads() if upload.complete and not upload.taken]
    for upload_id in left:
        accept(db, settings, store, jobs, upload_id)
    return len(left)


def accept_demo(db: Database, settings: Settings, jobs: Jobs, film: Path) -> str:
    """Takes in the demonstration's generated film, which is moved from `film`; returns the recording's id.

    It is the only way to a recording that `review.approve_demo` accepts. Raises Fault.
    """
    at = now()
    recording = Recording(
        created_at=at,
        state=RecordingState.UPLOADED,
        state_at=at,
        demo=True,
        hint=NameHint.NONE.value,
        sha256=files.sha256_of(film),
        size=film.stat().st_size,
        title="Demonstration storytime",
        age_group=AgeGroup.FAMILY,
        language="en",
        description="A generated film that shows how this shelf works. Nobody is in it.",
    )
    with db.writing() as session:
        session.add(recording)
        session.flush()
        folder = PrivateFolder(settings, recording.id)
        files.make_folder(folder.path)
        folder.take_in(film, recording.sha256)
        files.move(film, folder.original)
    jobs.analyse(recording.id, recording.attempt)
    return recording.id


def remove(db: Database, settings: Settings, recording_id: str, rule: Rule = Rule.STAFF) -> None:
    """Removes a recording and every private file of it. Raises Stale("moved-on") while it is worked on or public and
    Stale("held"); Fault.

    What was public of it stays known only as an address that is gone.
    """
    with db.writing() as session:
        recording = session.get(Recording, recording_id)
        if recording is None or recording.state not in REMOVABLE:
            raise Stale("moved-on")
        if recording.held_reason is not None:
            raise Stale("held")
        deletions.note_private(session, settings, recording, Deleted.RECORDING, rule, now())
        session.delete(recording)
    destroy_private(settings, recording_id)


def destroy_private(settings: Settings, recording_id: str) -> None:
    """Destroys every private file of a recording: of a hostile one at once, of others at the end of their time."""
    store, name = open_store(settings), f"{settings.private.name}/{recording_id}"
    store.remove(name)
    if store.anything(name):
        raise Fault("store-failed", "private files could not be removed")
