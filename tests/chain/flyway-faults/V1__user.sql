CREATE TABLE user (id int PRIMARY KEY,
  email varchar(120));
