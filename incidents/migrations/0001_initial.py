import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import incidents.models.people
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Service',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('description', models.TextField(blank=True)),
                ('acknowledge_within_minutes', models.PositiveIntegerField(blank=True, help_text='SLA: how soon somebody must take an incident.', null=True)),
                ('resolve_within_minutes', models.PositiveIntegerField(blank=True, help_text='SLA: how soon an incident must be over.', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('email', models.EmailField(error_messages={'unique': 'Somebody with this e-mail address exists already.'}, help_text='The login, and the address that pages go to until others are added.', max_length=254, unique=True)),
                ('name', models.CharField(blank=True, help_text='As colleagues call this person.', max_length=150)),
                ('time_zone', models.CharField(default='UTC', help_text='IANA name, such as Europe/Berlin: times are shown in it.', max_length=64, validators=[incidents.models.people.validate_time_zone])),
                ('is_active', models.BooleanField(default=True, help_text='Off: cannot log in and is paged by nothing.')),
                ('is_staff', models.BooleanField(default=True, help_text='Off: is told of incidents, and no more.', verbose_name='may open the portal')),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ['name', 'email'],
                'permissions': [('SecurityAdministration_Global_Access', 'May change people, their roles and keys')],
            },
            managers=[
                ('objects', incidents.models.people.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='What it is for, such as: deploy script.', max_length=100)),
                ('prefix', models.CharField(editable=False, max_length=20)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), help_text='What this key may do.', size=None)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'API key',
                'verbose_name_plural': 'API keys',
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ConferenceBridge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('telephone_number', models.CharField(blank=True, max_length=40)),
                ('access_code', models.CharField(blank=True, max_length=40)),
                ('meeting_url', models.URLField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ['name'],
                'permissions': [('Bridge_Maintenance', 'May add, change and delete bridges')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('telephone_number', ''), _negated=True), models.Q(('meeting_url', ''), _negated=True), _connector='OR'), name='bridge_has_a_number_or_an_address')],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=1024)),
                ('description', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, max_length=2048)),
                ('status', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('on_hold', 'On hold'), ('resolved', 'Resolved')], default='open', max_length=12)),
                ('urgency', models.CharField(choices=[('high', 'High'), ('low', 'Low')], default='high', max_length=4)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('error', 'Error'), ('warning', 'Warning'), ('info', 'Info')], default='critical', max_length=8)),
                ('priority', models.CharField(blank=True, choices=[('P1', 'P1'), ('P2', 'P2'), ('P3', 'P3'), ('P4', 'P4'), ('P5', 'P5')], max_length=2)),
                ('source', models.CharField(blank=True, max_length=1024)),
                ('is_test', models.BooleanField(default=False)),
                ('paging_round', models.PositiveIntegerField(default=1)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True)),
                ('assigned_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledged_severity', models.CharField(blank=True, max_length=8)),
                ('snoozed_until', models.DateTimeField(blank=True, null=True)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('acknowledge_by', models.DateTimeField(blank=True, editable=False, null=True)),
                ('resolve_by', models.DateTimeField(blank=True, editable=False, null=True)),
                ('resolution', models.CharField(blank=True, choices=[('resolved', 'Resolved'), ('cancelled', 'Cancelled')], max_length=9)),
                ('suppressed_reason', models.CharField(blank=True, max_length=300)),
                ('suppressed_until', models.DateTimeField(blank=True, null=True)),
                ('group_key', models.CharField(blank=True, max_length=64)),
                ('group_until', models.DateTimeField(blank=True, null=True)),
                ('conference_bridge', models.CharField(blank=True, max_length=600)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assigned_incidents', to=settings.AUTH_USER_MODEL)),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='incidents', to='incidents.service')),
            ],
            options={
                'ordering': ['-pk'],
                'permissions': [('Messages_View_GlobalAccess', 'May see the incidents of every team'), ('Messages_Send_GlobalAccess', 'May open incidents by hand'), ('respond', 'May acknowledge, assign, snooze, escalate and resolve')],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Lower is told first.')),
                ('is_primary', models.BooleanField(default=True, verbose_name='primary')),
                ('is_secondary', models.BooleanField(default=False, verbose_name='secondary')),
                ('is_manager', models.BooleanField(default=False, help_text='May also change this team.', verbose_name='manager')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('summary', models.CharField(max_length=1024)),
                ('source', models.CharField(blank=True, max_length=1024)),
                ('at', models.DateTimeField()),
                ('received_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('via', models.CharField(blank=True, max_length=200)),
                ('links', models.JSONField(blank=True, default=list)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='incidents.service')),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64)),
                ('dedup_key', models.TextField(blank=True)),
                ('source', models.CharField(blank=True, max_length=1024)),
                ('source_name', models.CharField(blank=True, max_length=1024)),
                ('source_id', models.TextField(blank=True)),
                ('source_status', models.CharField(blank=True, max_length=1024)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('error', 'Error'), ('warning', 'Warning'), ('info', 'Info')], default='critical', max_length=8)),
                ('title', models.CharField(max_length=1024)),
                ('short_text', models.CharField(blank=True, max_length=1024)),
                ('long_text', models.TextField(blank=True)),
                ('url', models.CharField(blank=True, max_length=2048)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('count', models.PositiveIntegerField(default=1)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('recent_occurrences', models.JSONField(blank=True, default=list)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('suppressed_by', models.CharField(blank=True, max_length=200)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alerts', to='incidents.incident')),
                ('service', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='incidents.service')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('description', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('members', models.ManyToManyField(related_name='teams', through='incidents.Membership', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
                'permissions': [('Groups_View_GlobalAccess', 'May see every team'), ('Groups_Update_GlobalAccess', 'May add, change and delete every team'), ('Groups_Update_GroupAccess', 'May change the teams they manage')],
            },
        ),
        migrations.AddField(
            model_name='service',
            name='team',
            field=models.ForeignKey(blank=True, help_text='Its members see the incidents of this service.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='services', to='incidents.team'),
        ),
        migrations.AddField(
            model_name='membership',
            name='team',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='incidents.team'),
        ),
        migrations.CreateModel(
            name='TimelineEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('verb', models.CharField(max_length=32)),
                ('text', models.TextField(blank=True)),
                ('via', models.CharField(blank=True, max_length=200)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('is_announced', models.BooleanField(default=True)),
                ('by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='timeline', to='incidents.incident')),
            ],
            options={
                'verbose_name_plural': 'timeline entries',
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_ignores_case'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('status', 'resolved'), _negated=True), fields=['status', '-id'], name='incident_unresolved'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['service', '-id'], name='incident_of_service'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['changed_at', 'id'], name='incident_changed'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['resolved_at'], name='incident_resolved'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('status', 'on_hold')), fields=['snoozed_until'], name='incident_on_hold'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(models.Q(('status', 'resolved'), _negated=True), models.Q(('group_key', ''), _negated=True)), fields=['service', 'group_key'], name='incident_group'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('suppressed_reason', ''), _negated=True), fields=['id'], name='incident_suppressed'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('acknowledge_by__isnull', False)), fields=['acknowledge_by'], name='incident_acknowledge_by'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('resolve_by__isnull', False)), fields=['resolve_by'], name='incident_resolve_by'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['service', '-at'], name='change_of_service'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(fields=['service', 'key', '-id'], name='alert_of_key'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('closed_at', None), ('expires_at__isnull', False)), fields=['expires_at'], name='alert_expires'),
        ),
        migrations.AddIndex(
            model_name='alert',
            index=models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], name='alert_closed'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('service', 'key'), name='one_open_alert_for_one_key'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('team', 'user'), name='membership_once_in_a_team'),
        ),
        migrations.AddIndex(
            model_name='timelineentry',
            index=models.Index(condition=models.Q(('is_announced', False)), fields=['id'], name='timeline_to_announce'),
        ),
        # Incident numbers have four digits from the first, as people say them on the phone.
        migrations.RunSQL(
            "ALTER TABLE incidents_incident ALTER COLUMN id RESTART WITH 1001",
            migrations.RunSQL.noop,
        ),
    ]
