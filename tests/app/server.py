"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket in it, for as long as this process lives."""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from app.db.engine import Database
from app.db.migrate import upgrade
from app.db.postgresql import with_driver

_ROLE = "storyshelf"
_QUICKLY = ("fsync=off", "full_page_writes=off", "max_connections=300", "shared_buffers=32MB")
_NUMBERS = count()


class Server:
    """One server. It may be stopped, frozen and started again by whoever made it for themselves."""

    def __init__(self, *, crashes: bool = False) -> None:
        self._more = () if crashes else ("synchronous_commit=off",)  # else what was committed last would be lost
        self.folder = Path(tempfile.mkdtemp(prefix="storyshelf-postgresql-"))
        self._user: tuple[str, ...] = ()
        if os.geteuid() == 0:  # which PostgreSQL refuses to be
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._user = ("--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups")
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", self._data, "-U", _ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        atexit.register(self.end)

    def start(self) -> None:
        """Returns when it answers."""
        wanted = [f"unix_socket_directories={self.folder}", "listen_addresses=", *_QUICKLY, *self._more]
        settings = [word for setting in wanted for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user(), _program("postgres"), "-D", self._data, *settings], stdout=log, stderr=log
            )
        end = time.monotonic() + 60
        while subprocess.run(
            [_program("pg_isready"), "-q", "-h", str(self.folder), "-U", _ROLE, "-d", "postgres"], check=False
        ).returncode:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "PostgreSQL does not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends it at once: whoever is connected loses the connection."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    @property
    def pid(self) -> int:
        """Its first process, which ends with all the others at once when it gets SIGQUIT."""
        assert self._process is not None
        return self._process.pid

    def wait(self) -> None:
        """Until it has ended, however."""
        assert self._process is not None
        self._process.wait(300)

    def crash(self) -> None:
        """Ends it in the middle of everything, as "immediate" does: the next start has to recover."""
        os.kill(self.pid, signal.SIGQUIT)
        self.wait()

    def freeze(self) -> None:
        """It and all that serve somebody stand still, and nobody's connection is lost."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal_all(signal.SIGCONT)

    def end(self) -> None:
        """Ends it, and nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def make(self, template: str = "template0") -> str:
        """The address of a new database."""
        name = f"shelf{next(_NUMBERS)}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._address(name)

    def remove(self, address: str) -> None:
        """Removes a database, whoever is connected."""
        self._say(f"DROP DATABASE IF EXISTS {_name(address)} WITH (FORCE)")

    def run_client(self, program: str, *words: str) -> str:
        """Runs one of PostgreSQL's own commands whose last word is a database; returns the database's address."""
        subprocess.run([_program(program), "-h", str(self.folder), "-U", _ROLE, *words], check=True)
        return self._address(words[-1])

    @property
    def empty_shelf(self) -> str:
        """The name of a database that has all the shelf's tables."""
        return _empty_shelf(self)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _address(self, name: str) -> str:
        return f"postgresql://{_ROLE}@/{name}?host={self.folder}"

    def _say(self, statement: str) -> None:
        engine = create_engine(with_driver(self._address("postgres")), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, number)

    def _as_user(self) -> list[str]:
        return ["setpriv", *self._user, "--pdeathsig", "INT", "--"]

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run([*self._as_user(), _program(program), *words], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()


@cache
def server() -> Server:
    """The one that the tests of this process share; it is started when the first of them wants it."""
    return Server()


@cache
def _empty_shelf(of: Server) -> str:
    address = of.make()
    db = Database(address)
    upgrade(db)
    db.close()
    return _name(address)


def _name(address: str) -> str:
    return str(make_url(address).database)


def _program(name: str) -> str:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    found = shutil.which(name, path=":".join([*map(str, places), os.environ["PATH"]]))
    assert found is not None, "PostgreSQL is missing: apt-get install postgresql"
    return found
