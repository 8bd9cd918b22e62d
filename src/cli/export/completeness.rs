//! Rebuilds an export in a scratch database, and names what the server shows of a live table and not of that copy. So
//! an export names also what the model does not know. Foreign keys are not rebuilt: their parents are elsewhere.

use super::Export;
use super::left_out::LeftOut;
use crate::declare::{Omission, declare};
use crate::mysql::{Error, ErrorKind, Login, Observation, Purpose, Scratch, Servers, Session};
use crate::plan::{Refusal, target};
use crate::reconcile::scratch_grant;
use crate::schema::{
    DeclaredSchema, DeclaredTable, Dialect, Difference, Identifier, Schema, Table, TableObject, differences,
};

/// What to say where nothing could be compared.
const UNCHECKED: &str =
    "what this export lacks was not looked for in a scratch database, so it may lack more than is named here";

impl Export {
    /// Names what a database made of this export would lack. Where that can't be found out, says so.
    pub async fn name_what_it_lacks(&mut self, servers: &Servers, login: &Login, observation: &Observation) {
        let live = &observation.schema;
        let tables = match self.rebuilt_tables(live) {
            Ok(tables) => tables,
            Err(refusals) => {
                let first = refusals.first().map(ToString::to_string).unwrap_or_default();
                self.left_out.push(LeftOut::Other(format!("{UNCHECKED}: {first}")));
                return;
            }
        };
        match compare(servers, login, live, &tables).await {
            Ok(copies) => copies.into_iter().for_each(|copy| self.add(copy, live)),
            Err(error) => self.left_out.push(LeftOut::Other(unchecked(&error, &live.name))),
        }
    }

    /// Returns the tables that the export makes where there is nothing.
    fn rebuilt_tables(&self, live: &Schema) -> Result<Vec<Table>, Vec<Refusal>> {
        let declaration = declare(&self.resource.spec)?;
        let without_keys = |table: DeclaredTable| DeclaredTable { foreign_keys: Vec::new(), ..table };
        let tables = declaration.schema.tables.into_iter().map(without_keys).collect();
        let declared = DeclaredSchema { tables, absent_tables: Vec::new() };
        let target = target(&declared, &live.without_tables())?;
        Ok(target.tables.into_iter().map(|target| target.table).collect())
    }

    fn add(&mut self, Copy { table, outcome }: Copy, live: &Schema) {
        match outcome {
            Ok(differences) => {
                // A primary key that the server generated belongs to no declaration.
                let generated = live.table(&table).and_then(|table| table.generated_key(live.dialect));
                let is_of_key = |object: &TableObject| generated.is_some_and(|key| object.is_of_generated_key(key));
                for difference in differences.iter().filter(|one| !is_of_key(&one.object)) {
                    self.add_difference(&table, difference);
                }
            }
            Err(why) => {
                let reason = format!("the server makes no table of this export: {why}");
                let omission = Omission::new(TableObject::Table, reason);
                self.left_out.push(LeftOut::OfTable { table, omission });
            }
        }
    }

    /// Puts what the server shows in the place of what was known before. What is known of partitions is more exact than
    /// the whole of their text.
    fn add_difference(&mut self, table: &Identifier, difference: &Difference) {
        let Difference { object, lost: _, gained: _ } = difference;
        let is_of_object = |left_out: &LeftOut| match left_out {
            LeftOut::OfTable { table: other, omission } => other == table && omission.object == *object,
            LeftOut::Other(_) => false,
        };
        if *object == TableObject::Partitioning && self.left_out.iter().any(is_of_object) {
            return;
        }
        self.left_out.retain(|left_out| !is_of_object(left_out));
        let omission = Omission::new(object.clone(), reason(difference));
        self.left_out.push(LeftOut::OfTable { table: table.clone(), omission });
    }
}

fn reason(Difference { object: _, lost, gained }: &Difference) -> String {
    let (lost, gained) = (lost.join(", "), gained.join(", "));
    match (lost.is_empty(), gained.is_empty()) {
        (_, true) => format!("{lost} can't be declared"),
        (true, false) => format!("a table made of this export has {gained}, which the live one lacks"),
        (false, false) => format!("{lost} can't be declared; a table made of this export has {gained}"),
    }
}

fn unchecked(error: &Error, database: &Identifier) -> String {
    if error.kind == ErrorKind::Privilege {
        format!("{UNCHECKED}; {} to the account, and export again", scratch_grant(database))
    } else {
        format!("{UNCHECKED}: {error}")
    }
}

/// A table that was rebuilt: how the live one differs, or the server's refusal.
struct Copy {
    table: Identifier,
    outcome: Result<Vec<Difference>, String>,
}

async fn compare(servers: &Servers, login: &Login, live: &Schema, tables: &[Table]) -> Result<Vec<Copy>, Error> {
    if tables.is_empty() {
        return Ok(Vec::new());
    }
    let mut session = servers.session(login, Purpose::Work).await?;
    // From here on the session is changed for good, so it is closed whatever happens.
    let scratch = match Scratch::create(&mut session, live).await {
        Ok(scratch) => scratch,
        Err(error) => {
            session.close();
            return Err(error);
        }
    };
    let copies = compare_tables(&mut session, &live.name, &scratch.name, live.dialect, tables).await;
    let dropped = if session.is_usable() { scratch.drop(&mut session).await } else { Ok(()) };
    session.close();
    let copies = copies?;
    dropped.map(|()| copies)
}

async fn compare_tables(
    session: &mut Session,
    live: &Identifier,
    scratch: &Identifier,
    dialect: Dialect,
    tables: &[Table],
) -> Result<Vec<Copy>, Error> {
    let mut copies = Vec::new();
    for table in tables {
        let doing = format!("comparing table {} with a copy made of its export", table.name);
        let name = table.name.quoted();
        let show = |database: &Identifier| format!("SHOW CREATE TABLE {}.{name}", database.quoted());
        let sql = format!("{};\n{};\n{}", table.create_statement(dialect), show(live), show(scratch));
        let outcome = match session.batch(&doing, &sql).await {
            Ok(results) => {
                let rows = |at: usize| results.get(at).and_then(|rows| rows.first());
                let text = |at: usize| rows(at).map(|row| row.text(1)).unwrap_or_default();
                let found = differences(text(1), text(2)).map_err(|error| Error::protocol(&doing, &error))?;
                Ok(found.into_iter().filter(|one| !matches!(one.object, TableObject::ForeignKey(_))).collect())
            }
            Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => Err(error.message),
            Err(error) => return Err(error),
        };
        copies.push(Copy { table: table.name.clone(), outcome });
    }
    Ok(copies)
}
