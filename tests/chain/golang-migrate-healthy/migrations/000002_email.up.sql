ALTER TABLE user ADD email int;
