//! Who owns which object of a database that several resources declare, and what a resource requires of others.

mod claims;
mod contracts;
mod forged_entries;
