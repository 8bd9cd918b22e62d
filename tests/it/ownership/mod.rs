//! Who owns what of a database that several resources declare, and what is required of others.

mod claims;
mod contracts;
