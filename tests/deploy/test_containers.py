"""The image and the compose file: nobody special inside, nothing secret in them, and what the sandbox needs allowed to the worker alone.

No container is started here: that needs an engine. What is written is held against what must be so.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = sorted(name for name, service in SERVICES.items() if service["restart"] == "unless-stopped")
OURS = ["public", "staff", "worker"]
SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)
GIVEN = re.compile(r"\$\{([A-Z_]+):\?[^}]+\}")
"""What must be given, or nothing starts."""


@dataclass(frozen=True)
class Instruction:
    """One of a Containerfile."""

    word: str
    rest: str


def stages() -> dict[str, list[Instruction]]:
    """Each stage's instructions, its `FROM` the first."""
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Containerfile").read_text("utf-8"), flags=re.MULTILINE)
    found: dict[str, list[Instruction]] = {}
    name = ""
    for line in text.replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        word, rest = line.split(None, 1)
        if word == "FROM":
            name = rest.split(" AS ")[1]
            found[name] = []
        found[name].append(Instruction(word, " ".join(rest.split())))
    return found


STAGES = stages()
EVERY = [instruction for stage in STAGES.values() for instruction in stage]


def lineage(name: str) -> list[Instruction]:
    """All that an image is made by, its bases' first."""
    base = STAGES[name][0].rest.split(" AS ")[0]
    return (lineage(base) if base in STAGES else []) + STAGES[name]


def last(name: str, word: str) -> str:
    return [one.rest for one in lineage(name) if one.word == word][-1]


@pytest.mark.parametrize("image", ["storyshelf", "proxy"])
def test_an_image_ends_as_nobody_special_and_is_looked_after(image: str) -> None:
    uid, gid = last(image, "USER").split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert last(image, "HEALTHCHECK").startswith("--interval=")
    assert last(image, "ENTRYPOINT").startswith("["), "a shell between would not pass on the wish to stop"
    assert not [one for one in lineage(image) if one.word in {"VOLUME", "EXPOSE"}]


def test_the_base_is_named_by_a_tag_that_is_one_release() -> None:
    bases = {one.rest.split(" AS ")[0] for one in EVERY if one.word == "FROM"} - set(STAGES)
    assert [base for base in bases if not re.fullmatch(r"docker\.io/library/debian:\d+\.\d+-slim", base)] == []
    assert len(bases) == 1


