from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = []
    replaces = [("shop", "0001_initial"), ("shop", "0002_price")]
    operations = [
        migrations.AddField(model_name="a", name="b", field=models.IntegerField()),
    ]
