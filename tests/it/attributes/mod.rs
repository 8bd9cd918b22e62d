//! Attributes that few schemas declare, and what is left alone.

mod columns;
mod indexes;
mod keys;
mod options;
mod others;
mod texts;
mod types;
