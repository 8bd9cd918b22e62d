//! Reads what may use the tables of a database: its views, triggers, routines and events, those of other databases as
//! far as the account sees them, the foreign keys of other databases, and the privileges on single tables and columns.

use crate::mysql::session::{expect_results, select_list};
use crate::mysql::{Error, Row, Session};
use crate::schema::{
    Dependent, DependentKind, Dependents, Dialect, Identifier, InboundKey, ObjectGrant, quote_literal,
};

/// How long one query may take, in seconds: some servers open each view for it.
const SECONDS: u32 = 10;

/// The servers' own databases, whose views name no application's table.
const SYSTEM: &str = "('mysql', 'sys', 'information_schema', 'performance_schema')";

select_list! {
    enum ViewField() {
        Database = "CAST(TABLE_SCHEMA AS CHAR)",
        Name = "CAST(TABLE_NAME AS CHAR)",
        Text = "CAST(VIEW_DEFINITION AS CHAR)",
    }
}

select_list! {
    enum TriggerField() {
        Database = "CAST(TRIGGER_SCHEMA AS CHAR)",
        Name = "CAST(TRIGGER_NAME AS CHAR)",
        Text = "CAST(ACTION_STATEMENT AS CHAR)",
        Table = "CAST(EVENT_OBJECT_TABLE AS CHAR)",
    }
}

select_list! {
    enum RoutineField() {
        Database = "CAST(ROUTINE_SCHEMA AS CHAR)",
        Name = "CAST(ROUTINE_NAME AS CHAR)",
        Text = "CAST(ROUTINE_DEFINITION AS CHAR)",
        Type = "CAST(ROUTINE_TYPE AS CHAR)",
    }
}

select_list! {
    enum EventField() {
        Database = "CAST(EVENT_SCHEMA AS CHAR)",
        Name = "CAST(EVENT_NAME AS CHAR)",
        Text = "CAST(EVENT_DEFINITION AS CHAR)",
    }
}

select_list! {
    enum KeyField() {
        Database = "CAST(TABLE_SCHEMA AS CHAR)",
        Table = "CAST(TABLE_NAME AS CHAR)",
        Name = "CAST(CONSTRAINT_NAME AS CHAR)",
        ReferencedTable = "CAST(REFERENCED_TABLE_NAME AS CHAR)",
        ReferencedColumn = "CAST(REFERENCED_COLUMN_NAME AS CHAR)",
    }
}

select_list! {
    enum GrantField(column: &str) {
        Grantee = "CAST(GRANTEE AS CHAR)",
        Table = "CAST(TABLE_NAME AS CHAR)",
        Column = format!("CAST({column} AS CHAR)"),
        Privilege = "CAST(PRIVILEGE_TYPE AS CHAR)",
    }
}

select_list! {
    enum PrivilegeField() {
        Privilege = "CAST(PRIVILEGE_TYPE AS CHAR)",
    }
}

/// Reads all that may depend on `database` in one round trip.
///
/// # Errors
/// As [`Session::batch`]; among them that it takes too long.
pub async fn read_dependents(session: &mut Session, database: &Identifier) -> Result<Dependents, Error> {
    let doing = format!("looking for what depends on database {database}");
    let sql: Vec<String> = queries(database).iter().map(|query| bounded(query, session.dialect)).collect();
    let results = session.batch(&doing, &sql.join(";\n")).await?;
    let [views, triggers, routines, events, keys, of_tables, of_columns, privileges, of_accounts] =
        expect_results(&doing, results)?;
    let views = views.iter().map(read_view);
    let triggers = triggers.iter().map(read_trigger);
    let routines = routines.iter().map(read_routine);
    let events = events.iter().map(read_event);
    Ok(Dependents {
        objects: views.chain(triggers).chain(routines).chain(events).flatten().collect(),
        keys: read_inbound_keys(&keys),
        grants: of_tables.iter().chain(&of_columns).filter_map(read_grant).collect(),
        grants_are_hidden: !has(&of_accounts, &["SELECT"]),
        hidden: hidden(&privileges),
    })
}

/// Returns the queries in the order of their results, each without its SELECT.
fn queries(database: &Identifier) -> [String; 9] {
    let name = quote_literal(database.as_str());
    let grants = |column: &str, table: &str| {
        let fields = GrantField::select(column);
        format!(
            "{fields} FROM information_schema.{table} WHERE TABLE_SCHEMA = {name} \
             ORDER BY GRANTEE, TABLE_NAME, PRIVILEGE_TYPE"
        )
    };
    [
        format!("{} FROM information_schema.VIEWS WHERE TABLE_SCHEMA NOT IN {SYSTEM}", ViewField::select()),
        format!("{} FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA NOT IN {SYSTEM}", TriggerField::select()),
        format!("{} FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA NOT IN {SYSTEM}", RoutineField::select()),
        format!("{} FROM information_schema.EVENTS WHERE EVENT_SCHEMA NOT IN {SYSTEM}", EventField::select()),
        format!(
            "{} FROM information_schema.KEY_COLUMN_USAGE \
             WHERE REFERENCED_TABLE_SCHEMA = {name} AND TABLE_SCHEMA <> {name} \
             ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION",
            KeyField::select()
        ),
        grants("NULL", "TABLE_PRIVILEGES"),
        grants("COLUMN_NAME", "COLUMN_PRIVILEGES"),
        privileges(&name),
        // Without SELECT here, a server shows an account its own privileges alone.
        privileges("'mysql'"),
    ]
}

