//! A table that is composed of fragments.

use proptest::prelude::*;

use super::fragments::{Fragment, Place};

/// Fragments, by their places among all of the server.
#[derive(Debug, Clone)]
pub struct Composition(pub Vec<Fragment>);

/// The table that fragments are put into.
pub const TABLE: &str = "t";

/// The columns that each table has.
const COLUMNS: &str = "id int NOT NULL, n int, s varchar(60), d date NOT NULL";

/// Composes tables of a few columns and keys, and at most one of the others.
pub fn compositions(all: &[Fragment]) -> impl Strategy<Value = Composition> + use<> {
    let of = |place: Place| -> Vec<Fragment> { all.iter().filter(|one| one.place == place).copied().collect() };
    let some = |place: Place, most: usize| prop::collection::vec(prop::sample::select(of(place)), 0..=most);
    let parts = (some(Place::Column, 4), some(Place::Key, 3), some(Place::Options, 2), some(Place::Partitions, 1));
    parts.prop_map(|(columns, keys, options, partitions)| Composition([columns, keys, options, partitions].concat()))
}

impl Composition {
    /// Returns the statements that make it, beside the table `p`.
    pub fn statements(&self) -> Vec<String> {
        let mut definitions = vec![COLUMNS.to_owned()];
        let mut options = String::new();
        let mut partitions = String::new();
        let mut beside = Vec::new();
        for (number, Fragment { place, sql, on: _ }) in self.0.iter().enumerate() {
            let named = sql.replace("{c}", &format!("c{number}")).replace("{k}", &format!("k{number}"));
            match place {
                Place::Column | Place::Key => definitions.push(named),
                Place::Options => options.push_str(&format!(" {named}")),
                Place::Partitions => partitions = format!(" {named}"),
                Place::Beside => beside.push(named),
            }
        }
        let create = format!("CREATE TABLE {TABLE} ({}){options}{partitions}", definitions.join(", "));
        std::iter::once(create).chain(beside).collect()
    }
}
