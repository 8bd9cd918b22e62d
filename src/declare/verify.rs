//! Checks verify queries before a server sees them: each must be one statement that reads, with nothing that could do
//! more than a read-only session allows.

use crate::api::{Expectation, VerifyQuery};
use crate::plan::{Refusal, RefusalKind};
use crate::schema::{TokenKind, tokenize};

/// A query that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyCheck {
    pub name: String,
    pub query: String,
    pub expect: Expectation,
}

/// What a read-only session permits and a verify query may not do: write files, take locks that outlive the statement,
/// or change the session.
const FORBIDDEN: [&str; 9] =
    ["into", "outfile", "dumpfile", "get_lock", "release_lock", "release_all_locks", "load_file", "set", "call"];

/// Reads all verify queries.
///
/// # Errors
/// Each query that has something forbidden, with its path.
pub fn verify_checks(queries: &[VerifyQuery]) -> Result<Vec<VerifyCheck>, Vec<Refusal>> {
    let (checks, refusals): (Vec<_>, Vec<_>) = queries.iter().map(check).partition(Result::is_ok);
    let refusals: Vec<Refusal> = refusals.into_iter().filter_map(Result::err).collect();
    if refusals.is_empty() { Ok(checks.into_iter().flatten().collect()) } else { Err(refusals) }
}

fn check(spec: &VerifyQuery) -> Result<VerifyCheck, Refusal> {
    let refuse = |message: String| {
        let path = format!("spec.verify[{}].query", spec.name);
        Err(Refusal::of_spec(path, RefusalKind::Invalid, message))
    };
    let tokens = match tokenize(&spec.query) {
        Ok(tokens) => tokens,
        Err(error) => return refuse(error.to_string()),
    };
    for token in &tokens {
        match token.kind {
            TokenKind::Word if FORBIDDEN.iter().any(|forbidden| token.is_word(forbidden)) => {
                return refuse(format!("{} is not allowed in a verify query", token.text.to_ascii_uppercase()));
            }
            TokenKind::ExecutableComment => {
                return refuse("executable comments (/*! ... */) are not allowed in a verify query".to_owned());
            }
            _ => {}
        }
    }
    let query = spec.query.trim().trim_end_matches(';').to_owned();
    Ok(VerifyCheck { name: spec.name.clone(), query, expect: spec.expect.unwrap_or_default() })
}
