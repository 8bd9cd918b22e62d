ALTER TABLE user ADD email varchar(120), ADD UNIQUE KEY uq_email (email);
