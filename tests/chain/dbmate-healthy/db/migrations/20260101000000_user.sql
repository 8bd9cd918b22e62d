-- migrate:up
CREATE TABLE user (id int);

-- migrate:down
DROP TABLE user;
