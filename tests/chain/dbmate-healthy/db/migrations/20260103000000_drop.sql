-- migrate:up
ALTER TABLE user DROP email;
