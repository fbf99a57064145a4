"""The privacy page differs just where a setting differs: every setting is changed once, and a new one is named here before it passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from app.settings import Settings
from tests.app.backend import Backend
from tests.app.web.desk import families

TOLD: dict[str, tuple[object, int]] = {
    "library_name": ("Maple Library", 1),
    "library_logo": (Path("/srv/logo.svg"), 0),
    "library_colour": ("#8a3b12", 0),
    "privacy_officer_name": ("Kim Larch", 2),
    "privacy_officer_contact": ("555 0100", 2),
    "privacy_law": ("RCW 42.56.310", 1),
    "live_platform": ("Zoom", 1),
    "embed_hosts": ("https://a.example", 1),
    "public_url": ("https://shelf.example", 1),
    "originals_days": (77, 1),
    "drafts_days": (77, 1),
    "published_days": (77, 1),
    "trail_days": (77, 1),
    "backups_days": (77, 1),
    "traces_days": (77, 1),
}
"""Settings that families are told of: another value, and in how many lines of the text it then stands."""

TOGETHER: dict[str, tuple[dict[str, object], int]] = {
    "https": ({"https": True, "public_url": "https://shelf.example", "staff_url": "https://staff.example"}, 3),
    "store": ({"store": "s3", "store_bucket": "shelf", "store_holder": "Larch Hosting"}, 2),
    "cache_purge": ({"cache_purge": Path("/srv/forget"), "cache_holder": "Larch Delivery"}, 3),
}
"""The same of those that come with others: how many lines are other ones."""

PARTS = {"store_holder", "cache_holder"}
"""Told only together with what they belong to, above."""

NOT_TOLD = {
    *("sandbox", "ffmpeg", "ffprobe", "data", "secret_key", "accessibility_contact", "library_colour_dark", "robots"),
    *("staff_url", "public_bind", "staff_bind", "ledger", "watch_folder", "waiting_hours", "second_person"),
    *("upload_limit_bytes", "disk_reserve_bytes", "session_hours", "metrics_token", "database_url", "work_url"),
    *("store_bucket", "store_endpoint", "store_region", "store_prefix", "store_path_style", "store_access_key"),
    *("store_secret_key", "oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_name"),
}
"""Nothing that a family sees depends on them."""

OTHER: dict[str, object] = {
    "sandbox": "none-i-accept-the-risk",
    "robots": "nothing",
    "library_colour_dark": "#f0a878",
    "accessibility_contact": "access@library.example",
    "staff_url": "https://staff.example",
    "staff_bind": "127.0.0.1:9",
    "waiting_hours": 48,
    "second_person": True,
    "session_hours": 3,
}


def page(backend: Backend, tongue: str = "", others: Mapping[str, object] = MappingProxyType({})) -> list[str]:
    """What it says, line by line, without its marks; one line for each element that holds words."""
    backend.settings = backend.settings.model_validate({**backend.settings.model_dump(), **others})
    html = families(backend).test_client().get(f"{tongue}/privacy").text
    body = html[html.index("<body") :]
    return [
        line.strip() for line in re.sub(r"</(?:p|li|dd|td|th|tr|h[12]|header)>", "\n", body).split("\n") if line.strip()
    ]


def differing(usual: list[str], other: list[str]) -> list[str]:
    return [line for line in other if line not in usual]


def test_every_setting_is_told_or_said_to_be_none_of_a_familys_business() -> None:
    named = [set(TOLD), set(TOGETHER), PARTS, NOT_TOLD]
    assert sum(map(len, named)) == len(set().union(*named)), "named twice"
    assert set().union(*named) == set(Settings.model_fields)


@pytest.mark.parametrize("tongue", ["", "/es"])
@pytest.mark.parametrize("name", TOLD)
def test_it_differs_where_that_setting_stands_and_nowhere_else(backend: Backend, tongue: str, name: str) -> None:
    usual = page(backend, tongue)
    value, lines = TOLD[name]
    told = differing(usual, page(backend, tongue, {name: value}))
    if lines:
        assert [str(value) in line for line in told] == [True] * lines, told
    else:
        assert all("<img" in line or "<link" in line for line in told), told


@pytest.mark.parametrize("tongue", ["", "/es"])
@pytest.mark.parametrize("name", TOGETHER)
def test_what_others_may_see_is_told_with_its_settings(backend: Backend, tongue: str, name: str) -> None:
    usual = page(backend, tongue)
    values, lines = TOGETHER[name]
    told = differing(usual, page(backend, tongue, values))
    assert len(told) == lines, told


@pytest.mark.parametrize("name", OTHER)
def test_what_is_no_business_of_families_changes_nothing(backend: Backend, name: str) -> None:
    assert name in NOT_TOLD
    usual = page(backend)
    assert differing(usual, page(backend, others={name: OTHER[name]})) == []
