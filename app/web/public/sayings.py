"""What families read of values, in the language of the page."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask_babel import get_locale, gettext, ngettext

from app.db.kinds import AgeGroup
from app.services.finding import CAPTIONED, SIGNED, Facet, Option
from app.web import words
from media_pipeline.core.captions import Uncaptioned


def age(group: AgeGroup) -> str:
    """`Toddlers`."""
    return {
        AgeGroup.BABY: gettext("Babies"),
        AgeGroup.TODDLER: gettext("Toddlers"),
        AgeGroup.PRESCHOOL: gettext("Preschool"),
        AgeGroup.SCHOOL_AGE: gettext("School age"),
        AgeGroup.FAMILY: gettext("Families"),
    }[group]


def language(tag: str) -> str:
    """`Spanish` or `español`; a language that we do not know stands for itself."""
    first = tag.split("-")[0].lower()
    locale = get_locale()
    name = locale.languages.get(first, "") if locale is not None else ""
    return name[:1].upper() + name[1:] if name else words.language(tag)


def minutes(length_ms: int) -> str:
    """`25 minutes`; under a minute, seconds."""
    if length_ms < 60_000:
        return ngettext("%(num)d second", "%(num)d seconds", max(1, round(length_ms / 1000)))
    return ngettext("%(num)d minute", "%(num)d minutes", round(length_ms / 60_000))


def days(count: int) -> str:
    """`14 days`."""
    return ngettext("%(num)d day", "%(num)d days", count)


def day(when: date) -> str:
    """`November 23, 2026`."""
    return format_date(when, "long", locale=get_locale())


def option(facet: Facet, one: Option) -> str:
    """The name of something that can be chosen."""
    if facet is Facet.AGE:
        return age(AgeGroup(one.word))
    if facet is Facet.LANGUAGE:
        return language(one.word)
    if facet in (Facet.SERIES, Facet.THEME):
        return one.name or one.word
    return {
        "under-10": gettext("Under 10 minutes"),
        "under-20": gettext("Under 20 minutes"),
        "from-20": gettext("20 minutes or more"),
        CAPTIONED: gettext("With captions"),
        SIGNED: gettext("In sign language"),
    }[one.word]


def uncaptioned(reason: Uncaptioned | None) -> str:
    """Why a storytime has no captions."""
    if reason is None:
        return gettext("Published before reasons were written down")
    return {
        Uncaptioned.FOLLOWING: gettext("Captions will follow"),
        Uncaptioned.SONGS: gettext("Songs and rhymes, with little else said"),
        Uncaptioned.NOTHING_SAID: gettext("Nothing is said in it"),
        Uncaptioned.NO_TRANSCRIPT: gettext("What is said could not be written down"),
        Uncaptioned.OTHERS_SPEAK: gettext("The captions would hold what people who took part said"),
    }[reason]


def facet(one: Facet) -> str:
    """What a row of choices is about."""
    return {
        Facet.AGE: gettext("For"),
        Facet.LANGUAGE: gettext("Language"),
        Facet.LENGTH: gettext("Length"),
        Facet.SERIES: gettext("Series"),
        Facet.THEME: gettext("Theme"),
        Facet.WITH: gettext("Helps"),
    }[one]
