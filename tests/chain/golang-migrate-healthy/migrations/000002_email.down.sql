ALTER TABLE user DROP email;
