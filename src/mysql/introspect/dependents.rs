//! Reads what may use the tables of a database: its views, triggers, routines and events, those of other databases as
//! far as the account sees them, and the foreign keys of other databases.

use crate::mysql::Session;
use crate::mysql::{Error, ErrorKind};
use crate::mysql::{Row, Rows};
use crate::schema::{Dependent, DependentKind, Dependents, Dialect, Identifier, InboundKey, quote_literal};

/// How long one query may take, in seconds: some servers open each view for it.
const SECONDS: u32 = 10;

/// The servers' own, whose views name no application's table.
const SYSTEM: &str = "('mysql', 'sys', 'information_schema', 'performance_schema')";

/// Reads all that may depend on `database` in one round trip.
///
/// # Errors
/// As [`Session::batch`]; among them that it takes too long.
pub async fn read_dependents(session: &mut Session, database: &Identifier) -> Result<Dependents, Error> {
    let doing = format!("looking for what depends on database {database}");
    let sql: Vec<String> = queries(database).iter().map(|query| bounded(query, session.dialect)).collect();
    let results = session.batch(&doing, &sql.join(";\n")).await?;
    let [views, triggers, routines, events, keys, privileges]: [Rows; 6] =
        results.try_into().map_err(|got: Vec<Rows>| {
            Error::new(&doing, ErrorKind::Protocol, format!("6 results were expected, {} came", got.len()))
        })?;
    let kinds = views.iter().map(|row| (Some(DependentKind::View), row));
    let kinds = kinds.chain(triggers.iter().map(|row| (trigger(row), row)));
    let kinds = kinds.chain(routines.iter().map(|row| (Some(routine(row.text(3))), row)));
    let kinds = kinds.chain(events.iter().map(|row| (Some(DependentKind::Event), row)));
    Ok(Dependents {
        objects: kinds.filter_map(|(kind, row)| dependent(kind?, row)).collect(),
        keys: inbound_keys(&keys),
        hidden: hidden(&privileges),
    })
}

/// `select`, given up after a while; the limit is the statement's, since the session is used on.
fn bounded(select: &str, dialect: Dialect) -> String {
    if dialect.is_mariadb() {
        format!("SET STATEMENT max_statement_time = {SECONDS} FOR SELECT {select}")
    } else {
        format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ {select}", u64::from(SECONDS).saturating_mul(1000))
    }
}

/// What is selected, in the order of the results.
fn queries(database: &Identifier) -> [String; 6] {
    let name = quote_literal(database.as_str());
    [
        format!(
            "CAST(TABLE_SCHEMA AS CHAR), CAST(TABLE_NAME AS CHAR), CAST(VIEW_DEFINITION AS CHAR) \
             FROM information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN {SYSTEM}"
        ),
        format!(
            "CAST(TRIGGER_SCHEMA AS CHAR), CAST(TRIGGER_NAME AS CHAR), CAST(ACTION_STATEMENT AS CHAR), \
             CAST(EVENT_OBJECT_TABLE AS CHAR) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA NOT IN {SYSTEM}"
        ),
        format!(
            "CAST(ROUTINE_SCHEMA AS CHAR), CAST(ROUTINE_NAME AS CHAR), CAST(ROUTINE_DEFINITION AS CHAR), \
             CAST(ROUTINE_TYPE AS CHAR) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN {SYSTEM}"
        ),
        format!(
            "CAST(EVENT_SCHEMA AS CHAR), CAST(EVENT_NAME AS CHAR), CAST(EVENT_DEFINITION AS CHAR) \
             FROM information_schema.EVENTS WHERE EVENT_SCHEMA NOT IN {SYSTEM}"
        ),
        format!(
            "CAST(TABLE_SCHEMA AS CHAR), CAST(TABLE_NAME AS CHAR), CAST(CONSTRAINT_NAME AS CHAR), \
             CAST(REFERENCED_TABLE_NAME AS CHAR), CAST(REFERENCED_COLUMN_NAME AS CHAR) \
             FROM information_schema.KEY_COLUMN_USAGE \
             WHERE REFERENCED_TABLE_SCHEMA = {name} AND TABLE_SCHEMA <> {name} \
             ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION"
        ),
        privileges(&name),
    ]
}

/// The privileges that the account holds on the whole database.
fn privileges(database: &str) -> String {
    let part = |at: i8| format!("QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', {at}))");
    let account = format!("CONCAT({}, '@', {})", part(1), part(-1));
    format!(
        "DISTINCT CAST(PRIVILEGE_TYPE AS CHAR) FROM \
         (SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = {account} \
         UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES \
         WHERE GRANTEE = {account} AND {database} LIKE TABLE_SCHEMA) AS held"
    )
}

/// What can't be seen without a privilege, and is not even listed.
fn hidden(privileges: &[Row]) -> Vec<String> {
    let has = |names: &[&str]| privileges.iter().any(|row| names.contains(&row.text(0)));
    let needed: [(&str, &[&str]); 3] = [
        ("triggers", &["TRIGGER"]),
        ("routines", &["EXECUTE", "ALTER ROUTINE", "CREATE ROUTINE"]),
        ("events", &["EVENT"]),
    ];
    let missing = needed.iter().filter(|(_, names)| !has(names));
    missing.map(|(what, names)| format!("{what} (privilege {})", names.first().copied().unwrap_or_default())).collect()
}

fn dependent(kind: DependentKind, row: &Row) -> Option<Dependent> {
    let text = row.optional(2).filter(|text| !text.is_empty()).map(ToOwned::to_owned);
    Some(Dependent {
        kind,
        database: Identifier::new(row.text(0)).ok()?,
        name: Identifier::new(row.text(1)).ok()?,
        text,
    })
}

fn trigger(row: &Row) -> Option<DependentKind> {
    Identifier::new(row.text(3)).ok().map(|table| DependentKind::Trigger { table })
}

fn routine(kind: &str) -> DependentKind {
    match kind {
        "PROCEDURE" => DependentKind::Procedure,
        "FUNCTION" => DependentKind::Function,
        _ => DependentKind::Package,
    }
}

fn inbound_keys(rows: &[Row]) -> Vec<InboundKey> {
    let mut keys: Vec<InboundKey> = Vec::new();
    for row in rows {
        let name = |index: usize| Identifier::new(row.text(index)).ok();
        let (Some(database), Some(table), Some(key)) = (name(0), name(1), name(2)) else { continue };
        let (Some(referenced_table), Some(column)) = (name(3), name(4)) else { continue };
        match keys.last_mut() {
            Some(last) if (&last.database, &last.table, &last.name) == (&database, &table, &key) => {
                last.referenced_columns.push(column);
            }
            _ => {
                keys.push(InboundKey {
                    database,
                    table,
                    name: key,
                    referenced_table,
                    referenced_columns: vec![column],
                });
            }
        }
    }
    keys
}
