-- The database of todobox, a to-do application, at revision c682ef478e45. The deployed application reads
-- user.api_token, and there is no such column.
--
-- For MySQL 8.0 and later, and MariaDB 10.5 and later. Load it into the selected database:
--   mysql todobox < broken.sql

SET NAMES utf8mb4;

CREATE TABLE `user` (
  `id` int NOT NULL AUTO_INCREMENT,
  `username` varchar(64) DEFAULT NULL,
  `email` varchar(120) DEFAULT NULL,
  `fullname` varchar(100) DEFAULT NULL,
  `password_hash` varchar(255) DEFAULT NULL,
  `oauth_provider` varchar(50) DEFAULT NULL,
  `oauth_id` varchar(255) DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `ix_user_username` (`username`),
  UNIQUE KEY `ix_user_email` (`email`),
  KEY `ix_user_oauth_id` (`oauth_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE `todo` (
  `id` int NOT NULL AUTO_INCREMENT,
  `user_id` int DEFAULT NULL,
  `title` varchar(200) DEFAULT NULL,
  `done` tinyint(1) DEFAULT NULL,
  `created_at` datetime DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `ix_todo_user_id` (`user_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE `alembic_version` (
  `version_num` varchar(32) NOT NULL,
  PRIMARY KEY (`version_num`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

INSERT INTO `alembic_version` (`version_num`) VALUES ('c682ef478e45');

-- 1,000 people, one third of whom log in with another provider. Both servers stop a recursion after 1,000 rounds.
INSERT INTO `user` (`id`, `username`, `email`, `fullname`, `password_hash`, `oauth_provider`, `oauth_id`)
WITH RECURSIVE numbers (n) AS (
  SELECT 1
  UNION ALL
  SELECT n + 1 FROM numbers WHERE n < 1000
)
SELECT
  n,
  CONCAT('user', n),
  CONCAT('user', n, '@example.com'),
  CONCAT(ELT(1 + n % 5, 'Ada', 'Božena', 'Čeněk', 'Dana', 'Emil'), ' ', n),
  IF(n % 3 = 0, NULL, SHA2(CONCAT('password ', n), 256)),
  IF(n % 3 = 0, 'github', NULL),
  IF(n % 3 = 0, CAST(100000 + n AS CHAR), NULL)
FROM numbers;

-- Three tasks for each person.
INSERT INTO `todo` (`user_id`, `title`, `done`, `created_at`)
SELECT
  u.`id`,
  CONCAT(task.`verb`, ' number ', u.`id`),
  (u.`id` + task.`number`) % 2,
  DATE_ADD('2025-01-01 08:00:00', INTERVAL u.`id` * 3 + task.`number` HOUR)
FROM `user` AS u
CROSS JOIN (
  SELECT 1 AS `number`, 'Write' AS `verb`
  UNION ALL SELECT 2, 'Call'
  UNION ALL SELECT 3, 'Buy'
) AS task
ORDER BY u.`id`, task.`number`;
