revision = 'd1'
down_revision = HEAD
