//! Names that Kubernetes takes.

use crate::cli::outcome::CliError;
use crate::schema::Identifier;

/// The longest name that is also a label's value.
const MAX_NAME: usize = 63;

/// The longest revision (see the resource).
const MAX_REVISION: usize = 128;

/// The name of a resource for this database, as a DNS label.
pub fn of_database(database: &Identifier) -> String {
    let lower = database.as_str().to_ascii_lowercase();
    let label: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let label: String = label.trim_matches('-').chars().take(MAX_NAME).collect();
    let label = label.trim_end_matches('-');
    if label.is_empty() { "database".to_owned() } else { label.to_owned() }
}

/// A name that somebody gave.
///
/// # Errors
/// Kubernetes does not take it.
pub fn checked(name: &str) -> Result<String, CliError> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends_well = !name.starts_with('-') && !name.ends_with('-');
    if (1..=MAX_NAME).contains(&name.len()) && ends_well && name.chars().all(is_inner) {
        return Ok(name.to_owned());
    }
    let rule = "1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit";
    Err(CliError::Usage(format!("--name {name:?} is no name of a resource: {rule}")))
}

/// A revision that somebody gave.
///
/// # Errors
/// The resource does not take it.
pub fn checked_revision(revision: &str) -> Result<String, CliError> {
    if (1..=MAX_REVISION).contains(&revision.chars().count()) && !revision.contains(char::is_whitespace) {
        return Ok(revision.to_owned());
    }
    Err(CliError::Usage(format!("--revision {revision:?} is no revision: 1 to 128 characters without blanks")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_any_database() {
        for (database, expected) in
            [("todobox", "todobox"), ("My_App", "my-app"), ("_x_", "x"), ("größe", "gr--e"), ("数据", "database")]
        {
            let name = of_database(&Identifier::new(database).unwrap());
            assert_eq!(name, expected);
            assert!(checked(&name).is_ok());
        }
        let long = of_database(&Identifier::new(format!("{}_b", "a".repeat(62))).unwrap());
        assert!(checked(&long).is_ok(), "{long}");
        assert!(checked("a.b").is_err() && checked("").is_err() && checked("-a").is_err());
    }
}
