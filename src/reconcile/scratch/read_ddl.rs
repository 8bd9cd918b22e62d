//! Reads what `CREATE TABLE` text declares: makes its tables in a scratch database of the same server, and takes what the
//! server reports of them.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::api::{Reason, TableSpec};
use crate::declare::{Declaration, Script, Source, TableText, WrittenTables, declare_written};
use crate::mysql::{
    Error, ErrorKind, Observation, Purpose, Rows, Scope, Scratch, Servers, Session, first_row, observe, read_in_full,
    scratch_pattern,
};
use crate::plan::{Refusal, RefusalKind};
use crate::reconcile::cache::Cache;
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::request::Request;
use crate::schema::{DeclaredSchema, Difference, Identifier, ObjectRef, Schema, Table, differences};

/// How many texts are remembered. One that is forgotten is read again, which costs little.
const MAX_TEXTS: usize = 1000;

/// What texts declare. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub struct DdlCache(Cache<[u8; 32], CachedDdl>);

/// What one text declares, also in the words of the resource.
#[derive(Debug, Clone)]
struct CachedDdl {
    schema: Arc<DeclaredSchema>,
    words: Arc<[TableSpec]>,
}

impl Default for DdlCache {
    fn default() -> Self {
        Self(Cache::new(MAX_TEXTS))
    }
}

/// Reads what a request declares. A text that was read on this server before costs nothing.
///
/// # Errors
/// The server can't be reached, lets the account make no scratch database, refuses a table, or makes something of it
/// that can't be declared.
pub async fn read_ddl(
    servers: &Servers,
    cache: &DdlCache,
    request: &Request<Source>,
    live: &Observation,
) -> Result<Declaration, NotReady> {
    let (script, consent) = match &request.declaration {
        Source::Tables(declaration) => return Ok(declaration.clone()),
        Source::Text { script, consent } => (script, consent.clone()),
    };
    let key = key(request, live, script);
    let CachedDdl { schema, words } = if let Some(known) = cache.0.get(&key) {
        known
    } else {
        let read = read(servers, request, &live.schema, script).await?;
        cache.0.put(key, read.clone());
        read
    };
    Ok(Declaration { schema: DeclaredSchema::clone(&schema), consent, words })
}

/// Returns what the meaning of a text depends on: the text, the server with its version, and the character set of the
/// database.
fn key(request: &Request<Source>, live: &Observation, script: &Script) -> [u8; 32] {
    let mut hash = Sha256::new();
    let Schema { dialect, charset, collation, .. } = &live.schema;
    hash.update(format!("{} {:?} {dialect} {charset} {collation} ", request.asker.login.address, live.server.id));
    hash.update(script.digest());
    hash.finalize().into()
}

async fn read(
    servers: &Servers,
    request: &Request<Source>,
    live: &Schema,
    script: &Script,
) -> Result<CachedDdl, NotReady> {
    let session = servers.session(&request.asker.login, Purpose::Work).await;
    let mut session = session.map_err(|error| NotReady::connecting(&error))?;
    // From here on the session is changed for good, so it is closed whatever happens.
    let scratch = match Scratch::create(&mut session, live).await {
        Ok(scratch) => scratch,
        Err(error) => {
            session.close();
            return Err(with_grant(&error, &live.name));
        }
    };
    let outcome = DdlReader { scratch: &scratch.name, live, script }.read(&mut session).await;
    let dropped = if session.is_usable() { scratch.drop(&mut session).await } else { Ok(()) };
    session.close();
    let declared = outcome?;
    dropped.map_err(|error| NotReady::connecting(&error))?;
    Ok(declared)
}

/// Says of a missing privilege what to grant.
fn with_grant(error: &Error, database: &Identifier) -> NotReady {
    if error.kind != ErrorKind::Privilege {
        return NotReady::connecting(error);
    }
    let message = format!(
        "spec.ddl is read by making its tables in a scratch database, which this login may not: {error}; GRANT SELECT, \
         CREATE, ALTER, DROP, REFERENCES ON {}.* to it",
        scratch_pattern(database)
    );
    NotReady::new(Reason::MissingPrivilege, message)
}

/// Reads one script in a scratch database.
struct DdlReader<'a> {
    scratch: &'a Identifier,
    live: &'a Schema,
    script: &'a Script,
}

