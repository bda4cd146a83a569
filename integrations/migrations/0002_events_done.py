from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('integrations', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='inboundmessage',
            name='events_done',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