/// Asks for the privileges that the account holds on the whole database.
fn privileges(database: &str) -> String {
    let part = |at: i8| format!("QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', {at}))");
    let account = format!("CONCAT({}, '@', {})", part(1), part(-1));
    format!(
        "DISTINCT {} FROM \
         (SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = {account} \
         UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES \
         WHERE GRANTEE = {account} AND {database} LIKE TABLE_SCHEMA) AS held",
        PrivilegeField::select()
    )
}

/// Makes a query a SELECT that gives up after a while. The limit is the statement's, since the session is used on.
fn bounded(query: &str, dialect: Dialect) -> String {
    if dialect.is_mariadb() {
        format!("SET STATEMENT max_statement_time = {SECONDS} FOR SELECT {query}")
    } else {
        format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ {query}", u64::from(SECONDS).saturating_mul(1000))
    }
}

fn read_view(row: &Row) -> Option<Dependent> {
    use ViewField::{Database, Name, Text};
    dependent(DependentKind::View, row.text(Database), row.text(Name), row.optional(Text))
}

fn read_trigger(row: &Row) -> Option<Dependent> {
    use TriggerField::{Database, Name, Table, Text};
    let table = Identifier::new(row.text(Table)).ok()?;
    dependent(DependentKind::Trigger { table }, row.text(Database), row.text(Name), row.optional(Text))
}

fn read_routine(row: &Row) -> Option<Dependent> {
    use RoutineField::{Database, Name, Text, Type};
    let kind = match row.text(Type) {
        "PROCEDURE" => DependentKind::Procedure,
        "FUNCTION" => DependentKind::Function,
        _ => DependentKind::Package,
    };
    dependent(kind, row.text(Database), row.text(Name), row.optional(Text))
}

fn read_event(row: &Row) -> Option<Dependent> {
    use EventField::{Database, Name, Text};
    dependent(DependentKind::Event, row.text(Database), row.text(Name), row.optional(Text))
}

/// Makes an object; the text is hidden from some accounts.
fn dependent(kind: DependentKind, database: &str, name: &str, text: Option<&str>) -> Option<Dependent> {
    Some(Dependent {
        kind,
        database: Identifier::new(database).ok()?,
        name: Identifier::new(name).ok()?,
        text: text.filter(|text| !text.is_empty()).map(ToOwned::to_owned),
    })
}

fn read_inbound_keys(rows: &[Row]) -> Vec<InboundKey> {
    let mut keys: Vec<InboundKey> = Vec::new();
    for key in rows.iter().filter_map(read_inbound_key) {
        match keys.last_mut() {
            Some(last) if last.database == key.database && last.table == key.table && last.name == key.name => {
                last.referenced_columns.extend(key.referenced_columns);
            }
            _ => keys.push(key),
        }
    }
    keys
}

/// Reads one column of a foreign key of another database.
fn read_inbound_key(row: &Row) -> Option<InboundKey> {
    let name = |field: KeyField| Identifier::new(row.text(field)).ok();
    Some(InboundKey {
        database: name(KeyField::Database)?,
        table: name(KeyField::Table)?,
        name: name(KeyField::Name)?,
        referenced_table: name(KeyField::ReferencedTable)?,
        referenced_columns: vec![name(KeyField::ReferencedColumn)?],
    })
}

fn read_grant(row: &Row) -> Option<ObjectGrant> {
    use GrantField::{Column, Grantee, Privilege, Table};
    Some(ObjectGrant {
        grantee: row.text(Grantee).to_owned(),
        table: Identifier::new(row.text(Table)).ok()?,
        column: row.optional(Column).map(Identifier::new).transpose().ok()?,
        privilege: row.text(Privilege).to_owned(),
    })
}

fn has(privileges: &[Row], names: &[&str]) -> bool {
    privileges.iter().any(|row| names.contains(&row.text(PrivilegeField::Privilege)))
}

/// Lists what can't be seen without a privilege: the server does not even list it.
fn hidden(privileges: &[Row]) -> Vec<String> {
    let needed: [(&str, &[&str]); 3] = [
        ("triggers", &["TRIGGER"]),
        ("routines", &["EXECUTE", "ALTER ROUTINE", "CREATE ROUTINE"]),
        ("events", &["EVENT"]),
    ];
    let missing = needed.iter().filter(|(_, names)| !has(privileges, names));
    missing.map(|(what, names)| format!("{what} (privilege {})", names.first().copied().unwrap_or_default())).collect()
}
