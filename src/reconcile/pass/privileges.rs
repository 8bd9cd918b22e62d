//! What the account lacks to run steps. It is known before the first statement, so that no plan ends in the middle for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::Reason;
use crate::mysql::Grants;
use crate::plan::{NeededPrivilege, Step, needed_privileges};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::planned_steps::PlannedSteps;
use crate::schema::Identifier;

/// The privileges that steps need and the account lacks, by the ids of these steps.
#[derive(Debug, Default)]
pub struct MissingPrivileges {
    of_steps: BTreeMap<String, Vec<NeededPrivilege>>,
    account: String,
    database: Option<Identifier>,
}

impl MissingPrivileges {
    /// Finds what the account surely lacks, and says so at each step.
    pub fn find(grants: &Grants, database: &Identifier, planned: &mut PlannedSteps) -> Self {
        let mut missing =
            Self { of_steps: BTreeMap::new(), account: grants.account.clone(), database: Some(database.clone()) };
        for planned in &mut planned.steps {
            let mut needed = needed_privileges(&planned.step);
            needed.retain(|needed| grants.lack(needed.privilege, database, &needed.table));
            if needed.is_empty() {
                continue;
            }
            let grant = missing.grant(needed.iter());
            planned.note(&format!("the account lacks privileges; {grant}"));
            missing.of_steps.insert(planned.step.id.clone(), needed);
        }
        missing
    }

    /// Refuses to begin steps of which the account may not run each. `done` begins the message.
    ///
    /// # Errors
    /// [`Reason::MissingPrivilege`] says what to grant.
    pub fn check(&self, steps: &[Step], done: &str) -> Result<(), NotReady> {
        let lacking: Vec<&Step> = steps.iter().filter(|step| self.of_steps.contains_key(&step.id)).collect();
        let Some(first) = lacking.first() else { return Ok(()) };
        let more = match lacking.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let needed = lacking.iter().filter_map(|step| self.of_steps.get(&step.id)).flatten();
        let grant = self.grant(needed);
        let message = format!(
            "{done}the account lacks privileges for {}{more}, so no step begins; {grant}, it is tried again every 30 s",
            first.object()
        );
        Err(NotReady::new(Reason::MissingPrivilege, message))
    }

    /// Returns the statement that gives what is missing, on the whole database: a table may be replaced.
    fn grant<'a>(&self, needed: impl Iterator<Item = &'a NeededPrivilege>) -> String {
        let names: BTreeSet<&str> = needed.map(|needed| needed.privilege).collect();
        let names: Vec<&str> = names.into_iter().collect();
        let database = self.database.as_ref().map(pattern).unwrap_or_default();
        format!("GRANT {} ON {database}.* TO {}", names.join(", "), self.account)
    }
}

/// Returns the quoted name as a `GRANT` takes it: an underscore or percent sign would stand for other characters.
fn pattern(database: &Identifier) -> String {
    database.quoted().replace('_', "\\_").replace('%', "\\%")
}
