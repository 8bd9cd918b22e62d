//! What `SHOW CREATE TABLE` says, compared by its clauses.

use schema_operator::schema::{TableObject, differences};

/// A clause that one of two tables has.
#[derive(Debug)]
pub struct Clause {
    pub object: TableObject,
    pub text: String,
}

/// Returns the clauses of `before` that `after` lacks.
pub fn losses(before: &str, after: &str) -> Result<Vec<Clause>, String> {
    let differences = differences(before, after).map_err(|error| format!("{error} in {before}"))?;
    let lost = differences.into_iter().flat_map(|difference| {
        let object = difference.object;
        difference.lost.into_iter().map(move |text| Clause { object: object.clone(), text })
    });
    Ok(lost.collect())
}

/// Returns the clauses that only one of both has, but for comments of these columns.
pub fn changes_beside_comments(before: &str, after: &str, columns: &[&str]) -> Result<Vec<String>, String> {
    let is_comment = |clause: &Clause| {
        let of_column = matches!(&clause.object, TableObject::Column(name) if columns.contains(&name.as_str()));
        of_column && clause.text.starts_with("COMMENT ")
    };
    let mut changes = Vec::new();
    for (sign, one, other) in [("-", before, after), ("+", after, before)] {
        let lost = losses(one, other)?;
        let beside = lost.iter().filter(|clause| !is_comment(clause));
        changes.extend(beside.map(|clause| format!("{sign} {:?}: {}", clause.object, clause.text)));
    }
    Ok(changes)
}

impl Clause {
    /// Returns whether one of these texts says that the clause is left out: it names the object, or a word of it.
    pub fn is_named(&self, said: &[String]) -> bool {
        let name = match &self.object {
            TableObject::Column(name)
            | TableObject::Index(name)
            | TableObject::ForeignKey(name)
            | TableObject::Check(name) => Some(name.as_str().to_lowercase()),
            TableObject::PrimaryKey => Some("primarykey".to_owned()),
            TableObject::Partitioning => Some("partitioning".to_owned()),
            TableObject::Table | TableObject::Options => None,
        };
        let words = self.text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.len() > 2);
        let words: Vec<String> = words.map(str::to_lowercase).collect();
        said.iter().any(|said| {
            let is_of_object =
                name.as_ref().is_none_or(|name| said.contains(&format!("[{name}]")) || said.contains(name));
            is_of_object && (name.is_some() || words.iter().any(|word| said.contains(word)))
        })
    }
}
