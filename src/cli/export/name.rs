//! Makes and checks names that Kubernetes accepts.

use crate::cli::outcome::CliError;
use crate::schema::Identifier;

/// The longest name that can also be the value of a label.
const MAX_NAME: usize = 63;

/// The longest revision that the resource accepts.
const MAX_REVISION: usize = 128;

/// Makes a name of a resource from the name of a database, as a DNS label.
pub fn from_database(database: &Identifier) -> String {
    let lower = database.as_str().to_ascii_lowercase();
    let label: String = lower.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let label: String = label.trim_matches('-').chars().take(MAX_NAME).collect();
    let label = label.trim_end_matches('-');
    if label.is_empty() { "database".to_owned() } else { label.to_owned() }
}

/// Checks a name that was given.
///
/// # Errors
/// Kubernetes does not accept it.
pub fn check_name(name: &str) -> Result<String, CliError> {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends_well = !name.starts_with('-') && !name.ends_with('-');
    if (1..=MAX_NAME).contains(&name.len()) && ends_well && name.chars().all(is_inner) {
        return Ok(name.to_owned());
    }
    let rule = "1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit";
    Err(CliError::Usage(format!("--name {name:?} is not a valid resource name: use {rule}")))
}

/// Checks a revision that was given.
///
/// # Errors
/// The resource does not accept it.
pub fn check_revision(revision: &str) -> Result<String, CliError> {
    if (1..=MAX_REVISION).contains(&revision.chars().count()) && !revision.contains(char::is_whitespace) {
        return Ok(revision.to_owned());
    }
    Err(CliError::Usage(format!(
        "--revision {revision:?} is not a valid revision: use 1 to 128 characters without whitespace"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_made_from_any_database() {
        for (database, expected) in
            [("todobox", "todobox"), ("My_App", "my-app"), ("_x_", "x"), ("größe", "gr--e"), ("数据", "database")]
        {
            let name = from_database(&Identifier::new(database).unwrap());
            assert_eq!(name, expected);
            assert!(check_name(&name).is_ok());
        }
        let long = from_database(&Identifier::new(format!("{}_b", "a".repeat(62))).unwrap());
        assert!(check_name(&long).is_ok(), "{long}");
        assert!(check_name("a.b").is_err() && check_name("").is_err() && check_name("-a").is_err());
    }
}
