import uuid
revision = uuid.uuid4().hex
