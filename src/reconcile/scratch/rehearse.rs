//! Rehearsal: what a change makes of a table is tried on an empty copy, and read back. What the server then reports is
//! what the declaration *means* on this server.

use std::collections::BTreeSet;

use crate::mysql::{Error, ErrorKind, Observation, Purpose, Scratch, Servers, Session, observe_table};
use crate::plan::{Change, Plan, Step, may_exceed_limits, plan, target};
use crate::reconcile::request::Request;
use crate::schema::{
    Column, ColumnDefault, DeclaredPartitioning, DeclaredPartitions, DeclaredSchema, DeclaredTable, Fill, Identifier,
    Index, Partitioning, Schema, Table,
};

/// What the rehearsal of a plan found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rehearsal {
    /// Tables that the change leaves exactly as they are: what is live and what is declared are one thing in two
    /// spellings.
    pub unchanged: BTreeSet<Identifier>,
    /// After the change, the server would report something else than is declared; what, by table.
    pub refused: Vec<(Identifier, String)>,
    /// Partitions as this server writes what is declared, by table: only then is known what has to be done.
    pub resolved: Vec<(Identifier, DeclaredPartitioning)>,
    /// Tables that can't be rebuilt from what was read of them.
    pub not_understood: Vec<Identifier>,
    /// Why nothing was rehearsed.
    pub skipped: Option<String>,
}

impl Rehearsal {
    /// Whether the plan must not run.
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty() || !self.not_understood.is_empty()
    }
}

/// Rehearses the steps of `planned` whose outcome is not known beforehand.
///
/// # Errors
/// The connection broke. That a statement is refused is part of the rehearsal.
pub async fn rehearse(servers: &Servers, request: &Request, live: &Schema, planned: &Plan) -> Result<Rehearsal, Error> {
    let is_open = |step: &&Step| !step.changes.iter().all(is_proved) || may_exceed_limits(step);
    let tables: BTreeSet<&Identifier> = planned.steps.iter().filter(is_open).map(|step| &step.table).collect();
    let mut rehearsal = Rehearsal::default();
    if tables.is_empty() {
        return Ok(rehearsal);
    }
    let mut session = servers.session(&request.asker.login, Purpose::Work).await?;
    let scratch = match Scratch::create(&mut session, live).await {
        Ok(scratch) => scratch,
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            session.close();
            let open = tables.into_iter().filter(|table| has_open_partitions(planned, live, table));
            let refused = open.map(|table| (table.clone(), format!("{UNRESOLVED}: {error}")));
            rehearsal.refused.extend(refused);
            rehearsal.skipped = Some(error.to_string());
            return Ok(rehearsal);
        }
    };
    let mut outcome = Ok(());
    for table in tables {
        let steps = planned.steps.iter().filter(|step| step.table == *table).collect();
        let is_open = has_open_partitions(planned, live, table);
        let declared = &request.declaration.schema;
        let one = OneTable { name: table, steps, is_open, live, declared, scratch: &scratch.name };
        match one.rehearse(&mut session, &mut rehearsal).await {
            // It can't be tried, which is no verdict on it.
            Err(error) if error.is_unavailable() => {
                rehearsal.skipped = Some(error.to_string());
            }
            Err(error) => {
                outcome = Err(error);
                break;
            }
            Ok(()) => {}
        }
    }
    let dropped = if session.is_usable() { scratch.drop(&mut session).await } else { Ok(()) };
    session.close();
    outcome.and(dropped).map(|()| rehearsal)
}

/// Without a scratch database it can't be told what a bound such as `to_days('2027-01-01')` is.
const UNRESOLVED: &str = "its partitions can't be compared, unless bounds are declared as the server prints them";

/// Whether a declared part of a live table's partitions may be what is live in another spelling.
fn has_open_partitions(planned: &Plan, live: &Schema, table: &Identifier) -> bool {
    let steps = planned.steps.iter().filter(|step| step.table == *table);
    let is_open = |change: &Change| matches!(change, Change::Partition(change) if change.is_open());
    live.table(table).is_some_and(|live| live.partitioning.is_some())
        && steps.flat_map(|step| &step.changes).any(is_open)
}

/// Whether it is known without trying what a change makes of a table: it restates nothing that is there, and it brings
/// nothing but plain types, literals and plain keys. What an expression means is the server's to say, and a `MODIFY`,
/// a key that is replaced and an option of the table reach further than the clause says.
fn is_proved(change: &Change) -> bool {
    match change {
        Change::CreateTable(table) => !table_has_expressions(table),
        Change::AddColumn { column, .. } => !column.has_expression(),
        Change::SetDefault { to, .. } => !matches!(to, ColumnDefault::Expression(_)),
        Change::AddIndex(index) => !index.has_expression(),
        Change::RenameTable { .. }
        | Change::DropTable(_)
        | Change::RenameColumn { .. }
        | Change::DropColumn(_)
        | Change::SetColumnVisible { .. }
        | Change::RenameIndex { .. }
        | Change::DropIndex(_)
        | Change::SetIndexVisible { .. }
        | Change::AddForeignKey(_)
        | Change::DropForeignKey(_)
        | Change::DropCheck(_)
        | Change::SetTableComment { .. } => true,
        Change::Partition(change) => !change.needs_rehearsal(),
        _ => false,
    }
}

