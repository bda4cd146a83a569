"""A real IMAP server, started for a test with a configuration and a mailbox of its own."""

import getpass
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time

from tests import programs
from tests.notifications.certificates import self_signed
from tests.portal import PATIENCE_S, free_port

DOVECOT = programs.find("dovecot")
PASSWORD = "let-me-in"
CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
disable_plaintext_auth = no
default_internal_user = {me}
default_internal_group = {group}
default_login_user = {me}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{home}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """``put`` delivers a mail, ``flags`` says what became of them. Others may enter its folder.

    ``user`` may be any name: each has a mailbox of its own. Its certificate is for localhost;
    ``authority`` is the file that makes a client trust it.
    """

    def __init__(self, home):
        self.user = "ops"
        self.home, self.port, self.tls_port = home, free_port(), free_port()
        # As root it would read no mailbox; elsewhere it can only be who we are.
        owner = pwd.getpwnam("nobody" if os.getuid() == 0 else getpass.getuser())
        me = pwd.getpwuid(os.getuid())
        (home / "mail").mkdir(parents=True)
        if os.getuid() == 0:
            shutil.chown(home / "mail", owner.pw_uid, owner.pw_gid)
        self.authority = self_signed("localhost", home / "localhost.pem").authority
        config = home / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                home=home,
                me="dovecot" if os.getuid() == 0 else me.pw_name,
                group="dovecot" if os.getuid() == 0 else me.pw_name,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
                certificate=self.authority,
            )
        )
        self.process = subprocess.Popen(
            [DOVECOT, "-F", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    if line.recv(10).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.home / "log").read_text())

    def box(self):
        box = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        box.login(self.user, PASSWORD)
        box.select("INBOX")
        return box

    def put(self, raw, flags=None, date=None):
        box = self.box()
        box.append("INBOX", flags, date, raw)
        box.logout()

    def flags(self):
        """For each mail whether it was read."""
        box = self.box()
        _, found = box.fetch("1:*", "(FLAGS)")
        box.logout()
        return [b"\\Seen" in line for line in found if line]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
