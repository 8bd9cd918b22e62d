from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("auth", "0012_alter_user_first_name_max_length"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    initial = True
    operations = [
        migrations.AddField(model_name="a", name="b", field=models.IntegerField()),
    ]
