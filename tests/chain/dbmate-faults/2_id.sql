-- migrate:up

ALTER TABLE user ADD id int;
-- migrate:down
