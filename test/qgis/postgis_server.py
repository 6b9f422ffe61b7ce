"""A PostGIS server of the tests' own: in a temporary folder, with a socket and no port."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

DATABASE = "parcels"
# PostgreSQL refuses to run as root; its package brings this user.
USER = "postgres"


def programs():
    """Folder of PostgreSQL's programs, or None where it is not installed with PostGIS."""
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        version = Path(folder).parent.name
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").is_file():
            return Path(folder)
    return None


class Server:
    """A running server.

    Parameters
    ----------
    folder : Path
        Of the programs.
    """

    def __init__(self, folder):
        self._programs = folder
        self._home = Path(tempfile.mkdtemp(prefix="postgis-", dir="/tmp"))  # a socket's path must be short
        self._as_root = os.geteuid() == 0
        self.user = USER if self._as_root else pwd.getpwuid(os.geteuid()).pw_name
        if self._as_root:
            shutil.chown(self._home, USER)
        try:
            self._call("initdb", "--pgdata", self._data, "--auth", "trust", "--no-sync", "--encoding", "UTF8",
                       "--username", self.user)  # fmt: skip
            options = f"-c listen_addresses='' -c unix_socket_directories='{self._home}' -c fsync=off"
            self._call(
                "pg_ctl",
                "start",
                "--wait",
                "--pgdata",
                self._data,
                "--log",
                self._home / "log",
                "-o",
                options,
            )
            self._call("createdb", "--host", self._home, "--username", self.user, DATABASE)
            self.execute("CREATE EXTENSION postgis")
        except BaseException:
            self.stop()
            raise

    @property
    def _data(self):
        return self._home / "data"

    @property
    def connection(self):
        """What QGIS needs to reach the database."""
        return f"dbname='{DATABASE}' host='{self._home}' user='{self.user}'"

    def execute(self, statement):
        """Run a statement and return what it prints, one line per row."""
        return self._call(
            "psql", "--host", self._home, "--username", self.user, "--dbname", DATABASE, "--no-psqlrc",
            "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--command", statement,
        ).splitlines()  # fmt: skip

    def stop(self):
        """End the server and remove its folder."""
        if self._data.is_dir():
            self._call("pg_ctl", "stop", "--mode", "immediate", "--pgdata", self._data, check=False)
        shutil.rmtree(self._home, ignore_errors=True)

    def _call(self, program, *arguments, check=True):
        command = [str(self._programs / program), *map(str, arguments)]
        if self._as_root:
            command = ["runuser", "-u", USER, "--", *command]
        done = subprocess.run(
            command,
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if check and done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout
