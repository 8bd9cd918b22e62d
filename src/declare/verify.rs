//! Checks verify queries before a server sees them: each is one statement that reads, and calls nothing that a read-only
//! transaction permits although it does more. What stored functions and views do is not seen here: such a transaction
//! keeps them from writing, and the end of the session frees their locks.

use crate::api::{Expectation, VerifyQuery};
use crate::plan::{Refusal, RefusalKind};
use crate::schema::{Token, TokenKind, tokenize};

/// A query that may run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyCheck {
    pub name: String,
    pub query: String,
    /// `None` expects that it runs.
    pub expect: Option<Expectation>,
    /// Whether messages may show the value that it gives.
    pub shows_value: bool,
}

impl VerifyCheck {
    /// Returns the statement that gives the one value of the query as text, which ends after `most` characters. A query
    /// with several rows or columns is refused by the server (1242, 1241).
    pub fn value_statement(&self, most: usize) -> String {
        format!("SELECT LEFT(CONVERT(({}) USING utf8mb4), {most})", self.query)
    }
}

/// The words that a query may begin with, after parentheses. `EXPLAIN ANALYZE` runs any statement, and `SHOW` reads
/// what is no part of a schema.
const FIRST_WORDS: [&str; 4] = ["select", "with", "table", "values"];

/// Reserved words that make a statement do more than read: it writes a file or a variable, locks rows, or, after `WITH`,
/// changes them.
const FORBIDDEN_WORDS: [&str; 5] = ["into", "delete", "update", "procedure", "call"];

/// Words that change rows after `WITH`, and are functions before a parenthesis.
const FORBIDDEN_BARE: [&str; 2] = ["insert", "replace"];

/// Words that, one after the other, lock rows.
const LOCKING: [[&str; 2]; 3] = [["for", "update"], ["for", "share"], ["lock", "in"]];

/// Functions that a read-only transaction permits, and that take or free locks, wait, or read files.
const FORBIDDEN_FUNCTIONS: [&str; 14] = [
    "get_lock",
    "release_lock",
    "release_all_locks",
    "sleep",
    "benchmark",
    "load_file",
    "master_pos_wait",
    "source_pos_wait",
    "master_gtid_wait",
    "wait_for_executed_gtid_set",
    "wait_until_sql_thread_after_gtids",
    "nextval",
    "setval",
    "sys_exec",
];

/// How the names of functions begin that change a server: those of keyrings, replication and its plugins.
const FORBIDDEN_FAMILIES: [&str; 9] = [
    "asynchronous_connection_failover_",
    "audit_log_",
    "firewall_",
    "group_replication_",
    "keyring_",
    "mysql_firewall_",
    "service_",
    "version_tokens_",
    "wsrep_",
];

/// Reads all verify queries.
///
/// # Errors
/// Each query that may not run, with its path.
pub fn verify_checks(queries: &[VerifyQuery]) -> Result<Vec<VerifyCheck>, Vec<Refusal>> {
    let (checks, refusals): (Vec<_>, Vec<_>) = queries.iter().map(check).partition(Result::is_ok);
    let refusals: Vec<Refusal> = refusals.into_iter().filter_map(Result::err).collect();
    if refusals.is_empty() { Ok(checks.into_iter().flatten().collect()) } else { Err(refusals) }
}

fn check(spec: &VerifyQuery) -> Result<VerifyCheck, Refusal> {
    let query = read_query(&spec.query).map_err(|message| {
        Refusal::of_spec(format!("spec.verify[{}].query", spec.name), RefusalKind::Invalid, message)
    })?;
    let shows_value = spec.show_value.unwrap_or_default();
    Ok(VerifyCheck { name: spec.name.clone(), query, expect: spec.expect.clone(), shows_value })
}

