//! Counts what removals take: the rows of a table or of partitions, and the values of a column.

use crate::mysql::{Error, ErrorKind, Purpose, Servers};
use crate::plan::{Change, PartitionChange};
use crate::reconcile::planned_steps::PlannedSteps;
use crate::reconcile::request::Request;
use crate::schema::{Dialect, Identifier, Schema};

/// How many rows or values a query counts at most.
const COUNTED: u64 = 1_000;

/// How long one query may take, in seconds. It reads a whole table where a column holds few values.
const SECONDS: u32 = 10;

/// How many removals of a plan are counted. Those beyond say that they were not.
const MAX_COUNTED: usize = 20;

/// Notes at each step that removes a table, a column or partitions how much it takes. A plan without such a step costs no round trip.
///
/// # Errors
/// The server can't be reached. Where a query gives no answer, the step says so.
pub async fn count_removals(
    servers: &Servers,
    request: &Request,
    live: &Schema,
    planned: &mut PlannedSteps,
) -> Result<(), Error> {
    let mut session = None;
    let mut asked = 0;
    for step in &mut planned.steps {
        let changes = step.step.changes.clone();
        let table = step.step.table.clone();
        for change in &changes {
            let Some(removal) = Removal::of(change) else { continue };
            asked += 1;
            if asked > MAX_COUNTED {
                step.step.hazards.push(removal.said("an unknown number of", "more than 20 removals are not counted"));
                continue;
            }
            let session = match &mut session {
                Some(session) => session,
                none => none.insert(servers.session(&request.asker.login, Purpose::Read).await?),
            };
            let sql = removal.query(&request.spec.database, &table, live.dialect);
            match session.batch("counting what a removal takes", &sql).await {
                Ok(results) => {
                    let number = results.last().and_then(|rows| rows.first()).and_then(|row| row.number(0));
                    step.step.hazards.push(removal.counted(number.unwrap_or_default()));
                }
                Err(error) if error.kind == ErrorKind::Timeout && session.is_usable() => {
                    step.step.hazards.push(removal.said("an unknown number of", "counting took too long"));
                }
                Err(error) if error.is_unavailable() => {
                    step.step.hazards.push(removal.said("an unknown number of", &error.message));
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// What a change removes.
enum Removal<'a> {
    Table,
    Column(&'a Identifier),
    Partitions(Vec<&'a Identifier>),
}

impl<'a> Removal<'a> {
    fn of(change: &'a Change) -> Option<Self> {
        match change {
            Change::DropTable(_) => Some(Self::Table),
            Change::DropColumn(column) => Some(Self::Column(&column.name)),
            Change::Partition(change) => match change.as_ref() {
                PartitionChange::Drop { partitions, .. } => {
                    Some(Self::Partitions(partitions.iter().map(|partition| &partition.name).collect()))
                }
                // The rows stay, in other partitions.
                PartitionChange::By { .. }
                | PartitionChange::Reorganize { .. }
                | PartitionChange::Add(_)
                | PartitionChange::AddHashed(_)
                | PartitionChange::Coalesce(_) => None,
            },
            _ => None,
        }
    }

    /// Returns the query that counts what is removed, up to a bound.
    fn query(&self, database: &Identifier, table: &Identifier, dialect: Dialect) -> String {
        let restriction = match self {
            Self::Table => String::new(),
            Self::Column(column) => format!(" WHERE {} IS NOT NULL", column.quoted()),
            Self::Partitions(names) => {
                let names: Vec<String> = names.iter().map(|name| name.quoted()).collect();
                format!(" PARTITION ({})", names.join(", "))
            }
        };
        let rows = format!("SELECT 1 FROM {}.{}{restriction} LIMIT {COUNTED}", database.quoted(), table.quoted());
        let counted = format!("COUNT(*) FROM ({rows}) AS removed");
        if dialect.is_mariadb() {
            format!("SET STATEMENT max_statement_time = {SECONDS} FOR SELECT {counted}")
        } else {
            format!("SELECT /*+ MAX_EXECUTION_TIME({}) */ {counted}", u64::from(SECONDS).saturating_mul(1000))
        }
    }

    fn counted(&self, number: u64) -> String {
        let at_least = if number >= COUNTED { "at least " } else { "" };
        let (one, more) = self.units();
        format!("takes {at_least}{number} {}{}", if number == 1 { one } else { more }, self.origin())
    }

    fn said(&self, how_many: &str, why: &str) -> String {
        format!("takes {how_many} {}{} ({why})", self.units().1, self.origin())
    }

    /// The word for one, and for several.
    fn units(&self) -> (&'static str, &'static str) {
        match self {
            Self::Table | Self::Partitions(_) => ("row", "rows"),
            Self::Column(_) => ("value", "values"),
        }
    }

    fn origin(&self) -> String {
        match self {
            Self::Table => String::new(),
            Self::Column(column) => format!(" of column {column}"),
            Self::Partitions(names) => {
                let word = if names.len() == 1 { "partition" } else { "partitions" };
                let names: Vec<String> = names.iter().map(ToString::to_string).collect();
                format!(" of {word} {}", names.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_and_a_bound_is_named() {
        let note = Identifier::new("note").unwrap();
        let column = Removal::Column(&note);
        assert_eq!(column.counted(1), "takes 1 value of column note");
        assert_eq!(column.counted(0), "takes 0 values of column note");
        assert_eq!(Removal::Table.counted(1_000), "takes at least 1000 rows");
        let old = Identifier::new("p_old").unwrap();
        assert_eq!(Removal::Partitions(vec![&old]).counted(1), "takes 1 row of partition p_old");
        assert_eq!(Removal::Partitions(vec![&old, &note]).counted(2), "takes 2 rows of partitions p_old, note");
    }
}
