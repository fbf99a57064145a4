"""Who of the staff may do what, address by address: what is not named here is refused, and what changes anything is noted.

The trail notes what was done, not what was looked at: pictures seen and seconds watched are counted elsewhere, and the
pieces of an upload are one upload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.db.kinds import StaffRole
from app.services.people import SignedIn

UPLOADER, REVIEWER, PUBLISHER, ADMINISTRATOR = StaffRole


@dataclass(frozen=True, slots=True)
class Allowed:
    """One address."""

    role: StaffRole
    """Whoever may do at least what this role may."""

    deed: str = ""
    """What the trail says when something is changed by it; empty when that is nothing to note."""


ALLOWED: Mapping[str, Allowed] = MappingProxyType(
    {
        "about.page": Allowed(UPLOADER, "details"),
        "account.codes_on": Allowed(UPLOADER, "codes"),
        "account.codes_off": Allowed(UPLOADER, "codes-off"),
        "account.end_others": Allowed(UPLOADER, "sessions-ended"),
        "account.page": Allowed(UPLOADER),
        "account.password": Allowed(UPLOADER, "password"),
        "captions.choose": Allowed(REVIEWER, "captions"),
        "captions.correct": Allowed(REVIEWER, "captions"),
        "captions.give": Allowed(REVIEWER, "captions"),
        "captions.give_chapters": Allowed(REVIEWER, "chapters"),
        "captions.remove": Allowed(REVIEWER, "captions-removed"),
        "captions.remove_chapters": Allowed(REVIEWER, "chapters-removed"),
        "keeping.begin_anew": Allowed(PUBLISHER, "begun-anew"),
        "keeping.delete_original": Allowed(PUBLISHER, "original-deleted"),
        "keeping.end": Allowed(PUBLISHER, "end"),
        "keeping.hold": Allowed(PUBLISHER, "hold"),
        "keeping.release": Allowed(PUBLISHER, "release"),
        "later.call_off": Allowed(PUBLISHER, "called-off"),
        "later.now": Allowed(PUBLISHER, "published-early"),
        "monitoring.metrics": Allowed(ADMINISTRATOR),
        "monitoring.ready": Allowed(ADMINISTRATOR),
        "operating.page": Allowed(ADMINISTRATOR),
        "people.codes_off": Allowed(ADMINISTRATOR, "member-codes-off"),
        "people.disable": Allowed(ADMINISTRATOR, "member-locked-out"),
        "people.enable": Allowed(ADMINISTRATOR, "member-let-in"),
        "people.invite": Allowed(ADMINISTRATOR, "invitation"),
        "people.new_password": Allowed(ADMINISTRATOR, "member-password-link"),
        "people.page": Allowed(ADMINISTRATOR),
        "people.role": Allowed(ADMINISTRATOR, "member-role"),
        "people.trail": Allowed(ADMINISTRATOR),
        "people.trail_csv": Allowed(ADMINISTRATOR),
        "pictures.poster": Allowed(UPLOADER),
        "receipt.page": Allowed(REVIEWER),
        "receipt.plain": Allowed(REVIEWER),
        "recordings.cancel": Allowed(UPLOADER, "stop"),
        "recordings.one": Allowed(UPLOADER, "details"),
        "recordings.progress": Allowed(UPLOADER),
        "recordings.remove": Allowed(PUBLISHER, "remove"),
        "recordings.remove_several": Allowed(PUBLISHER),  # notes each
        "recordings.retry": Allowed(UPLOADER, "retry"),
        "recordings.safe": Allowed(PUBLISHER, "declared-safe"),
        "recordings.shelf": Allowed(UPLOADER),
        "recordings.unpublish": Allowed(PUBLISHER, "unpublish"),
        "review.answer": Allowed(REVIEWER, "look"),
        "review.approve": Allowed(PUBLISHER, "approve"),
        "review.lanes": Allowed(REVIEWER),
        "review.played": Allowed(REVIEWER),
        "review.proxy": Allowed(REVIEWER),
        "review.redo": Allowed(REVIEWER, "redo"),
        "review.save": Allowed(REVIEWER, "edit"),
        "review.seen": Allowed(REVIEWER),
        "review.sheet": Allowed(REVIEWER),
        "review.sound": Allowed(REVIEWER, "participants-muted"),
        "review.state": Allowed(REVIEWER),
        "review.strip": Allowed(REVIEWER),
        "review.undo": Allowed(REVIEWER, "undo"),
        "rights.add": Allowed(REVIEWER, "rights"),
        "rights.page": Allowed(REVIEWER),
        "rights.remove": Allowed(REVIEWER, "rights"),
        "rights.tell": Allowed(REVIEWER, "rights-told"),
        "rights.times": Allowed(REVIEWER, "rights"),
        "rights.without": Allowed(REVIEWER, "without"),
        "runsheet.page": Allowed(UPLOADER),
        "service.join": Allowed(UPLOADER),  # noted when they are back
        "service.part": Allowed(UPLOADER, "service-parted"),
        "service.part_member": Allowed(ADMINISTRATOR, "member-service-parted"),
        "sign_in.out": Allowed(UPLOADER, "sign-out"),
        "takedown.page": Allowed(PUBLISHER),
        "uploads.advise": Allowed(UPLOADER),
        "uploads.transcript": Allowed(UPLOADER, "captions"),
        "uploads.tus": Allowed(UPLOADER),  # notes what has come whole
        "works.as_csv": Allowed(REVIEWER),
        "works.evidence": Allowed(REVIEWER),
        "works.give_evidence": Allowed(REVIEWER, "evidence"),
        "works.new": Allowed(REVIEWER, "work"),
        "works.one": Allowed(REVIEWER, "work"),
        "works.page": Allowed(REVIEWER),
        "works.remove": Allowed(REVIEWER, "work-removed"),
        "works.remove_evidence": Allowed(REVIEWER, "evidence-removed"),
    }
)

BY_TOKEN = frozenset({"monitoring.metrics", "monitoring.ready"})
"""What a program may read that is nobody's, with the token of the settings; without that setting nobody may."""


def may_use(who: SignedIn | None, endpoint: str) -> bool:
    """Whether somebody may use an address: what nobody has named, nobody may."""
    allowed = ALLOWED.get(endpoint)
    return who is not None and allowed is not None and who.role.covers(allowed.role)
