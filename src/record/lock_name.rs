//! The name of the lock under which a database is changed. A name that can be computed is one that any login can take, so
//! it follows from random digits in a row of the record: only an account that may read the record knows it.

use rustls::crypto::ring::default_provider;

use super::own_table::{ByLayout, Layout, RECORD};
use super::record_table::{LOCK_CLUSTER, LOCK_RESOURCE, create, is_lock, lock_name};
use crate::mysql::{Error, ErrorKind, LOCK_NAME, Session, last_row};
use crate::schema::Identifier;

/// What the row says that was applied: nothing.
const DECLARED: &str = r#"{"tables":{}}"#;

/// Returns the statements that assign the lock's name to [`LOCK_NAME`]. They assign NULL where there is no record, or
/// something else has its name.
pub fn find_lock_name(database: &Identifier) -> String {
    let (name, table) = (lock_name(database), RECORD.guarded(database));
    let select = format!("SELECT {name} INTO {LOCK_NAME} FROM {table} WHERE {}", is_lock());
    let by_layout = ByLayout { without: "DO 0", earlier: &select, complete: &select };
    let layout = RECORD.layout(database);
    format!("SET {LOCK_NAME} = NULL; SET @schema_operator_layout = {layout}; {}", by_layout.sql())
}

/// Gives the lock a name, unless another session was first.
///
/// # Errors
/// The account may not write the record, and as [`Session::batch`].
pub async fn make_lock_name(session: &mut Session, database: &Identifier) -> Result<(), Error> {
    let doing = "naming the lock in schema_operator_record";
    let looked = session.batch(doing, &format!("SELECT {}", RECORD.layout(database))).await?;
    let table = RECORD.quoted(database);
    let create = match RECORD.read_layout(last_row(&looked), 0)? {
        Layout::Missing => format!("{}; ", create(&table)),
        Layout::Earlier | Layout::Complete | Layout::Foreign => String::new(),
    };
    let sql = format!(
        "{create}{}; INSERT INTO {table} (cluster, resource, resource_uid, revision, declared, updated_at) \
         VALUES ('{LOCK_CLUSTER}', '{LOCK_RESOURCE}', '', '{}', '{DECLARED}', UTC_TIMESTAMP(6)) \
         ON DUPLICATE KEY UPDATE resource_uid = ''; COMMIT",
        RECORD.begin_insert(database),
        random_digits(doing)?
    );
    match session.transaction(doing, &sql).await {
        Ok(_) => Ok(()),
        // Another node's writer was first.
        Err(error) if error.kind == ErrorKind::Deadlock => Ok(()),
        Err(error) => Err(error),
    }
}

/// Returns 128 bits that nobody can foresee.
fn random_digits(doing: &str) -> Result<String, Error> {
    let mut bytes = [0; 16];
    let filled = default_provider().secure_random.fill(&mut bytes);
    filled.map_err(|_| Error::protocol(doing, &"the system gives no random bytes"))?;
    Ok(hex::encode(bytes))
}
