import django.db.models.deletion
import django.utils.timezone
import integrations.models.integration
import opsportal.lib.encryption
import uuid
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models


VIEW = [
    "view_user",
    "view_team",
    "view_membership",
    "view_service",
    "view_incident",
    "view_alert",
    "view_change",
    "view_conferencebridge",
    "view_timelineentry",
    "view_policy",
    "view_step",
    "view_target",
    "view_play",
    "view_tier",
    "view_notification",
    "view_sharedchannel",
    "view_catchall",
    "view_integration",
    "view_inboundmessage",
    "view_heartbeat",
    "view_maintenancewindow",
    "Message_Rule_View",
]
OWN = [
    f"{verb}_{model}"
    for verb in ("add", "change", "delete", "view")
    for model in ("contactmethod", "rule", "apikey")
]
INTEGRATIONS = [
    "InboundIntegrations_GlobalAccess",
    "Bridge_Maintenance",
    "add_integration",
    "change_integration",
    "delete_integration",
    "add_service",
    "change_service",
    "add_sharedchannel",
    "change_sharedchannel",
    "Messages_Send_GlobalAccess",
    "Groups_View_GlobalAccess",
    *(
        f"{verb}_{model}"
        for verb in ("add", "change", "delete", "view")
        for model in ("conferencebridge", "mailaccount", "maintenancewindow", "chatidentity")
    ),
]
TEAM = [
    "Groups_Update_GroupAccess",
    "change_team",
    "add_membership",
    "change_membership",
    "delete_membership",
]
EVERYTHING = None
ROLES = {
    "Owner": EVERYTHING,
    "App Admin": EVERYTHING,
    "Integrations Admin": [*VIEW, *OWN, *INTEGRATIONS, "respond"],
    "Group Admin": [*VIEW, *OWN, *TEAM, "respond", "Messages_Send_GlobalAccess"],
    "Responder": [*VIEW, *OWN, "respond"],
    "Stakeholder": [*VIEW, *OWN],
}
APPS = ("incidents", "notifications", "escalation", "integrations")


