"""Mozilla's HTTP Observatory gives our headers an A+, with HTTPS before our servers as `deploy/nginx.conf` has it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask

from tests.app.backend import Backend
from tests.app.web.desk import families, published, staff_app
from tests.outside import tools
from tests.serving import served

pytestmark = [pytest.mark.full, pytest.mark.browser]

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This machine's, with its key, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HERE)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(hours=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HERE))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(scope="module")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[Flask, str]]]:
    """Ours, each with a page of it."""
    backend = Backend(
        tmp_path_factory.mktemp("shelf") / "data",
        https=True,
        public_url="https://storytimes.library.example",
        staff_url="https://staff.library.example",
    )
    _, entry = published(backend)
    public, staff = families(backend), staff_app(backend)
    yield {
        "shelf": (public, "/"),
        "storytime": (public, f"/s/{entry.slug}"),
        "privacy": (public, "/es/privacy"),
        "staff": (staff, "/sign-in"),
    }
    backend.db.close()


def graded(application: Callable[..., Iterable[bytes]], path: str, certificate: Path) -> dict[str, Any]:
    """What the Observatory says of a page that is served by HTTPS alone."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with served(application, tls) as port:
        told: dict[str, object] = {"page": f"{HERE}:{port}{path}"}
        found: dict[str, Any] = tools.ask("observatory.mjs", told, NODE_EXTRA_CA_CERTS=str(certificate))
    return found


@pytest.mark.parametrize("name", ["shelf", "storytime", "privacy", "staff"])
def test_the_grade_is_the_best(name: str, applications: dict[str, tuple[Flask, str]], certificate: Path) -> None:
    found = graded(*applications[name], certificate)
    assert [test for test in found["tests"].values() if not test["pass"]] == []
    assert found["scan"]["grade"] == "A+", found["scan"]


def test_it_sees(certificate: Path) -> None:
    def bare(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Set-Cookie", "session=1")])
        return [b"<!DOCTYPE html><title>x</title>"]

    assert graded(bare, "/", certificate)["scan"]["grade"] == "F"
