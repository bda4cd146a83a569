from django.db import migrations, models


def mark_announcements(apps, schema_editor):
    """Those that still wait; what is over is of no interest."""
    waiting = apps.get_model('notifications', 'Notification').objects.filter(state='waiting')
    for prefix in ('update:', 'resolved:'):
        waiting.filter(page_key__startswith=prefix).update(is_announcement=True)


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Lane',
            fields=[
                ('key', models.CharField(max_length=300, primary_key=True, serialize=False)),
                ('took_s', models.FloatField(default=0)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('failed_at', models.DateTimeField(blank=True, null=True)),
                ('opened_until', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['key'],
            },
        ),
        migrations.AddField('notification', 'is_announcement', models.BooleanField(default=False)),
        migrations.AddField('notification', 'attempts_excused', models.PositiveSmallIntegerField(default=0)),
        migrations.AddField('notification', 'lane', models.CharField(blank=True, max_length=300, default=''), preserve_default=False),
        migrations.AddField('notification', 'sending_since', models.DateTimeField(blank=True, null=True)),
        migrations.AddField('notification', 'waits_for_lane', models.BooleanField(default=False)),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('waits_for_lane', True)), fields=['lane'], name='notification_of_lane'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('sending_since__isnull', False)), fields=['lane'], name='notification_being_sent'),
        ),
        migrations.RunPython(mark_announcements, migrations.RunPython.noop),
    ]