def create_roles(apps, schema_editor):
    """The roles, as groups. What each may do can be changed in the admin afterwards."""
    for label in APPS:
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label__in=APPS
    )
    for name, codenames in ROLES.items():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=name)
        chosen = permissions if codenames is None else permissions.filter(codename__in=codenames)
        group.permissions.set(chosen)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('escalation', '0001_initial'),
        ('incidents', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Integration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('api', 'API'), ('email', 'Email'), ('chat', 'Chat'), ('heartbeat', 'Heartbeat')], default='api', editable=False, max_length=9)),
                ('template', models.CharField(editable=False, max_length=60)),
                ('name', models.CharField(max_length=150)),
                ('sequence', models.PositiveSmallIntegerField(default=0, help_text='Of several on one URL the lowest that accepts a message takes it.', verbose_name='integration sequence')),
                ('is_enabled', models.BooleanField(default=True, help_text='Off: kept, but it takes no messages (403).', verbose_name='enabled')),
                ('rules', models.JSONField(blank=True, default=dict)),
                ('routing', models.JSONField(blank=True, default=dict)),
                ('mailbox', models.CharField(blank=True, db_index=True, max_length=64)),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('token', opsportal.lib.encryption.EncryptedTextField(default=integrations.models.integration.make_token, editable=False)),
                ('token_digest', models.CharField(db_index=True, editable=False, max_length=64)),
                ('signature_provider', models.CharField(blank=True, max_length=40)),
                ('signature_secret', opsportal.lib.encryption.EncryptedTextField(blank=True, help_text='Where set, unsigned messages are refused (401).')),
                ('signature_form', models.JSONField(blank=True, default=dict)),
                ('allowed_networks', models.JSONField(blank=True, default=list)),
                ('basic_user', models.CharField(blank=True, max_length=150)),
                ('basic_password', opsportal.lib.encryption.EncryptedTextField(blank=True)),
                ('bearer_token', opsportal.lib.encryption.EncryptedTextField(blank=True)),
                ('chat_app_id', models.CharField(blank=True, max_length=64)),
                ('rate_limit', models.PositiveIntegerField(blank=True, help_text="Messages a minute; 0: no limit. Empty: the portal's default.", null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('dropped_count', models.PositiveBigIntegerField(default=0, editable=False)),
                ('dropped_reported', models.PositiveBigIntegerField(default=0, editable=False)),
                ('conference_bridge', models.ForeignKey(blank=True, help_text='A conference to meet in: it is copied onto each incident.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='integrations', to='incidents.conferencebridge')),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('play', models.ForeignKey(blank=True, help_text='In place of an escalation policy.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='integrations', to='escalation.play', verbose_name='response play')),
                ('policy', models.ForeignKey(blank=True, help_text='Empty: the policy of the service.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='integrations', to='escalation.policy', verbose_name='escalation policy')),
                ('service', models.ForeignKey(help_text='What its alerts are about.', on_delete=django.db.models.deletion.PROTECT, related_name='integrations', to='incidents.service')),
                ('teams', models.ManyToManyField(blank=True, help_text='Told in addition to the policy, at its first step.', related_name='integrations', to='incidents.team', verbose_name='recipient group(s)')),
                ('users', models.ManyToManyField(blank=True, help_text='Told in addition to the policy, at its first step.', related_name='integrations', to=settings.AUTH_USER_MODEL, verbose_name='recipient user(s)')),
            ],
            options={
                'ordering': ['sequence', 'pk'],
                'permissions': [('InboundIntegrations_GlobalAccess', 'May create, change and delete integrations')],
            },
        ),
        migrations.CreateModel(
            name='MailAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('host', models.CharField(max_length=253)),
                ('port', models.PositiveIntegerField(default=993)),
                ('security', models.CharField(choices=[('tls', 'TLS (port 993)'), ('starttls', 'STARTTLS (port 143)'), ('none', 'none (only in your own network)')], default='tls', max_length=8)),
                ('username', models.CharField(max_length=254)),
                ('password', opsportal.lib.encryption.EncryptedTextField()),
                ('folder', models.CharField(default='INBOX', max_length=200)),
                ('mailbox', models.CharField(blank=True, max_length=64)),
                ('every_seconds', models.PositiveIntegerField(default=60)),
                ('is_enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('last_polled_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('last_error', models.TextField(blank=True, editable=False)),
                ('uid_validity', models.BigIntegerField(default=0, editable=False)),
                ('last_uid', models.BigIntegerField(default=0, editable=False)),
            ],
            options={
                'verbose_name': 'mail account (IMAP)',
                'verbose_name_plural': 'mail accounts (IMAP)',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='RateWindow',
            fields=[
                ('integration', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rate', serialize=False, to='integrations.integration')),
                ('started_at', models.DateTimeField()),
                ('hits', models.PositiveIntegerField(default=0)),
                ('previous_hits', models.PositiveIntegerField(default=0)),
                ('backlog_until', models.DateTimeField()),
                ('allowed', models.BooleanField(default=True)),
                ('rejected_since', models.DateTimeField()),
                ('rejected', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='InboundMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('route', models.CharField(max_length=20)),
                ('content_type', models.CharField(blank=True, max_length=200)),
                ('headers', models.JSONField(default=dict)),
                ('query', models.CharField(blank=True, max_length=2048)),
                ('body', models.BinaryField()),
                ('is_body_pruned', models.BooleanField(db_default=False, default=False)),
                ('body_digest', models.CharField(max_length=32)),
                ('remote_address', models.GenericIPAddressField(null=True)),
                ('answer', models.PositiveSmallIntegerField(default=202)),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ready_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('processed_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('is_test', models.BooleanField(default=False)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('mapped', 'Mapped'), ('appended', 'Mapped Appended'), ('ignored', 'Mapped Ignored'), ('failed', 'Mapping Failed'), ('rejected', 'Rejected')], default='pending', max_length=8)),
                ('action', models.CharField(blank=True, choices=[('opened', 'Opened'), ('updated', 'Updated'), ('acknowledged', 'Acknowledged'), ('closed', 'Closed'), ('retry', 'Retry'), ('suppressed', 'Suppressed'), ('delayed', 'Delayed'), ('ping', 'Ping'), ('changed', 'Changed')], max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('source', models.CharField(blank=True, max_length=1024)),
                ('source_name', models.CharField(blank=True, max_length=1024)),
                ('source_id', models.TextField(blank=True)),
                ('subject', models.CharField(blank=True, max_length=1024)),
                ('results', models.JSONField(blank=True, default=list)),
                ('alert', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='incidents.alert')),
                ('incident', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='incidents.incident')),
                ('integration', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='integrations.integration')),
                ('replay_of', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replays', to='integrations.inboundmessage')),
                ('service', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='incidents.service')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='MaintenanceWindow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150)),
                ('note', models.TextField(blank=True)),
                ('is_for_all', models.BooleanField(default=False, verbose_name='everything')),
                ('conditions', models.JSONField(blank=True, default=list)),
                ('recurrence', models.CharField(choices=[('once', 'Once'), ('daily', 'Daily'), ('weekly', 'Weekly'), ('monthly', 'Monthly')], default='once', max_length=7)),
                ('weekdays', models.JSONField(blank=True, default=list)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('until', models.DateTimeField(blank=True, null=True)),
                ('time_zone', models.CharField(default='UTC', max_length=64)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('integrations', models.ManyToManyField(blank=True, related_name='windows', to='integrations.integration')),
                ('services', models.ManyToManyField(blank=True, related_name='windows', to='incidents.service')),
            ],
            options={
                'ordering': ['starts_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Retention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('message_days', models.PositiveIntegerField(default=400, help_text='Rows of the Inbound Log. 0: for ever.', verbose_name='messages')),
                ('body_days', models.PositiveIntegerField(default=90, help_text='What was posted, as it came. 0: as long as the message.', verbose_name='bodies')),
                ('alert_days', models.PositiveIntegerField(default=400, help_text='With their incidents. 0: for ever.', verbose_name='closed alerts')),
                ('bodies_until', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'verbose_name': 'retention',
                'verbose_name_plural': 'retention',
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='retention_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='ChatIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('slack', 'Slack'), ('teams', 'Microsoft Teams')], max_length=8)),
                ('workspace', models.CharField(blank=True, max_length=100)),
                ('chat_user', models.CharField(max_length=100)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('linked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='chat_identities', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'chat identities',
                'ordering': ['provider', 'name'],
                'constraints': [models.UniqueConstraint(fields=('provider', 'workspace', 'chat_user'), name='one_person_for_one_chat_user')],
            },
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('integration', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='heartbeat', serialize=False, to='integrations.integration')),
                ('every_seconds', models.PositiveIntegerField(blank=True, null=True, verbose_name='interval')),
                ('cron', models.CharField(blank=True, max_length=200)),
                ('time_zone', models.CharField(default='UTC', max_length=64)),
                ('grace_seconds', models.PositiveIntegerField(default=60, verbose_name='grace')),
                ('starts_immediately', models.BooleanField(default=False)),
                ('is_paused', models.BooleanField(default=False)),
                ('last_ping_at', models.DateTimeField(blank=True, null=True)),
                ('run_started_at', models.DateTimeField(blank=True, null=True)),
                ('last_run_seconds', models.FloatField(blank=True, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('alert_after', models.DateTimeField(blank=True, null=True)),
                ('down_since', models.DateTimeField(blank=True, null=True)),
                ('down_reason', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('alert_after__isnull', False)), fields=['alert_after'], name='heartbeat_alert_after')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('cron', ''), ('every_seconds__gt', 0)), models.Q(('every_seconds', None), models.Q(('cron', ''), _negated=True)), _connector='OR'), name='heartbeat_interval_or_cron')],
            },
        ),
        migrations.AddConstraint(
            model_name='integration',
            constraint=models.CheckConstraint(condition=models.Q(('policy__isnull', True), ('play__isnull', True), _connector='OR'), name='integration_policy_or_play'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('status', 'pending')), fields=['integration', 'id'], name='message_pending'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(fields=['integration', '-id'], name='message_of_integration'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(fields=['-received_at'], name='message_received'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('status__in', ['failed', 'rejected'])), fields=['status', '-id'], name='message_bad'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('answer', 429)), fields=['integration', 'body_digest', '-id'], name='message_refused_429'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('incident__isnull', False)), fields=['incident', 'id'], name='message_of_incident'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('alert__isnull', False)), fields=['alert', 'id'], name='message_of_alert'),
        ),
        migrations.AddIndex(
            model_name='inboundmessage',
            index=models.Index(condition=models.Q(('route', 'mail')), fields=['body_digest', 'id'], name='message_of_mail'),
        ),
        migrations.AddConstraint(
            model_name='maintenancewindow',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='window_ends_after_its_start'),
        ),
        # The rate windows are written for each message and may be forgotten: no WAL, no fsync.
        migrations.RunSQL(
            "ALTER TABLE integrations_ratewindow SET UNLOGGED",
            "ALTER TABLE integrations_ratewindow SET LOGGED",
        ),
        migrations.RunPython(create_roles, migrations.RunPython.noop),
    ]
