"""What the machine is doing, for administrators."""

from __future__ import annotations

from flask import Blueprint, render_template

from app.services.operating import Machine, machine
from app.web import words
from app.web.room import staff_room
from app.web.staff.sayings import STATES, STEPS

operating = Blueprint("operating", __name__, url_prefix="/work")


@operating.get("")
def page() -> str:
    """The page."""
    room = staff_room()
    return render_template("staff/work.html", **_described(machine(room.db, room.settings)))


def _described(now: Machine) -> dict[str, object]:
    return {
        "worker": now.worker,
        "free": words.size(now.free),
        "left": words.counted(now.left, "file") if now.left else "",
        "uploads": words.counted(now.uploads, "upload"),
        "tasks": [
            {
                "id": task.id,
                "state": STATES[task.state],
                "step": STEPS[task.step] if task.step else "Waiting for its turn",
                "permille": task.permille,
                "since": words.moment(task.since),
                "attempt": task.attempt,
                "stopping": task.stopping,
            }
            for task in now.tasks
        ],
    }
