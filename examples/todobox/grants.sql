-- The account of the operator on the database `todobox`, with the least privileges that are enough. It can change
-- tables, and cannot write a row of the application. Run this file as an administrator.
--
-- Replace the password, the name of the database, and % with the addresses of your cluster.

CREATE USER 'schema_operator'@'%' IDENTIFIED BY 'change-me' REQUIRE SSL;

-- To see the schema, count rows, and run verify queries: SELECT. To create and change tables: CREATE and ALTER.
-- (MySQL's manual also requires INSERT to alter a table; MySQL 9.7 and MariaDB 10.11 and 11.8 do not.)
GRANT SELECT, CREATE, ALTER ON `todobox`.* TO 'schema_operator'@'%';

-- To record in the operator's own tables what was done and what was declared. Because this includes CREATE, the tables
-- need not exist yet.
GRANT CREATE, INSERT, UPDATE ON `todobox`.`schema_operator_history` TO 'schema_operator'@'%';
GRANT CREATE, INSERT, UPDATE ON `todobox`.`schema_operator_record` TO 'schema_operator'@'%';

-- Only if the operator stamps Alembic's table (revisionTable.alembic.stamp):
-- GRANT CREATE, INSERT, UPDATE ON `todobox`.`alembic_version` TO 'schema_operator'@'%';

-- Only on a Galera cluster: the lease that lets one change at a time run on the database.
-- GRANT CREATE, INSERT, UPDATE ON `todobox`.`schema_operator_lease` TO 'schema_operator'@'%';

-- Only if you declare checks, generated columns or expression defaults: to try them on empty copies first.
-- The digits are the beginning of SHA2('todobox', 256): for another database, see docs/permissions.md.
-- GRANT SELECT, CREATE, ALTER, DROP ON `schema\_operator\_tmp\_eb3825f37533b50bb1df\_%`.* TO 'schema_operator'@'%';

-- Only if you declare foreign keys (MySQL; MariaDB does not need it):
-- GRANT REFERENCES ON `todobox`.* TO 'schema_operator'@'%';

-- Only if you rename or remove tables or columns: to see the triggers, events, views and routines that use them.
-- Without it, such a step is Unknown as well as Breaking.
-- GRANT TRIGGER, EVENT, SHOW VIEW, EXECUTE ON `todobox`.* TO 'schema_operator'@'%';

-- Only if you remove tables or partitions, or rename tables (which also takes INSERT):
-- GRANT DROP, INSERT ON `todobox`.* TO 'schema_operator'@'%';