/// Returns the query as a server gets it: with blanks in place of comments, since some of them may be hints. One that is
/// meant as a hint is refused: it would lift the limits of the session.
fn read_query(text: &str) -> Result<String, String> {
    let tokens = tokenize(text).map_err(|error| error.to_string())?;
    if tokens.iter().any(|token| token.kind == TokenKind::ExecutableComment) {
        return Err("executable comments (/*! ... */) are not allowed in a verify query".to_owned());
    }
    if tokens.iter().any(|token| token.kind == TokenKind::Comment && token.text.starts_with("/*+")) {
        return Err("optimizer hints (/*+ ... */) are not allowed in a verify query".to_owned());
    }
    let code: Vec<&Token<'_>> = tokens.iter().filter(|token| token.kind != TokenKind::Comment).collect();
    let end = code.iter().rposition(|token| !token.is_symbol(";")).map_or(0, |last| last + 1);
    let code = code.get(..end).unwrap_or_default();
    check_statement(code)?;
    let mut query = text.as_bytes().to_vec();
    query.truncate(code.last().map_or(0, |last| last.end()));
    for comment in tokens.iter().filter(|token| token.kind == TokenKind::Comment) {
        query.get_mut(comment.offset..comment.end()).into_iter().for_each(|bytes| bytes.fill(b' '));
    }
    // Whole tokens were blanked, so it is UTF-8 still.
    String::from_utf8(query).map_err(|error| error.to_string())
}

fn check_statement(code: &[&Token<'_>]) -> Result<(), String> {
    let first = code.iter().find(|token| !token.is_symbol("("));
    if !first.is_some_and(|first| FIRST_WORDS.iter().any(|word| first.is_word(word))) {
        return Err("must begin with SELECT, WITH, TABLE or VALUES".to_owned());
    }
    if code.iter().any(|token| token.is_symbol(";")) {
        return Err("must be one statement; write the second one as a query of its own".to_owned());
    }
    for (at, token) in code.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| code.get(before));
        let after = code.get(at + 1);
        // After a dot, it is the name of a column.
        let is_name = before.is_some_and(|before| before.is_symbol("."));
        let is_called = after.is_some_and(|after| after.is_symbol("("));
        let is = |words: &[&str]| words.iter().any(|word| token.is_word(word));
        let locks =
            |[first, second]: &[&str; 2]| token.is_word(first) && after.is_some_and(|after| after.is_word(second));
        let is_forbidden = !is_name
            && (is(&FORBIDDEN_WORDS) || is(&FORBIDDEN_BARE) && !is_called || LOCKING.iter().any(locks))
            || is_called && may_be_function(token) && does_more_than_read(&token.value());
        if is_forbidden {
            let words = token.value().to_ascii_uppercase();
            return Err(format!("{words} is not allowed in a verify query, which only reads"));
        }
    }
    Ok(())
}

/// Whether a token before a parenthesis may name a function: servers take a built-in one in backquotes as well, and in
/// double quotes under `ANSI_QUOTES` (tried on MySQL 9.7, MariaDB 10.11 and 11.8).
fn may_be_function(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::String)
}

fn does_more_than_read(function: &str) -> bool {
    let name = function.to_ascii_lowercase();
    FORBIDDEN_FUNCTIONS.contains(&name.as_str()) || FORBIDDEN_FAMILIES.iter().any(|family| name.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_that_reads_may_run() {
        for (text, sent) in [
            ("SELECT a FROM t LIMIT 1;", "SELECT a FROM t LIMIT 1"),
            (" select 1 ; ; ", " select 1"),
            ("((SELECT 1) UNION (SELECT 2))", "((SELECT 1) UNION (SELECT 2))"),
            ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) SELECT * FROM x"),
            ("TABLE t", "TABLE t"),
            ("VALUES ROW(1)", "VALUES ROW(1)"),
            ("# why\nSELECT 1 -- ; DELETE", "     \nSELECT 1"),
            ("SELECT '; INTO', `into` FROM t", "SELECT '; INTO', `into` FROM t"),
            ("SELECT t.update, t.call FROM t", "SELECT t.update, t.call FROM t"),
            (
                "SELECT REPLACE(a, 'x', 'y'), INSERT(a, 1, 1, '') FROM t",
                "SELECT REPLACE(a, 'x', 'y'), INSERT(a, 1, 1, '') FROM t",
            ),
            ("SELECT * FROM t FOR SYSTEM_TIME ALL", "SELECT * FROM t FOR SYSTEM_TIME ALL"),
            (
                "SELECT CAST(a AS CHAR CHARACTER SET utf8mb4) FROM t",
                "SELECT CAST(a AS CHAR CHARACTER SET utf8mb4) FROM t",
            ),
            ("SELECT sleep FROM t", "SELECT sleep FROM t"),
        ] {
            assert_eq!(read_query(text).as_deref(), Ok(sent), "{text}");
        }
    }

    #[test]
    fn what_does_more_than_read_is_refused() {
        for (text, says) in [
            ("", "must begin with"),
            (";", "must begin with"),
            ("START TRANSACTION READ WRITE", "must begin with"),
            ("DELETE FROM t", "must begin with"),
            ("COMMIT", "must begin with"),
            ("BEGIN NOT ATOMIC DELETE FROM t; END", "must begin with"),
            ("SET STATEMENT max_statement_time = 0 FOR SELECT 1", "must begin with"),
            ("SHOW TABLES", "must begin with"),
            ("EXPLAIN ANALYZE DELETE FROM t", "must begin with"),
            ("`SELECT` 1", "must begin with"),
            ("(((", "must begin with"),
            ("SELECT 1; DELETE FROM t", "one statement"),
            ("SELECT 1 ;; COMMIT", "one statement"),
            ("SELECT /*! SLEEP(1) */", "executable comments"),
            ("SELECT /*+ MAX_EXECUTION_TIME(0) */ 1", "optimizer hints"),
            ("SELECT 1 UNION (SELECT /*+SET_VAR(max_execution_time = 0)*/ 2)", "optimizer hints"),
            ("SELECT 1 /*M! INTO OUTFILE 'x' */", "executable comments"),
            ("SELECT a INTO @x FROM t", "INTO"),
            ("SELECT a FROM t INTO OUTFILE 'x'", "INTO"),
            ("TABLE t INTO DUMPFILE 'x'", "INTO"),
            ("SELECT a FROM t FOR UPDATE", "FOR"),
            ("SELECT a FROM t for /* x */ share", "FOR"),
            ("SELECT a FROM t LOCK IN SHARE MODE", "LOCK"),
            ("WITH x AS (SELECT 1) DELETE FROM t", "DELETE"),
            ("WITH x AS (SELECT 1) UPDATE t SET a = 1", "UPDATE"),
            ("WITH x AS (SELECT 1) REPLACE t SELECT 1", "REPLACE"),
            ("SELECT 1 FROM t PROCEDURE ANALYSE()", "PROCEDURE"),
            ("SELECT GET_LOCK('x', 0)", "GET_LOCK"),
            ("SELECT get_lock ('x', 0)", "GET_LOCK"),
            ("SELECT `GET_LOCK`('x', 0)", "GET_LOCK"),
            ("SELECT \"get_lock\"('x', 0)", "GET_LOCK"),
            ("SELECT GET_LOCK /* x */ ('x', 0)", "GET_LOCK"),
            ("SELECT GET_LOCK -- x\n('x', 0)", "GET_LOCK"),
            ("SELECT RELEASE_ALL_LOCKS()", "RELEASE_ALL_LOCKS"),
            ("SELECT 1 WHERE (SELECT `Sleep`(9))", "SLEEP"),
            ("SELECT BENCHMARK(9, 1)", "BENCHMARK"),
            ("SELECT LOAD_FILE('/etc/hosts')", "LOAD_FILE"),
            ("SELECT MASTER_POS_WAIT('', 1)", "MASTER_POS_WAIT"),
            ("SELECT keyring_key_remove('x')", "KEYRING_KEY_REMOVE"),
            ("SELECT NEXTVAL(s)", "NEXTVAL"),
            ("SELECT 'open", "no closing quote"),
        ] {
            let refused = read_query(text).unwrap_err();
            assert!(refused.contains(says), "{text}: {refused}");
        }
    }
}
