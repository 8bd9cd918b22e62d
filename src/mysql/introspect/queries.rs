//! The bulk queries that read a schema: a handful for a whole database, never one per table (1,000 tables take about
//! 0.1 s this way). Every column is cast, since its type differs between servers; none asks for statistics, which
//! would make the server open each table.

use crate::schema::{Dialect, Flavor, Identifier, quote_literal};

/// What is read: a database, or one table of it.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub database: &'a Identifier,
    pub table: Option<&'a Identifier>,
}

impl Scope<'_> {
    /// The condition on `information_schema`, whose columns of names are `schema` and `table`.
    fn filter(self, schema: &str, table: &str) -> String {
        let database = quote_literal(self.database.as_str());
        match self.table {
            None => format!("{schema} = {database}"),
            Some(name) => format!("{schema} = {database} AND {table} = {}", quote_literal(name.as_str())),
        }
    }
}

/// One message with all queries, whose results come in the order that [`super::observe`] expects.
pub fn bulk(scope: Scope<'_>, dialect: Dialect) -> String {
    [
        server(dialect),
        database(scope),
        tables(scope),
        columns(scope, dialect),
        indexes(scope, dialect),
        foreign_keys(scope),
        checks(scope, dialect),
        partitioned(scope, dialect),
    ]
    .join(";\n")
}

/// Which server it is, and whether it takes writes.
pub fn server(dialect: Dialect) -> String {
    // A variable that a server does not have would fail the batch, a missing row does not.
    match dialect.flavor {
        // A node's own id would change with each node that a load balancer picks.
        Flavor::MariaDb if dialect.clustered => "SELECT (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS \
             WHERE VARIABLE_NAME = 'WSREP_CLUSTER_STATE_UUID'), @@global.read_only, @@innodb_read_only"
            .into(),
        Flavor::MySql => "SELECT CAST(@@server_uuid AS CHAR), @@global.read_only, @@innodb_read_only".into(),
        Flavor::MariaDb => "SELECT (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES \
             WHERE VARIABLE_NAME = 'SERVER_UID'), @@global.read_only, @@innodb_read_only"
            .into(),
    }
}

fn database(scope: Scope<'_>) -> String {
    format!(
        "SELECT CAST(DEFAULT_CHARACTER_SET_NAME AS CHAR), CAST(DEFAULT_COLLATION_NAME AS CHAR) \
         FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {}",
        quote_literal(scope.database.as_str())
    )
}

fn tables(scope: Scope<'_>) -> String {
    format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(TABLE_TYPE AS CHAR), CAST(ENGINE AS CHAR), \
         CAST(TABLE_COLLATION AS CHAR), CAST(CREATE_OPTIONS AS CHAR), CAST(TABLE_COMMENT AS CHAR) \
         FROM information_schema.TABLES WHERE {}",
        scope.filter("TABLE_SCHEMA", "TABLE_NAME")
    )
}

fn columns(scope: Scope<'_>, dialect: Dialect) -> String {
    let srid = match dialect.flavor {
        Flavor::MySql => "CAST(SRS_ID AS CHAR)",
        Flavor::MariaDb => "NULL",
    };
    format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(COLUMN_NAME AS CHAR), CAST(COLUMN_TYPE AS CHAR), \
         CAST(IS_NULLABLE AS CHAR), CAST(COLUMN_DEFAULT AS CHAR), CAST(EXTRA AS CHAR), \
         CAST(CHARACTER_SET_NAME AS CHAR), CAST(COLLATION_NAME AS CHAR), CAST(COLUMN_COMMENT AS CHAR), \
         CAST(GENERATION_EXPRESSION AS CHAR), {srid} \
         FROM information_schema.COLUMNS WHERE {} ORDER BY TABLE_NAME, ORDINAL_POSITION",
        scope.filter("TABLE_SCHEMA", "TABLE_NAME")
    )
}

