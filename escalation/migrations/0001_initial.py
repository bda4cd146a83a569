import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('incidents', '0001_initial'),
        ('notifications', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Play',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('description', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'verbose_name': 'response play',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=150, unique=True)),
                ('description', models.TextField(blank=True)),
                ('repeats', models.PositiveSmallIntegerField(default=0, help_text='How many times the whole policy starts again after its last step.')),
                ('pause_seconds', models.PositiveIntegerField(default=300, help_text='Before the policy starts again, and at its end before the catch-all is told.', verbose_name='pause after the last step')),
                ('stops_when', models.CharField(choices=[('acknowledge', 'somebody acknowledges or is assigned'), ('assign', 'somebody is assigned (acknowledging alone does not stop it)')], default='acknowledge', max_length=11)),
                ('acknowledgement_expires_minutes', models.PositiveIntegerField(blank=True, help_text='After so many minutes without a resolution it pages again. Empty: never.', null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'verbose_name': 'escalation policy',
                'verbose_name_plural': 'escalation policies',
                'ordering': ['name'],
                'permissions': [('Message_Rule_View', 'May see policies and plays'), ('Message_Rule_Update', 'May add, change and delete policies and plays')],
            },
        ),
        migrations.CreateModel(
            name='ProcessHeartbeat',
            fields=[
                ('process', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('facts', models.JSONField(blank=True, default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paging_round', models.PositiveIntegerField(default=1)),
                ('plan_json', models.JSONField(db_column='plan', default=dict)),
                ('stops_when', models.CharField(choices=[('acknowledge', 'somebody acknowledges or is assigned'), ('assign', 'somebody is assigned (acknowledging alone does not stop it)')], default='acknowledge', max_length=11)),
                ('acknowledgement_expires_minutes', models.PositiveIntegerField(blank=True, null=True)),
                ('state', models.CharField(choices=[('suppressed', 'Suppressed'), ('escalating', 'Escalating'), ('paused', 'Paused'), ('exhausted', 'Exhausted'), ('finished', 'Finished')], default='escalating', max_length=10)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('repeat', models.PositiveSmallIntegerField(default=0)),
                ('retry', models.PositiveSmallIntegerField(default=0)),
                ('step_started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('next_step_at', models.DateTimeField(blank=True, null=True)),
                ('last_page_key', models.CharField(blank=True, max_length=80)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ServicePolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'default policy',
                'verbose_name_plural': 'default policies',
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('wait_seconds', models.PositiveIntegerField(default=0, help_text='Before this step: for the first from the start, else from the step before.', verbose_name='wait')),
                ('retries', models.PositiveSmallIntegerField(default=0, help_text='How many times the same targets are told again.')),
                ('retry_seconds', models.PositiveIntegerField(default=300, verbose_name='retry every')),
                ('step_channels', models.JSONField(blank=True, default=list, help_text="Empty: each person's own rules. Else channels, each after some minutes.")),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('user', 'a person'), ('team_role', 'a role of a team'), ('team', 'everybody of a team'), ('recipient_teams', '{recipient teams} of the integration'), ('shared_channel', 'a shared channel')], default='user', max_length=16)),
                ('role', models.CharField(blank=True, choices=[('primary', 'Primary'), ('secondary', 'Secondary'), ('manager', 'Manager')], help_text='For a role of a team, or of the recipient teams.', max_length=9)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('wait_seconds', models.PositiveIntegerField(default=0, help_text='From the tier before; for the first from the start.', verbose_name='wait')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.AddField(
            model_name='policy',
            name='team',
            field=models.ForeignKey(blank=True, help_text='Whose policy it is, to find it by. Whom it tells is said in its steps.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='policies', to='incidents.team'),
        ),
        migrations.AddField(
            model_name='run',
            name='incident',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='incidents.incident'),
        ),
        migrations.AddField(
            model_name='run',
            name='play',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='escalation.play'),
        ),
        migrations.AddField(
            model_name='run',
            name='policy',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='escalation.policy'),
        ),
        migrations.AddField(
            model_name='servicepolicy',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='services', to='escalation.policy'),
        ),
        migrations.AddField(
            model_name='servicepolicy',
            name='service',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='default_policy', to='incidents.service'),
        ),
        migrations.AddField(
            model_name='step',
            name='policy',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='escalation.policy'),
        ),
        migrations.AddField(
            model_name='target',
            name='shared_channel',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='notifications.sharedchannel'),
        ),
        migrations.AddField(
            model_name='target',
            name='step',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='escalation.step'),
        ),
        migrations.AddField(
            model_name='target',
            name='team',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='incidents.team'),
        ),
        migrations.AddField(
            model_name='target',
            name='user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='tier',
            name='play',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tiers', to='escalation.play'),
        ),
        migrations.AddField(
            model_name='tier',
            name='teams',
            field=models.ManyToManyField(blank=True, related_name='+', to='incidents.team'),
        ),
        migrations.AddField(
            model_name='tier',
            name='users',
            field=models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='run_due'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('next_step_at__isnull', False), ('state__in', ['paused', 'suppressed'])), fields=['next_step_at'], name='run_resting_due'),
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(condition=models.Q(('finished_at', None)), fields=['id'], name='run_active'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('incident', 'paging_round'), name='one_run_for_one_paging_round'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'user'), ('user__isnull', False)), models.Q(('kind', 'team_role'), ('team__isnull', False), models.Q(('role', ''), _negated=True)), models.Q(('kind', 'team'), ('team__isnull', False)), models.Q(('kind', 'recipient_teams'), models.Q(('role', ''), _negated=True)), models.Q(('kind', 'shared_channel'), ('shared_channel__isnull', False)), _connector='OR'), name='target_has_what_its_kind_needs'),
        ),
    ]
