//! Runs the verify queries, in a read-only session that ends with them.

use std::time::{Duration, Instant};

use super::context::Context;
use crate::api::{Expectation, NumberRange, Reason, RowRange};
use crate::declare::VerifyCheck;
use crate::mysql::{Error, ErrorKind, Login, PooledSession, Purpose, Servers, Session};
use crate::reconcile::not_ready::NotReady;
use crate::reconcile::planned_steps::counted;
use crate::reconcile::report::{Report, Verification};
use crate::reconcile::request::Request;
use crate::schema::Identifier;

/// How long all verify queries of a pass may take together.
const ALL_QUERIES: Duration = Duration::from_secs(30);

/// The longest value that can be expected, in characters: the bound of `expect.value`.
const MAX_VALUE: usize = 1024;

/// At most so many characters of a value are shown.
const SHOWN_VALUE: usize = 64;

/// Runs the verify queries of a schema that is in sync, and puts their outcome into the report.
pub async fn verified(context: Context<'_>, request: &Request, mut report: Report) -> Report {
    match verify(context.servers(), request).await {
        Ok(verification) => report.verification = verification,
        Err(error) => return report.ending(NotReady::connecting(&error)),
    }
    if let Verification::Failed(message) = &report.verification {
        let not_ready = NotReady::new(Reason::VerifyFailed, message.clone());
        return report.ending(not_ready);
    }
    // A step may fail and the schema be as declared all the same, when another session did it meanwhile.
    if let Some(failure) = context.after.and_then(|applied| applied.failure.as_ref()) {
        tracing::info!(%failure, "a step failed, and the live schema holds what it was for");
    }
    report
}

/// Runs the queries in order, up to the first that does not hold.
///
/// # Errors
/// The server can't be reached. A query that it refuses is a [`Verification::Failed`].
async fn verify(servers: &Servers, request: &Request) -> Result<Verification, Error> {
    let checks = &request.spec.verify;
    if checks.is_empty() {
        return Ok(Verification::Held(0));
    }
    let mut verifier = Verifier::open(servers, &request.asker.login, &request.spec.database).await?;
    for check in checks {
        if let Err(message) = verifier.check(check).await? {
            return Ok(Verification::Failed(message));
        }
    }
    Ok(Verification::Held(checks.len()))
}

/// Runs verify queries in a session of their own.
#[derive(Debug)]
pub struct Verifier {
    session: PooledSession,
    began: Instant,
}

impl Verifier {
    /// Opens the session. From now on the queries have [`ALL_QUERIES`] together.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn open(servers: &Servers, login: &Login, database: &Identifier) -> Result<Self, Error> {
        let session = servers.session(login, Purpose::Evaluate(database.clone())).await?;
        Ok(Self { session, began: Instant::now() })
    }

    /// Runs a query, and says why it does not hold. It is tried once more where the connection is lost.
    ///
    /// # Errors
    /// The server can't be reached.
    pub async fn check(&mut self, check: &VerifyCheck) -> Result<Result<(), String>, Error> {
        let doing = format!("verify query {:?}", check.name);
        let left = ALL_QUERIES.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Ok(Err(format!(
                "{doing} did not run: the queries before it took the {} s that all of them have; let them take less",
                ALL_QUERIES.as_secs()
            )));
        }
        let mut outcome = run(&mut self.session, &doing, check, left).await;
        if outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::ConnectionLost) {
            self.session.reconnect().await?;
            outcome = run(&mut self.session, &doing, check, left).await;
        }
        match outcome {
            Err(error) if error.kind == ErrorKind::ConnectionLost => Err(error),
            Err(error) => Ok(Err(error.to_string())),
            Ok(None) => Ok(Ok(())),
            Ok(Some(difference)) => Ok(Err(format!("{doing}: {difference}"))),
        }
    }
}

/// Runs a query, and returns how what it gives differs from what is expected.
async fn run(
    session: &mut Session,
    doing: &str,
    check: &VerifyCheck,
    limit: Duration,
) -> Result<Option<String>, Error> {
    let mut value = async || session.text_value(doing, &check.value_statement(MAX_VALUE + 1), limit).await;
    match &check.expect {
        None => session.count_rows(doing, &check.query, 1, limit).await.map(|_| None),
        Some(Expectation::Rows(range)) => {
            let most = range.max.map(|max| max.saturating_add(1)).max(range.min).unwrap_or_default();
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            let number = session.count_rows(doing, &check.query, most, limit).await?;
            Ok(row_difference(*range, number))
        }
        Some(Expectation::Value(expected)) => {
            let value = value().await?;
            let holds = value.as_ref() == Some(expected);
            let expected = format!("the value {:?}", shortened(expected));
            Ok((!holds).then(|| value_difference(&expected, value.as_deref(), check.shows_value)))
        }
        Some(Expectation::Number(range)) => {
            let value = value().await?;
            let holds = value.as_deref().is_some_and(|value| is_in_range(*range, value));
            Ok((!holds).then(|| value_difference(&number_text(*range), value.as_deref(), check.shows_value)))
        }
    }
}

