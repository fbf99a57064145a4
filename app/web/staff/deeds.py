"""Roles, and what the trail says was done, in the words that staff read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.db.kinds import StaffRole

STAFF_ROLES: Mapping[StaffRole, str] = MappingProxyType(
    {
        StaffRole.UPLOADER: "Uploader: brings recordings, writes what families read",
        StaffRole.REVIEWER: "Reviewer: also reviews and edits",
        StaffRole.PUBLISHER: "Publisher: also approves, takes down, removes",
        StaffRole.ADMINISTRATOR: "Administrator: also decides who may do what",
    }
)

DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "approve": "Approved a recording",
        "begun-anew": "Began to cut more out of what is public",
        "called-off": "Called a publication off",
        "captions": "Changed captions",
        "captions-removed": "Removed captions",
        "chapters": "Gave chapters",
        "chapters-removed": "Removed chapters",
        "codes": "Set up codes from a phone",
        "codes-off": "Signs in without codes",
        "declared-safe": "Said that everybody in it may be shown",
        "details": "Changed what families read",
        "edit": "Changed the edit",
        "end": "Changed the last day",
        "evidence": "Kept a file that proves a right",
        "evidence-removed": "Deleted a file that proved a right",
        "hold": "Put on hold",
        "invitation": "Invited somebody",
        "look": "Said what a look shows",
        "member-codes-off": "Dropped somebody’s codes",
        "member-let-in": "Let somebody in again",
        "member-locked-out": "Locked somebody out",
        "member-password-link": "Made a link for a new password",
        "member-role": "Changed somebody’s role",
        "member-service-parted": "Ended somebody’s signing in through the sign-in service",
        "original-deleted": "Deleted the original",
        "participants-muted": "Said whether participants were muted",
        "password": "Changed the own password",
        "published-early": "Published before its time",
        "redo": "Did again what was undone",
        "release": "Lifted the hold",
        "remove": "Removed a recording",
        "retry": "Tried again",
        "rights": "Changed what of others is in a recording",
        "rights-told": "Said whether all of others is listed",
        "service-joined": "Signs in through the sign-in service too",
        "service-parted": "Signs in through the sign-in service no more",
        "service-sign-in": "Signed in through the sign-in service",
        "service-welcome": "Came by a link and signs in through the sign-in service",
        "sessions-ended": "Signed out everywhere else",
        "sign-in": "Signed in",
        "sign-out": "Signed out",
        "stop": "Stopped the work",
        "undo": "Undid a change",
        "unpublish": "Took a recording down",
        "upload": "Uploaded a file",
        "welcome": "Came by a link and chose a password",
        "withdraw": "Took a recording down",
        "without": "Cut a book, song or picture out",
        "work": "Changed a record of rights",
        "work-removed": "Removed a record of rights",
    }
)