fn table_has_expressions(table: &Table) -> bool {
    !table.checks.is_empty()
        || table.columns.iter().any(Column::has_expression)
        || table.indexes.iter().any(Index::has_expression)
        || table.partitioning.is_some()
}

struct OneTable<'a> {
    name: &'a Identifier,
    steps: Vec<&'a Step>,
    is_open: bool,
    live: &'a Schema,
    declared: &'a DeclaredSchema,
    scratch: &'a Identifier,
}

impl OneTable<'_> {
    async fn rehearse(&self, session: &mut Session, rehearsal: &mut Rehearsal) -> Result<(), Error> {
        if self.is_open && self.resolve(session, rehearsal).await? {
            return Ok(());
        }
        let copy = match self.live.table(self.name) {
            None => None,
            Some(live) => {
                let wanted = for_copy(live);
                let sql = wanted.create_statement(self.live.dialect);
                session.batch(&format!("copying the empty table {}", self.name), &sql).await?;
                let copy = self.read(session).await?;
                // The guard: what can't be rebuilt is not understood, and so not altered.
                if copy.as_ref() != Some(&wanted) {
                    rehearsal.not_understood.push(self.name.clone());
                    return Ok(());
                }
                Some(copy)
            }
        };
        if let Some(refusal) = self.run(session, &self.steps).await? {
            rehearsal.refused.push((self.name.clone(), refusal));
            return Ok(());
        }
        let after = self.read(session).await?;
        if copy.as_ref() == Some(&after) && self.steps.iter().all(|step| step.sql_for_copy().is_some()) {
            rehearsal.unchanged.insert(self.name.clone());
        } else if let Some(left) = self.left(after.as_ref()) {
            // What is left may be the same in another spelling: then running it changes nothing more.
            let again = self.run(session, &left.steps.iter().collect::<Vec<_>>()).await?;
            if again.is_some() || self.read(session).await? != after {
                let difference = again.or_else(|| difference(&left)).unwrap_or_default();
                rehearsal.refused.push((self.name.clone(), difference));
            }
        }
        Ok(())
    }

    /// Makes an empty table with the declared partitions, and reads what the server makes of them. True where the plan
    /// is to be made anew, or is refused.
    async fn resolve(&self, session: &mut Session, rehearsal: &mut Rehearsal) -> Result<bool, Error> {
        let declared = self.declared.tables.iter().find(|table| table.name == *self.name);
        let Some(declared) = declared else { return Ok(false) };
        let own = DeclaredSchema { tables: vec![declared.clone()], absent_tables: Vec::new() };
        let target = target(&own, self.live).ok().and_then(|target| target.tables.into_iter().next());
        let (Some(target), Some(declared)) = (target, &declared.partitioning) else { return Ok(false) };
        let sql = without_keys(&target.table).create_statement(self.live.dialect);
        match session.batch(&format!("rehearsing the partitions of {}", self.name), &sql).await {
            Ok(_) => {}
            Err(error) if matches!(error.kind, ErrorKind::Refusal(_)) => {
                rehearsal.refused.push((self.name.clone(), error.to_string()));
                return Ok(true);
            }
            Err(error) => return Err(error),
        }
        let read = self.read(session).await?.and_then(|table| table.partitioning);
        let drop = format!("DROP TABLE {}.{}", self.scratch.quoted(), self.name.quoted());
        session.batch("removing a scratch table", &drop).await?;
        let scheme = |partitioning: &Option<Partitioning>| partitioning.as_ref().and_then(|one| one.scheme().cloned());
        let (Some(read), Some(wanted)) = (scheme(&read), scheme(&target.table.partitioning)) else { return Ok(false) };
        if read.same_as(&wanted) {
            return Ok(false);
        }
        let partitions = match &declared.partitions {
            DeclaredPartitions::Named(_) => DeclaredPartitions::Named(read.partitions),
            other => other.clone(),
        };
        rehearsal.resolved.push((self.name.clone(), DeclaredPartitioning { method: read.method, partitions }));
        Ok(true)
    }

    /// Runs steps on the copy, and gives the server's words where it refuses one.
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

    /// What would still be planned after the change.
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

/// A table as it can stand alone: without foreign keys, whose parents are elsewhere.
fn for_copy(table: &Table) -> Table {
    Table { foreign_keys: Vec::new(), ..table.clone() }
}

/// A table's columns and partitions alone.
fn without_keys(table: &Table) -> Table {
    let columns = table.columns.iter().map(|column| match column.fill {
        // The server takes it only with its key.
        Fill::AutoIncrement => Column { fill: Fill::Default(ColumnDefault::None), ..column.clone() },
        _ => column.clone(),
    });
    Table { columns: columns.collect(), primary_key: None, indexes: Vec::new(), checks: Vec::new(), ..for_copy(table) }
}
