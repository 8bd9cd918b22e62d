//! Rehearses the steps of one table, on an empty copy in a scratch database.

use super::rehearsal::{DifferingCopy, Rehearsal, ResolvedPartitioning};
use crate::mysql::{Error, ErrorKind, Observation, Session, observe_table};
use crate::plan::{Plan, Step, may_exceed_limits, plan, target};
use crate::schema::{
    Column, ColumnDefault, DeclaredPartitioning, DeclaredPartitions, DeclaredSchema, DeclaredTable, Difference, Fill,
    Identifier, Partitioning, Schema, Table, TableObject, differences,
};

/// The steps of one table, and what they are compared with.
#[derive(Debug)]
pub struct TableRehearsal<'a> {
    pub name: &'a Identifier,
    /// The live table that becomes it; `None` for a new one.
    pub before: Option<&'a Table>,
    pub steps: Vec<&'a Step>,
    /// Whether declared partitions may be the live ones in another spelling.
    pub has_open_partitions: bool,
    pub live: &'a Schema,
    pub declared: &'a DeclaredSchema,
    /// The scratch database, which the session has selected.
    pub scratch: &'a Identifier,
}

impl TableRehearsal<'_> {
    /// Tries the steps on a copy, and adds what that finds.
    ///
    /// # Errors
    /// As [`Session::batch`], but for a refused step.
    pub async fn rehearse(&self, session: &mut Session, rehearsal: &mut Rehearsal) -> Result<(), Error> {
        if self.has_open_partitions && self.resolve(session, rehearsal).await? {
            return Ok(());
        }
        let copy = match self.before {
            None => None,
            Some(live) => {
                let wanted = without_foreign_keys(live);
                let differences = match self.copy(session, &wanted).await {
                    Ok(differences) => differences,
                    Err(error) if error.kind == ErrorKind::Refusal(3750) => {
                        let why = "the server makes no copy of it, since it has no primary key (sql_require_primary_key); GRANT \
                                   SESSION_VARIABLES_ADMIN ON *.* to the account, or add the primary key yourself";
                        rehearsal.refuse(self.name, why.to_owned());
                        return Ok(());
                    }
                    // A table that can't be rebuilt is not understood, and so not altered.
                    Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {
                        rehearsal.not_understood(self.name, error.message);
                        return Ok(());
                    }
                    Err(error) => return Err(error),
                };
                let copy = self.read(session).await?;
                let generated = copy.as_ref().and_then(|copy| self.added_key(copy));
                let is_of_key = |one: &Difference| generated.is_some_and(|key| one.object.is_of_generated_key(key));
                let differences: Vec<Difference> = differences.into_iter().filter(|one| !is_of_key(one)).collect();
                let as_written = |copy: &Table| match generated {
                    Some(_) => without_others(&copy.without_generated_key(self.live.dialect)),
                    None => without_others(copy),
                };
                if copy.as_ref().map(as_written) != Some(without_others(&wanted)) {
                    rehearsal.not_understood(self.name, said(&differences));
                    return Ok(());
                }
                if !differences.is_empty() {
                    rehearsal.differing.push(DifferingCopy { table: self.name.clone(), differences });
                }
                copy
            }
        };
        if !session.strict_innodb && self.steps.iter().any(|step| may_exceed_limits(step)) {
            let why = "the session's innodb_strict_mode is OFF, so the server would take rows or options that do not fit; set it ON, or \
                       GRANT SESSION_VARIABLES_ADMIN ON *.* to the account";
            rehearsal.refuse(self.name, why.to_owned());
            return Ok(());
        }
        if let Some(refusal) = self.run(session, &self.steps).await? {
            rehearsal.refuse(self.name, refusal);
            return Ok(());
        }
        let after = self.read(session).await?;
        if copy.is_some() && copy == after && self.steps.iter().all(|step| step.sql_for_copy().is_some()) {
            rehearsal.unchanged.insert(self.name.clone());
        } else if let Some(left) = self.left(after.as_ref()) {
            // What is left may be the same in another spelling: then running it changes nothing more.
            let again = self.run(session, &left.steps.iter().collect::<Vec<_>>()).await?;
            if again.is_some() || self.read(session).await? != after {
                let difference = again.or_else(|| difference(&left)).unwrap_or_default();
                rehearsal.refuse(self.name, difference);
            }
        }
        Ok(())
    }

    /// Makes the copy, and compares what the server shows of it and of the table. Foreign keys are not copied.
    async fn copy(&self, session: &mut Session, table: &Table) -> Result<Vec<Difference>, Error> {
        let doing = format!("copying the empty table {}", self.name);
        let create = table.create_statement(self.live.dialect);
        let name = table.name.quoted();
        let show = |database: &Identifier| format!("SHOW CREATE TABLE {}.{name}", database.quoted());
        let sql = format!("{create};\n{};\n{}", show(&self.live.name), show(self.scratch));
        let results = session.batch(&doing, &sql).await?;
        let text = |at: usize| results.get(at).and_then(|rows| rows.first()).map(|row| row.text(1)).unwrap_or_default();
        let mut found = differences(text(1), text(2)).map_err(|error| Error::protocol(&doing, &error))?;
        found.retain(|difference| !matches!(difference.object, TableObject::ForeignKey(_)));
        Ok(found)
    }

    /// Returns the primary key that the server adds to each new table (`sql_generate_invisible_primary_key`), where the
    /// live one is older and has none.
    fn added_key<'t>(&self, copy: &'t Table) -> Option<&'t Column> {
        let dialect = self.live.dialect;
        let has_own = self.before.is_some_and(|live| live.generated_key(dialect).is_some());
        copy.generated_key(dialect).filter(|_| !has_own)
    }

    /// Makes an empty table with the declared partitions, and reads how the server writes them. Returns true where the
    /// plan has to be made again, or is refused. What is read here is applied, so it is read of two tables: one that
    /// another session has altered differs from the other.
    async fn resolve(&self, session: &mut Session, rehearsal: &mut Rehearsal) -> Result<bool, Error> {
        let declared = self.declared.tables.iter().find(|table| table.name == *self.name);
        let Some(declared) = declared else { return Ok(false) };
        let own = DeclaredSchema { tables: vec![declared.clone()], absent_tables: Vec::new() };
        let target = target(&own, self.live).ok().and_then(|target| target.tables.into_iter().next());
        let (Some(target), Some(declared)) = (target, &declared.partitioning) else { return Ok(false) };
        let sql = without_keys(&target.table).create_statement(self.live.dialect);
        let mut readings = Vec::new();
        for _ in 0..2 {
            match session.batch(&format!("rehearsing the partitions of {}", self.name), &sql).await {
                Ok(_) => {}
                Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {
                    rehearsal.refuse(self.name, error.to_string());
                    return Ok(true);
                }
                Err(error) => return Err(error),
            }
            readings.push(self.read(session).await?.and_then(|table| table.partitioning));
            let drop = format!("DROP TABLE {}.{}", self.scratch.quoted(), self.name.quoted());
            session.batch("removing a scratch table", &drop).await?;
        }
        let read = readings.pop().flatten();
        if readings.pop().flatten() != read {
            let why = "two readings of its partitions differ: another session changed the scratch database";
            rehearsal.refuse(self.name, why.to_owned());
            return Ok(true);
        }
        let scheme = |partitioning: &Option<Partitioning>| partitioning.as_ref().and_then(|one| one.scheme().cloned());
        let (Some(read), Some(wanted)) = (scheme(&read), scheme(&target.table.partitioning)) else { return Ok(false) };
        if read.same_as(&wanted) {
            return Ok(false);
        }
        let partitions = match &declared.partitions {
            DeclaredPartitions::Named(_) => DeclaredPartitions::Named(read.partitions),
            other @ (DeclaredPartitions::Undeclared | DeclaredPartitions::Count(_)) => other.clone(),
        };
        let partitioning = DeclaredPartitioning { method: read.method, partitions };
        rehearsal.resolved.push(ResolvedPartitioning { table: self.name.clone(), partitioning });
        Ok(true)
    }

    /// Runs steps on the copy, and returns the server's words where it refuses one.
    async fn run(&self, session: &mut Session, steps: &[&Step]) -> Result<Option<String>, Error> {
        for step in steps {
            let Some(sql) = step.sql_for_copy() else { continue };
            let doing = format!("rehearsing the change of {}", step.object());
            match session.batch(&doing, &sql).await {
                Ok(_) => {}
                Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => return Ok(Some(error.to_string())),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    async fn read(&self, session: &mut Session) -> Result<Option<Table>, Error> {
        let Observation { schema, .. } = observe_table(session, self.scratch, self.name).await?;
        Ok(schema.table(self.name).cloned())
    }

    /// Returns what would still be planned after the change.
    fn left(&self, after: Option<&Table>) -> Option<Plan> {
        let declared = self.declared.tables.iter().filter(|table| table.name == *self.name);
        let declared: Vec<DeclaredTable> =
            declared.map(|table| DeclaredTable { foreign_keys: Vec::new(), ..table.clone() }).collect();
        let declared = DeclaredSchema { tables: declared, absent_tables: Vec::new() };
        let now = Schema { tables: after.cloned().into_iter().collect(), ..self.live.clone() };
        plan(&declared, &now).ok().filter(|left| !left.is_empty())
    }
}

fn difference(left: &Plan) -> Option<String> {
    let step = left.steps.first()?;
    let (declared, reported) = step.changes.first()?.difference(step.dialect);
    Some(format!("{}: declared {declared}, and the server would report {reported}", step.object()))
}

/// Says the first difference; without one, that there is one.
fn said(differences: &[Difference]) -> String {
    let first = differences.first().map(Difference::text);
    first.unwrap_or_else(|| "a copy made from what was read differs from it".to_owned())
}

/// Returns a table without the clauses that the model has no field for, some of which servers take from no statement.
fn without_others(table: &Table) -> Table {
    let mut table = table.clone();
    for column in &mut table.columns {
        column.other.clear();
    }
    for index in &mut table.indexes {
        index.other.clear();
    }
    if let Some(key) = &mut table.primary_key {
        key.other.clear();
    }
    table
}

/// Returns a table without its foreign keys, whose parents are elsewhere.
fn without_foreign_keys(table: &Table) -> Table {
    Table { foreign_keys: Vec::new(), ..table.clone() }
}

/// Returns a table with its columns and partitions alone.
fn without_keys(table: &Table) -> Table {
    let columns = table.columns.iter().map(|column| match column.fill {
        // The server takes AUTO_INCREMENT only with its key, and an invisible column that is NOT NULL only with a value
        // of its own (4108, tried on MariaDB 10.11 and 11.8).
        Fill::AutoIncrement => Column { fill: Fill::Default(ColumnDefault::None), visible: true, ..column.clone() },
        Fill::Default(_) | Fill::Generated(_) => column.clone(),
    });
    Table {
        columns: columns.collect(),
        primary_key: None,
        indexes: Vec::new(),
        checks: Vec::new(),
        ..without_foreign_keys(table)
    }
}
