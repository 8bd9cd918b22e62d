ALTER TABLE user ADD nine int;
