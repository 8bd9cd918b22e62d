-- again
ALTER TABLE user ADD email varchar(120);
ALTER TABLE user ADD UNIQUE KEY uq_email (email);
DROP TABLE IF EXISTS user_old;
