"""The portal's settings, with a database server of the tests' own that is kept between two runs.

Set here and not in conftest.py, which is read when the settings have been already.
"""

import os
from pathlib import Path

os.environ.setdefault("DATA_DIR", str(Path(__file__).parent.parent / ".data" / "test"))

from opsportal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each test client begins with an empty server, which would read every static file there is.
WHITENOISE_AUTOREFRESH = True
