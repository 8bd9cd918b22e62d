-- migrate:up transaction:false
ALTER TABLE user ADD email int;
-- migrate:down
ALTER TABLE user DROP email;
