-- The account of the operator on the database `todobox`, with the least privileges that do: it can change tables, and
-- cannot write a row of the application. To be run by an administrator.
--
-- Replace the password, the name of the database, and the % by the addresses of your cluster.

CREATE USER 'schema_operator'@'%' IDENTIFIED BY 'change-me' REQUIRE SSL;

-- To see the schema, count rows, and run verify queries: SELECT. To make and change tables: CREATE and ALTER.
-- (MySQL's manual asks for INSERT as well where a table is altered; MySQL 9.7 and MariaDB 10.11 and 11.8 do without.)
GRANT SELECT, CREATE, ALTER ON `todobox`.* TO 'schema_operator'@'%';

-- To note in the operator's own tables what was done, and what was declared. With CREATE among them, the tables need not
-- be there yet.
GRANT CREATE, INSERT, UPDATE ON `todobox`.`schema_operator_history` TO 'schema_operator'@'%';
GRANT CREATE, INSERT, UPDATE ON `todobox`.`schema_operator_record` TO 'schema_operator'@'%';

-- Only on a Galera cluster: the lease by which one change at a time works on the database.
-- GRANT CREATE, INSERT, UPDATE ON `todobox`.`schema_operator_lease` TO 'schema_operator'@'%';

-- Only where checks, generated columns or expression defaults are declared: to try them on empty copies first.
-- GRANT SELECT, CREATE, ALTER, DROP ON `schema\_operator\_scratch\_%`.* TO 'schema_operator'@'%';

-- Only where foreign keys are declared (MySQL; MariaDB does without):
-- GRANT REFERENCES ON `todobox`.* TO 'schema_operator'@'%';

-- Only where tables or columns are to be renamed or removed: to see the triggers, events, views and routines that use them.
-- Without, such a step is Unknown beside Breaking.
-- GRANT TRIGGER, EVENT, SHOW VIEW, EXECUTE ON `todobox`.* TO 'schema_operator'@'%';

-- Only where tables or partitions are to be removed, or tables renamed (which takes INSERT, too):
-- GRANT DROP, INSERT ON `todobox`.* TO 'schema_operator'@'%';
