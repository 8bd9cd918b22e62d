revision = 'e1' # é