fn indexes(scope: Scope<'_>, dialect: Dialect) -> String {
    let (visible, expression) = match dialect.flavor {
        Flavor::MySql => ("CAST(IS_VISIBLE AS CHAR)", "CAST(EXPRESSION AS CHAR)"),
        Flavor::MariaDb if dialect.at_least(10, 6, 0) => ("IF(IGNORED = 'YES', 'NO', 'YES')", "NULL"),
        Flavor::MariaDb => ("'YES'", "NULL"),
    };
    format!(
        "SELECT CAST(TABLE_NAME AS CHAR), CAST(INDEX_NAME AS CHAR), CAST(NON_UNIQUE AS CHAR), \
         CAST(COLUMN_NAME AS CHAR), CAST(SUB_PART AS CHAR), CAST(COLLATION AS CHAR), CAST(INDEX_TYPE AS CHAR), \
         CAST(INDEX_COMMENT AS CHAR), {visible}, {expression} \
         FROM information_schema.STATISTICS WHERE {} ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
        scope.filter("TABLE_SCHEMA", "TABLE_NAME")
    )
}

fn foreign_keys(scope: Scope<'_>) -> String {
    format!(
        "SELECT CAST(k.TABLE_NAME AS CHAR), CAST(k.CONSTRAINT_NAME AS CHAR), CAST(k.COLUMN_NAME AS CHAR), \
         CAST(k.REFERENCED_TABLE_SCHEMA AS CHAR), CAST(k.REFERENCED_TABLE_NAME AS CHAR), \
         CAST(k.REFERENCED_COLUMN_NAME AS CHAR), CAST(r.DELETE_RULE AS CHAR), CAST(r.UPDATE_RULE AS CHAR) \
         FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
         ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME \
         AND r.TABLE_NAME = k.TABLE_NAME \
         WHERE {} AND {} AND k.REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
        scope.filter("k.TABLE_SCHEMA", "k.TABLE_NAME"),
        scope.filter("r.CONSTRAINT_SCHEMA", "r.TABLE_NAME"),
    )
}

fn checks(scope: Scope<'_>, dialect: Dialect) -> String {
    match dialect.flavor {
        Flavor::MySql if !dialect.at_least(8, 0, 16) => {
            "SELECT NULL, NULL, NULL, NULL, NULL FROM DUAL WHERE FALSE".into()
        }
        Flavor::MySql => format!(
            "SELECT CAST(t.TABLE_NAME AS CHAR), CAST(t.CONSTRAINT_NAME AS CHAR), CAST(c.CHECK_CLAUSE AS CHAR), \
             CAST(t.ENFORCED AS CHAR), 'Table' \
             FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c \
             ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME \
             WHERE {} AND t.CONSTRAINT_TYPE = 'CHECK' ORDER BY t.TABLE_NAME, t.CONSTRAINT_NAME",
            scope.filter("t.TABLE_SCHEMA", "t.TABLE_NAME")
        ),
        Flavor::MariaDb => format!(
            "SELECT CAST(TABLE_NAME AS CHAR), CAST(CONSTRAINT_NAME AS CHAR), CAST(CHECK_CLAUSE AS CHAR), 'YES', \
             CAST(LEVEL AS CHAR) FROM information_schema.CHECK_CONSTRAINTS WHERE {} \
             ORDER BY TABLE_NAME, CONSTRAINT_NAME",
            scope.filter("CONSTRAINT_SCHEMA", "TABLE_NAME")
        ),
    }
}

/// The tables that have partitions. `CREATE_OPTIONS` says so on MariaDB; MySQL leaves it out for `KEY ()` (tried on 9.7).
fn partitioned(scope: Scope<'_>, dialect: Dialect) -> String {
    match dialect.flavor {
        Flavor::MySql => format!(
            "SELECT DISTINCT CAST(TABLE_NAME AS CHAR) FROM information_schema.PARTITIONS \
             WHERE {} AND PARTITION_NAME IS NOT NULL",
            scope.filter("TABLE_SCHEMA", "TABLE_NAME")
        ),
        Flavor::MariaDb => format!(
            "SELECT CAST(TABLE_NAME AS CHAR) FROM information_schema.TABLES \
             WHERE {} AND TABLE_TYPE = 'BASE TABLE' AND CREATE_OPTIONS LIKE '%partitioned%'",
            scope.filter("TABLE_SCHEMA", "TABLE_NAME")
        ),
    }
}