/// Says how the number of rows differs from the expected one.
fn row_difference(range: RowRange, number: usize) -> Option<String> {
    let bound = |bound: u32| usize::try_from(bound).unwrap_or(usize::MAX);
    let (min, max) = (range.min.map(bound), range.max.map(bound));
    let is_less = min.is_some_and(|min| number < min);
    // Rows beyond the greatest number that passes were not counted.
    let found = match max {
        Some(max) if number > max => format!("more than {max}"),
        _ if is_less && number == 0 => "none".to_owned(),
        _ if is_less => number.to_string(),
        _ => return None,
    };
    let expected = match (min, max) {
        (_, Some(0)) => "no rows were expected".to_owned(),
        (Some(1), None) => "rows were expected".to_owned(),
        (Some(min), Some(max)) if min == max => format!("{} expected", were(min)),
        (min, Some(max)) => format!("{} to {} expected", min.unwrap_or_default(), were(max)),
        (min, None) => format!("at least {} expected", were(min.unwrap_or_default())),
    };
    Some(format!("{expected}, and it gives {found}"))
}

fn were(number: usize) -> String {
    format!("{} {}", counted(number, "row"), if number == 1 { "was" } else { "were" })
}

/// Whether a value, as the server writes it, is a number in the range. Integers are compared exactly.
fn is_in_range(range: NumberRange, value: &str) -> bool {
    if let Ok(number) = value.parse::<i128>() {
        return range.min.is_none_or(|min| i128::from(min) <= number)
            && range.max.is_none_or(|max| number <= i128::from(max));
    }
    #[expect(clippy::cast_precision_loss, reason = "a number with a fraction is no more exact")]
    let bound = |bound: i64| bound as f64;
    value.parse::<f64>().is_ok_and(|number| {
        range.min.is_none_or(|min| bound(min) <= number) && range.max.is_none_or(|max| number <= bound(max))
    })
}

fn number_text(NumberRange { min, max }: NumberRange) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("a number from {min} to {max}"),
        (Some(min), None) => format!("a number of at least {min}"),
        (None, max) => format!("a number of at most {}", max.unwrap_or_default()),
    }
}

/// Says that the value is not the expected one, and shows it where the query's author says that it may be shown.
fn value_difference(expected: &str, value: Option<&str>, is_shown: bool) -> String {
    let found = match value {
        None => "NULL or no row".to_owned(),
        Some(value) if is_shown => format!("{:?}", shortened(value)),
        Some(_) => "another one; showValue: true would show it".to_owned(),
    };
    format!("{expected} was expected, and it gives {found}")
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_VALUE) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_rows_is_held_against_its_range() {
        let range = |min, max| RowRange { min, max };
        for (range, number, says) in [
            (range(Some(1), None), 1, None),
            (range(Some(1), None), 0, Some("rows were expected, and it gives none")),
            (range(None, Some(0)), 0, None),
            (range(None, Some(0)), 100, Some("no rows were expected, and it gives more than 0")),
            (range(Some(3), Some(3)), 3, None),
            (range(Some(3), Some(3)), 2, Some("3 rows were expected, and it gives 2")),
            (range(Some(1), Some(1)), 2, Some("1 row was expected, and it gives more than 1")),
            (range(Some(2), Some(5)), 1, Some("2 to 5 rows were expected, and it gives 1")),
            (range(None, Some(5)), 6, Some("0 to 5 rows were expected, and it gives more than 5")),
            (range(Some(7), None), 3, Some("at least 7 rows were expected, and it gives 3")),
            (range(Some(7), None), 7, None),
        ] {
            assert_eq!(row_difference(range, number).as_deref(), says, "{range:?} {number}");
        }
    }

    #[test]
    fn a_number_is_held_against_its_range() {
        let range = |min, max| NumberRange { min, max };
        for (range, value, holds) in [
            (range(Some(1), Some(5)), "1", true),
            (range(Some(1), Some(5)), "5.00", true),
            (range(Some(1), Some(5)), "5.01", false),
            (range(Some(1), Some(5)), "-3", false),
            (range(Some(1), None), "1e3", true),
            (range(None, Some(0)), "-0.5", true),
            (range(None, Some(i64::MAX)), "9223372036854775808", false),
            (range(Some(9_007_199_254_740_993), None), "9007199254740992", false),
            (range(Some(0), None), "", false),
            (range(Some(0), None), "many", false),
            (range(Some(0), None), "NaN", false),
        ] {
            assert_eq!(is_in_range(range, value), holds, "{range:?} {value}");
        }
    }
}
