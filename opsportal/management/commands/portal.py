"""``manage.py portal``: the whole portal under one command."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from escalation.models import ProcessHeartbeat
from escalation.slack import socket_loop
from integrations.mail import mail_receiver
from notifications.provider_accounts import from_environment
from opsportal.demo import content
from opsportal.lib.database_roles import use_role
from opsportal.runtime import (
    chat_poller,
    data_folder,
    embedded_postgres,
    processes,
    services,
    startup,
    watchdog,
)
from opsportal.runtime.liveness import LivenessTable
from opsportal.runtime.supervisor import Supervisor
from opsportal.runtime.web import server
from opsportal.runtime.write_probe import probe

WEB = ("web-1", "web-2")
# Longer than any statement may take (settings): what waits for the database is not hung.
WEB_HUNG_AFTER_S = 30


class Command(BaseCommand):
    help = "Runs everything: database, web, workers, scheduler and engine. Ctrl-C ends it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="Fill the portal if it is empty.")

    def handle(self, *args: Any, **options: Any) -> None:
        pid_file = processes.PidFile(settings.DATA_DIR / "portal.pid")
        self.claim(pid_file)
        data_folder.close_to_others(settings.DATA_DIR)
        try:
            if settings.DATABASE_IS_OURS:  # A command that ends may have stopped it meanwhile.
                embedded_postgres.url(settings.DATA_DIR)
            self.serve(pid_file, with_demo=options["demo"])
        finally:
            if settings.DATABASE_IS_OURS:
                embedded_postgres.stop(settings.DATA_DIR)

    def claim(self, pid_file: processes.PidFile) -> None:
        try:
            pid_file.acquire()
        except processes.AlreadyRunning as error:
            sentence = f"A portal runs already on {settings.DATA_DIR}, as process {error}."
            raise CommandError(sentence) from None

    def serve(self, pid_file: processes.PidFile, *, with_demo: bool) -> None:
        startup.demand_port(settings.HOST, settings.PORT)
        processes.kill_children_with_parent()
        login = startup.run_in_child(partial(self.prepare, with_demo=with_demo))
        use_role("supervisor")
        services.preload()
        liveness = LivenessTable(WEB)
        Supervisor(
            {
                **{name: partial(serve_web, liveness, name) for name in WEB},
                "engine": services.command("engine"),
                "scheduler": services.scheduler,
                "worker": services.worker,
                **(
                    {mail_receiver.PART: services.command("mail_receiver")}
                    if settings.INBOUND_SMTP
                    else {}
                ),
            },
            before_fork=connections.close_all,
            on_change=pid_file.write,
            on_tick=partial(look_after, liveness),
            is_ready=partial(startup.is_serving, settings.HOST, settings.PORT),
            when_ready=partial(self.announce, login),
        ).run()

    def prepare(self, *, with_demo: bool) -> str:
        self.check(display_num_errors=False)
        startup.migrate()
        return content.seed() if with_demo else ""

    def announce(self, login: str) -> None:
        lines = [f"OpsPortal is ready: {settings.SITE_URL}", *login.splitlines()]
        if not from_environment("email"):
            folder = settings.EMAIL_FILE_PATH
            lines.append(f"No EMAIL_HOST is set: mails become files in {folder}, unless an account")
            lines.append("at a provider carries them.")
        lines.append("Ctrl-C ends it.")
        self.stdout.write("\n" + "".join(f"  {line}\n" for line in lines))


def serve_web(liveness: LivenessTable, name: str) -> None:
    """Run a web process, which reports to the table under its name."""
    server.serve(settings.HOST, settings.PORT, partial(liveness.report, name))


def add_where_wanted(supervisor: Supervisor) -> None:
    """Run what has something to do by now."""
    for part in (mail_receiver, chat_poller):
        if part.is_wanted():
            supervisor.add(part.PART, services.command(part.PART))
    if socket_loop.is_wanted():
        supervisor.add(socket_loop.PART, services.command("slack_socket"))
    elif socket_loop.PART not in supervisor.services:
        socket_loop.forget()


def look_after(liveness: LivenessTable, supervisor: Supervisor) -> None:
    """Start a database that is gone, and restart services that hang: alive, but doing nothing."""
    for name in WEB:
        silent_s = liveness.silent_s(name, supervisor.services[name].uptime_s)
        if silent_s > WEB_HUNG_AFTER_S:
            supervisor.restart(name, f"it has not answered for {silent_s:.0f} s")
    try:
        if settings.DATABASE_IS_OURS:
            embedded_postgres.url(settings.DATA_DIR)
        probe.is_well()  # Pages tell what it has found.
        now = timezone.now()
        add_where_wanted(supervisor)
        rows = ProcessHeartbeat.objects.values_list("process", "at", "facts")
        ages = watchdog.ages_on(settings.NODE, rows, now)
    except Exception as error:  # noqa: BLE001 - whatever it is, the services must go on
        supervisor.log("portal", f"The database does not answer: {error}")
        return
    finally:
        connections.close_all()
    services_now = supervisor.services.items()
    uptimes = {name: timedelta(seconds=service.uptime_s) for name, service in services_now}
    for name in watchdog.find_hung(ages, uptimes):
        seconds = min(ages[name], uptimes[name]).total_seconds()
        supervisor.restart(name, f"it has been silent for {seconds:.0f} s")