impl DdlReader<'_> {
    async fn read(&self, session: &mut Session) -> Result<CachedDdl, NotReady> {
        self.make_tables(session).await?;
        let made = self.observe(session).await.map_err(|error| NotReady::connecting(&error))?;
        self.check_obstacles(&made)?;
        let WrittenTables { schema, words } =
            declare_written(self.script, &made.schema).map_err(|refusals| NotReady::from_refusals(&refusals))?;
        self.check_rebuilds(session, &made.schema).await?;
        Ok(CachedDdl { schema: Arc::new(schema), words: words.into() })
    }

    async fn make_tables(&self, session: &mut Session) -> Result<(), NotReady> {
        // The tables come in any order, and a parent may be in no text at all.
        let unchecked = session.batch("preparing a scratch database", "SET SESSION foreign_key_checks = 0").await;
        unchecked.map_err(|error| NotReady::connecting(&error))?;
        let mut refusals = Vec::new();
        for table in &self.script.tables {
            let doing = format!("making table {} of spec.ddl in a scratch database", table.name);
            match session.execute_one(&doing, &table.sql).await {
                Ok(()) => {}
                Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {
                    let message = format!("the server refuses it: {}", error.message);
                    refusals.push(refusal(table, RefusalKind::Invalid, message));
                }
                Err(error) => return Err(with_grant(&error, &self.live.name)),
            }
        }
        if refusals.is_empty() { Ok(()) } else { Err(NotReady::from_refusals(&refusals)) }
    }

    async fn observe(&self, session: &mut Session) -> Result<Observation, Error> {
        let mut made = observe(session, Scope { database: self.scratch, table: None }).await?;
        let names: Vec<Identifier> = made.schema.tables.iter().map(|table| table.name.clone()).collect();
        read_in_full(session, &mut made, &names).await?;
        Ok(made)
    }

    fn check_obstacles(&self, made: &Observation) -> Result<(), NotReady> {
        let names = made.schema.stored_names();
        let obstacle = |table: &TableText| {
            made.obstacle(&names.table(&table.name)).map(|why| refusal(table, RefusalKind::Unsupported, why.to_owned()))
        };
        let obstacles: Vec<Refusal> = self.script.tables.iter().filter_map(obstacle).collect();
        if obstacles.is_empty() { Ok(()) } else { Err(NotReady::from_refusals(&obstacles)) }
    }

    async fn check_rebuilds(&self, session: &mut Session, made: &Schema) -> Result<(), NotReady> {
        let names = made.stored_names();
        for table in &self.script.tables {
            let Some(made) = made.table(&names.table(&table.name)) else { continue };
            if let Some(lost) =
                self.lost_when_rebuilt(session, made).await.map_err(|error| with_grant(&error, &self.live.name))?
            {
                let message = format!("it has something that can't be declared: {lost}");
                return Err(NotReady::from_refusals(&[refusal(table, RefusalKind::Unsupported, message)]));
            }
            let is_same = self.is_same_when_made_again(session, table, made).await;
            if !is_same.map_err(|error| with_grant(&error, &self.live.name))? {
                let message = format!(
                    "table {} of spec.ddl was read otherwise than the server makes it: another session changed the scratch \
                     database; nothing of it is used, and it is read again",
                    table.name
                );
                return Err(NotReady::new(Reason::ChangedConcurrently, message));
            }
        }
        Ok(())
    }

    /// Makes a table of its text once more, in the place of the one that was made of what was read, and returns whether
    /// the server shows both alike.
    async fn is_same_when_made_again(
        &self,
        session: &mut Session,
        text: &TableText,
        made: &Table,
    ) -> Result<bool, Error> {
        let doing = format!("comparing table {} with its text", made.name);
        let name = made.name.quoted();
        let show = format!("SHOW CREATE TABLE {name}");
        let of_model = session.batch(&doing, &format!("{show}; DROP TABLE {name}")).await?;
        session.execute_one(&doing, &text.sql).await?;
        let of_text = session.batch(&doing, &show).await?;
        let shown = |results: &[Rows]| first_row(results).map(|row| row.text(1).to_owned()).unwrap_or_default();
        let differences = differences(&shown(&of_text), &shown(&of_model));
        differences.map(|found| found.is_empty()).map_err(|error| Error::protocol(&doing, &error))
    }

    /// Rebuilds a table from what was read of it, and returns the first difference: something that the model does not
    /// know.
    async fn lost_when_rebuilt(&self, session: &mut Session, made: &Table) -> Result<Option<String>, Error> {
        let doing = format!("comparing table {} with what was read of it", made.name);
        let name = made.name.quoted();
        let create = made.create_statement(self.live.dialect);
        let sql = format!("SHOW CREATE TABLE {name}; DROP TABLE {name}; {create}; SHOW CREATE TABLE {name}");
        let results = match session.batch(&doing, &sql).await {
            Ok(results) => results,
            Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => return Ok(Some(error.message)),
            Err(error) => return Err(error),
        };
        let text = |at: usize| results.get(at).and_then(|rows| rows.first()).map(|row| row.text(1)).unwrap_or_default();
        let different = differences(text(0), text(3)).map_err(|error| Error::protocol(&doing, &error))?;
        let named = |different: &Difference| {
            let object = ObjectRef { table: made.name.clone(), object: different.object.clone() };
            format!("{object} has {}", different.text())
        };
        Ok(different.first().map(named))
    }
}

fn refusal(table: &TableText, kind: RefusalKind, message: String) -> Refusal {
    Refusal::of_spec(format!("spec.ddl: table {} in line {}", table.name, table.line), kind, message)
}
