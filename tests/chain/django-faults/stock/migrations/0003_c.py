from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("stock", "0002_gone")]

    operations = [
        migrations.AddField(model_name="a", name="b", field=models.IntegerField()),
    ]
