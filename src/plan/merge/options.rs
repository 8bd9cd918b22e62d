//! Table options: what is declared of them over what is live.

use super::charset::{is_of_charset, same_charset, same_collation};
use crate::schema::{DeclaredOptions, TableOptions};

/// Merges `declared` onto `options`.
pub fn merge_options(declared: &DeclaredOptions, options: &mut TableOptions) {
    let differs = |live: &Option<String>, declared: &str| {
        !live.as_deref().is_some_and(|live| live.eq_ignore_ascii_case(declared))
    };
    if let Some(engine) = declared.engine.as_deref().filter(|engine| differs(&options.engine, engine)) {
        options.engine = Some(engine.to_owned());
    }
    if let Some(charset) = &declared.charset
        && !options.charset.as_deref().is_some_and(|live| same_charset(live, charset))
    {
        options.charset = Some(charset.clone());
        options.collation = None;
    }
    let differs = |collation: &&str| !options.collation.as_deref().is_some_and(|live| same_collation(live, collation));
    if let Some(collation) = declared.collation.as_deref().filter(differs) {
        if declared.charset.is_none() && !options.charset.as_deref().is_some_and(|live| is_of_charset(collation, live))
        {
            options.charset = None;
        }
        options.collation = Some(collation.to_owned());
    }
    if let Some(comment) = &declared.comment {
        options.comment.clone_from(comment);
    }
}
