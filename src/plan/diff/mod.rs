//! The changes that make a live schema equal to its target.

mod dropped_tables;
mod foreign_key_rules;
mod foreign_keys_in_the_way;
mod generated_in_keys;
mod refused_changes;
mod table_diff;

pub use dropped_tables::{freed_names, removals};
pub use foreign_key_rules::{foreign_key_refusals, not_unique, refusal_elsewhere};
pub use foreign_keys_in_the_way::{
    counts_up_now, indexes_around, is_copy_hindered, is_hindered, is_refused, keys_around, keys_around_copies,
};
pub use refused_changes::{refused_changes, refused_copies};
pub use table_diff::diff;
