from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("integrations", "0007_signature_form")]

    operations = [
        migrations.AddIndex(
            model_name="inboundmessage",
            index=models.Index(
                fields=["body_digest", "id"], name="message_of_mail", condition=Q(route="mail")
            ),
        ),
    ]
