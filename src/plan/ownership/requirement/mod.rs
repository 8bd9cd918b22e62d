//! Whether a live schema satisfies what a resource requires of it without owning it (mode Require). It may have more, and
//! be wider. It may not lack anything, nor be narrower.
//!
//! | required | satisfied by |
//! |---|---|
//! | a table | a table of that name, whatever else is in it |
//! | a column's type | one that every value of the required type fits: wider, more members, text for varchar |
//! | `nullable: false` | NOT NULL |
//! | `nullable: true` | either: a reader of NULLs also reads values without any |
//! | a default | any default; NULL is one |
//! | autoIncrement, onUpdate | the same |
//! | generated | a generated column of the same expression, stored or not |
//! | a character set | that, or one that holds all of it |
//! | a collation, srid | the same |
//! | `visible: true` | a visible column |
//! | a primary key, an index, a foreign key, a check | see [`live_keys`](super::live_keys); a foreign key of the same columns and actions, an enforced check of the same expression, whatever their names |
//! | an engine | the same |
//! | `state: Absent` | none of that name |
//!
//! Expressions are the same where that is provable: see [`Expression`](crate::schema::Expression).
//!
//! Positions, comments, other options and partitions don't count: no reader depends on them.

mod table;

pub use table::{UnmetRequirement, unmet};

#[cfg(test)]
mod tests;
