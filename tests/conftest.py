"""Rules for every test: no error goes unlogged-and-unseen, nothing leaves this machine, sweeps only when asked for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.s3_server import Server, s3_server
from tests.swift import swift_server

settings.register_profile(
    "quick", max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("full", parent=settings.get_profile("quick"), max_examples=1000)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full` runs the sweeps too."""
    parser.addoption("--full", action="store_true", help="run the sweeps that take minutes as well")


def pytest_configure(config: pytest.Config) -> None:
    """More examples for hypothesis in a full run."""
    settings.load_profile("full" if config.getoption("--full") else "quick")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves sweeps out (not skipped: they are not part of an ordinary run). What is long begins first, browsers before all."""
    if not config.getoption("--full"):
        left_out = [item for item in items if item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("full")]
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: 0 if item.nodeid.startswith(JOURNEYS) else 1 if item.path in long else 2)


JOURNEYS = "tests/journeys/"


class _Together(LoadScopeScheduling):
    """What one process runs after another: browsers, which leap over pictures when two share the processors; a file's tests, which
    share films. Sweeps share nothing. (Marked groups would say it, but xdist 3.8 writes them where pytest 9.2 does not read them.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(JOURNEYS):
            return JOURNEYS
        return nodeid if self.config.getoption("--full") else nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Of all ways to share tests out there is one."""
    return _Together(config, log)


class _Errors(logging.Handler):
    """Keeps every ERROR line."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_error_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """An ERROR log line fails a test, unless the test is about that error (marker `logs_errors`)."""
    handler = _Errors()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)
    if handler.lines and not request.node.get_closest_marker("logs_errors"):
        pytest.fail("logged an error: " + "; ".join(handler.lines))


@pytest.fixture(scope="session")
def s3() -> Iterator[Server]:
    """An S3 server on loopback, for all tests of one process; each makes a bucket of its own."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """OpenStack Swift on loopback, likewise."""
    with swift_server(tmp_path_factory.mktemp("swift")) as server:
        yield server
