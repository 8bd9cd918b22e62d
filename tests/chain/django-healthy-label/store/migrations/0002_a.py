from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("shopcore", "0001_initial")]

    operations = [
        migrations.AddField(model_name="a", name="b", field=models.IntegerField()),
    ]
