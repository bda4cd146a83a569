import django.db.models.deletion
import django.utils.timezone
import notifications.models
import opsportal.lib.encryption
import uuid
from django.conf import settings
from django.db import migrations, models



def create_catch_all(apps, schema_editor):
    """The one row that says whom to tell when everything else reached nobody."""
    apps.get_model("notifications", "CatchAll").objects.get_or_create(pk=1)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('incidents', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SharedChannel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('channel', models.CharField(choices=notifications.models.channel_choices, max_length=40)),
                ('config', opsportal.lib.encryption.EncryptedJSONField(default=dict)),
                ('is_enabled', models.BooleanField(default=True, verbose_name='enabled')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='ContactMethod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=notifications.models.channel_choices, max_length=40)),
                ('label', models.CharField(blank=True, help_text='Such as: work mail.', max_length=100)),
                ('config', opsportal.lib.encryption.EncryptedJSONField(default=dict)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_enabled', models.BooleanField(default=True, verbose_name='enabled')),
                ('verified_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('code_digest', models.CharField(blank=True, editable=False, max_length=64)),
                ('code_sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('code_tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('quiet_from', models.TimeField(blank=True, help_text="In the person's time zone. High urgency is never quiet.", null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
                ('last_sent_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='contact_methods', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event', models.CharField(default='incident.triggered', max_length=32)),
                ('channel', models.CharField(max_length=40)),
                ('address', models.CharField(blank=True, max_length=500)),
                ('reason', models.TextField(blank=True)),
                ('page_key', models.CharField(max_length=80)),
                ('address_key', models.CharField(max_length=40)),
                ('urgent', models.BooleanField(default=True)),
                ('delivery_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('failed', 'Failed'), ('superseded', 'Superseded')], default='waiting', max_length=10)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True)),
                ('attempts_made', models.PositiveSmallIntegerField(default=0)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('facts', models.JSONField(blank=True, default=dict)),
                ('contact_method', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notifications', to='notifications.contactmethod')),
                ('incident', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to='incidents.incident')),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='notifications.notification')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
                ('shared_channel', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notifications', to='notifications.sharedchannel')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ServiceNotificationSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on_triggered', models.BooleanField(default=True, verbose_name='when triggered')),
                ('on_acknowledged', models.BooleanField(default=True, verbose_name='when acknowledged')),
                ('on_resolved', models.BooleanField(default=True, verbose_name='when resolved')),
                ('on_sla_breach', models.BooleanField(default=False, verbose_name='when the SLA is missed')),
                ('service', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='notification_settings', to='incidents.service')),
                ('channels', models.ManyToManyField(blank=True, related_name='services', to='notifications.sharedchannel')),
            ],
        ),
        migrations.CreateModel(
            name='CatchAll',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('users', models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('channels', models.ManyToManyField(blank=True, related_name='+', to='notifications.sharedchannel')),
            ],
            options={
                'verbose_name': 'catch-all',
                'verbose_name_plural': 'catch-all',
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(choices=[('started', 'No answer known'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('failed', 'Failed, to be tried again')], default='started', max_length=8)),
                ('error', models.TextField(blank=True)),
                ('provider_id', models.CharField(blank=True, max_length=255)),
                ('may_repeat', models.BooleanField(default=False)),
                ('notification', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='notifications.notification')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('notification', 'number'), name='attempt_number_once_for_a_notification')],
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('urgency', models.CharField(choices=[('high', 'High'), ('low', 'Low')], max_length=4)),
                ('after_minutes', models.PositiveSmallIntegerField(default=0)),
                ('contact_method', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='notifications.contactmethod')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['urgency', 'after_minutes', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('user', 'urgency', 'contact_method', 'after_minutes'), name='rule_once_for_one_method_and_delay')],
            },
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='notification_due'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['contact_method', 'next_attempt_at'], name='notification_to_merge'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['user', '-id'], name='notification_of_user'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('channel', 'inapp'), ('read_at', None)), fields=['user', '-id'], name='notification_unread'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('page_key', 'address_key'), name='one_notification_for_page_and_address'),
        ),
        migrations.AddConstraint(
            model_name='catchall',
            constraint=models.CheckConstraint(condition=models.Q(('pk', 1)), name='catch_all_is_one_row'),
        ),
        migrations.RunPython(create_catch_all, migrations.RunPython.noop),
    ]
