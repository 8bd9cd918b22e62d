//! Former names that still count for one declared object, by the records.

use super::last_applied::AppliedObject;
use crate::plan::change::DeclaredNames;
use crate::schema::Identifier;

/// The names of one declared object, and what is known of others of its kind.
pub struct RenameHistory<'a> {
    pub names: DeclaredNames<'a>,
    /// Former names whose renames are known to be done, besides those in the records.
    pub done: &'a [Identifier],
    /// Whether the server takes two names for one: it does so in any case, but not for tables.
    pub is_same: &'a dyn Fn(&Identifier, &Identifier) -> bool,
    pub is_live: &'a dyn Fn(&Identifier) -> bool,
    pub is_declared: &'a dyn Fn(&Identifier) -> bool,
}

impl RenameHistory<'_> {
    /// Returns the former names that still count; `None` where that is all of them. Renames that are done don't count. Where
    /// the object is live under a later name that is no longer declared, that name counts too.
    pub fn former_names<'r>(
        &self,
        known: impl Iterator<Item = &'r AppliedObject>,
        all: impl Iterator<Item = (&'r Identifier, &'r AppliedObject)>,
    ) -> Option<Vec<Identifier>> {
        let DeclaredNames { name, former } = self.names;
        let done: Vec<&Identifier> = known.flat_map(|names| &names.renamed_from).chain(self.done).collect();
        // An undeclared object that is live under a former name was renamed back by other means.
        let is_done = |former: &Identifier| {
            done.iter().any(|done| (self.is_same)(done, former)) && ((self.is_live)(name) || (self.is_declared)(former))
        };
        let mut counts: Vec<Identifier> = former.iter().filter(|former| !is_done(former)).cloned().collect();
        if !(self.is_live)(name) && !counts.iter().any(self.is_live) {
            let mut later = all.filter(|(later, names)| {
                (self.is_live)(later)
                    && !(self.is_declared)(later)
                    && names.was.iter().any(|was| (self.is_same)(was, name))
            });
            counts.extend(later.next().map(|(later, _)| later.clone()));
        }
        (counts != former).then_some(counts)
    }
}