def test_nothing_comes_from_the_network_but_packages() -> None:
    assert {one.word for one in EVERY} <= {
        *("FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "HEALTHCHECK", "ENTRYPOINT", "CMD")
    }
    for one in EVERY:
        assert not re.search(r"https?:|\bcurl\b|\bwget\b|\bgit\b", one.rest), one
    installs = [one.rest for one in EVERY if "pip install" in one.rest]
    locked, own = installs
    assert "--require-hashes --only-binary :all: --no-deps --requirement deploy/requirements.lock" in locked
    assert "--no-deps --no-build-isolation --editable ." in own


def test_what_is_copied_is_there_and_is_let_through_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert lines[1] == "*", "nothing reaches the builder by default"
    through = [line.removeprefix("!/") for line in lines if line.startswith("!/")]
    used = set()
    for one in EVERY:
        if one.word != "COPY" or one.rest.startswith("--from="):
            continue
        for source in one.rest.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source in through, f"{source} is kept from the builder"
            used.add(source)
    assert used == set(through), "and nothing else"
    assert [line for line in lines[2:] if not line.startswith("!/")] == ["**/__pycache__"]


def test_no_secret_is_in_an_image() -> None:
    for one in EVERY:
        if one.word == "ENV":
            assert not [name for name in re.findall(r"(\w+)=", one.rest) if SECRET.search(name)]
    assert not [one for one in EVERY if one.word == "ARG"]


def test_the_sandbox_is_in_the_image() -> None:
    assert any("bubblewrap" in one.rest and "util-linux" in one.rest for one in lineage("storyshelf"))


def test_the_compose_file_is_one() -> None:
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"),
            str(DEPLOY / "compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_all_of_it_is_there() -> None:
    assert set(SERVICES) == {*OURS, "database", "store", "store-folder", "bucket", "proxy"}
    assert sorted([*OURS, "database", "store", "proxy"]) == LASTING


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["CHOWN"] if name == "store-folder" else [])
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    assert not {"pid", "ipc", "devices", "userns_mode"} & set(service)
    assert service.get("network_mode") in {None, "none"}
    assert service["logging"]["driver"] == "local"
    if "user" in service and name != "store-folder":
        assert service["user"].split(":")[0] not in {"0", "root"}
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or (volume.endswith(":ro") and (DEPLOY / source).is_file()), volume


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_looked_after(name: str) -> None:
    service = SERVICES[name]
    assert service.get("healthcheck") or service["image"] in {"storyshelf", "storyshelf-proxy"}
    assert not service.get("healthcheck", {}).get("disable")


def test_only_the_proxy_is_met_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert SERVICES["proxy"]["ports"] == ["80:80", "443:443"]
    assert not [name for name, service in SERVICES.items() if "expose" in service]
    open_networks = {name for name, network in COMPOSE["networks"].items() if not network.get("internal")}
    assert open_networks == {"outside"}
    assert [name for name, service in SERVICES.items() if "outside" in service.get("networks", ())] == ["proxy"]
    assert not {"inside"} & set(SERVICES["proxy"]["networks"])


def test_the_proxy_finds_the_servers_where_they_are() -> None:
    conf = (DEPLOY / "nginx.conf").read_text("utf-8")
    [sed] = [one.rest for one in STAGES["proxy"] if "sed " in one.rest]
    for pattern, new in re.findall(r"s/([^/]+)/([^/]+)/", sed):
        assert len(re.findall(pattern, conf)) == 1, pattern
        host, port = new.removeprefix("server ").rstrip(";").split(":")
        assert {"public": "8080", "staff": "8081"}[host] == port
        assert SERVICES[host]["environment"][f"{PREFIX}{host.upper()}_BIND"] == f"0.0.0.0:{port}"
    targets = {secret["target"] for secret in SERVICES["proxy"]["secrets"]}
    assert targets == set(re.findall(r"ssl_certificate(?:_key)? (\S+);", conf))


def test_the_worker_alone_is_allowed_more_and_that_is_what_the_sandbox_needs() -> None:
    more = {name: set(service["security_opt"]) - {"no-new-privileges:true"} for name, service in SERVICES.items()}
    assert {name: options for name, options in more.items() if options} == {
        "worker": {"seccomp=./seccomp-worker.json", "apparmor=unconfined", "systempaths=unconfined"}
    }


def test_the_profile_of_the_worker_denies_by_default() -> None:
    profile = json.loads((DEPLOY / "seccomp-worker.json").read_text("utf-8"))
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    assert profile["archMap"] == [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": []}]
    services, sandbox = profile["syscalls"]
    assert {rule["action"] for rule in profile["syscalls"]} == {"SCMP_ACT_ALLOW"}
    assert sandbox["names"] == ["mount", "pivot_root", "umount2", "unshare"]
    denied = (
        *("bpf", "ptrace", "perf_event_open", "userfaultfd", "open_by_handle_at", "kexec_load", "init_module"),
        *("finit_module", "keyctl", "add_key", "io_uring_setup", "setns", "reboot", "swapon", "iopl", "move_mount"),
    )
    assert not set(denied) & set(services["names"])
    unit = (DEPLOY / "systemd" / "storyshelf-worker.service").read_text("utf-8")
    assert "\nSystemCallFilter=@system-service mount pivot_root umount2\n" in unit, "the same wall without containers"


def test_every_secret_must_be_given_and_none_is_written_down() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    asked = set(GIVEN.findall(text)) | {"METRICS_TOKEN"}
    told = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "compose.env.example").read_text("utf-8"), re.MULTILINE))
    assert set(told) == asked
    assert set(told.values()) == {""}
    assert set(re.findall(r"\$\{([A-Z_]+)", text)) == asked
    assert not re.search(r"\$\{\w+:?-[^}]", text), "nothing that must be given has a default"
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable) and not str(value).startswith(("/run/secrets/", "${METRICS_TOKEN-}")):
                assert GIVEN.fullmatch(value), f"{name}: {variable}"
    assert "/deploy/.env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


@pytest.mark.parametrize("name", OURS)
def test_what_the_programs_are_told_are_settings_that_go_together(name: str, tmp_path: Path) -> None:
    told = {
        key.removeprefix(PREFIX).lower(): GIVEN.sub("a" * 40, str(value)).replace("${METRICS_TOKEN-}", "")
        for key, value in SERVICES[name]["environment"].items()
        if key.startswith(PREFIX)
    }
    told |= {"public_url": "https://storytimes.library.example", "staff_url": "https://staff.library.example"}
    settings = Settings.model_validate(told | {"library_name": "Maple Street Library", "data": str(tmp_path)})
    assert settings.https
    assert settings.store.value == "s3"
    assert not settings.sandbox.value.startswith("none")
    beside = {key for key in SERVICES[name]["environment"] if not key.startswith(PREFIX)}
    assert beside == {"AWS_CA_BUNDLE"}


def test_each_image_is_a_stage_or_one_release_of_somebody_elses() -> None:
    for service in SERVICES.values():
        if "build" in service:
            assert service["build"]["target"] in STAGES
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        else:
            assert fnmatch(service["image"], "docker.io/*/*:*[0-9].[0-9]*"), service["image"]
