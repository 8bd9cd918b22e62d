ALTER TABLE user ADD id int;
