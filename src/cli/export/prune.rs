//! Takes out of a spec what is refused when it is declared, by the paths of the refusals.

use std::collections::BTreeMap;

use serde_json::Value;

use super::left_out::LeftOut;
use crate::api::DatabaseSchemaSpec;
use crate::cli::outcome::CliError;
use crate::plan::Refusal;

/// Returns the spec without what is refused, and adds that to `left_out`.
///
/// # Errors
/// What is refused can't be left out.
pub fn prune(
    spec: &DatabaseSchemaSpec,
    refusals: &[Refusal],
    left_out: &mut Vec<LeftOut>,
) -> Result<DatabaseSchemaSpec, CliError> {
    let refused = refusals.iter().map(|refusal| (refusal.path.as_str(), refusal.message.as_str())).collect();
    let mut pruning = Pruning { refused, left_out };
    let before = pruning.left_out.len();
    let mut value = serde_json::to_value(spec)?;
    pruning.visit(&mut value, "spec");
    if pruning.left_out.len() == before {
        return Err(CliError::NotExportable(joined(refusals)));
    }
    Ok(serde_json::from_value(value)?)
}

struct Pruning<'a> {
    /// Messages by path.
    refused: BTreeMap<&'a str, &'a str>,
    left_out: &'a mut Vec<LeftOut>,
}

impl Pruning<'_> {
    fn visit(&mut self, value: &mut Value, path: &str) {
        match value {
            Value::Object(members) => members.retain(|name, member| self.keeps(member, &format!("{path}.{name}"))),
            Value::Array(items) => items.retain_mut(|item| {
                let Some(name) = name_of(item) else { return true };
                let path = format!("{path}[{name}]");
                // An object whose name is refused is taken out as a whole.
                !self.takes_out(item, &path, &format!("{path}.name")) && self.keeps(item, &path)
            }),
            _ => {}
        }
    }

    fn keeps(&mut self, value: &mut Value, path: &str) -> bool {
        if self.takes_out(value, path, path) {
            return false;
        }
        self.visit(value, path);
        true
    }

    fn takes_out(&mut self, value: &Value, path: &str, refused: &str) -> bool {
        let Some(message) = self.refused.get(refused) else { return false };
        let names: Vec<&str> = value.as_array().into_iter().flatten().filter_map(|item| name_of(item)).collect();
        let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        self.left_out.push(LeftOut::Other(format!("{path}{names}: {message}")));
        true
    }
}

fn name_of(item: &Value) -> Option<&str> {
    item.get("name").and_then(Value::as_str)
}

/// Joins the first refusals into one text.
fn joined(refusals: &[Refusal]) -> String {
    refusals.iter().take(5).map(Refusal::to_string).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::RefusalKind;

    fn pruned(paths: &[&str]) -> Result<(Value, Vec<String>), CliError> {
        let spec = serde_json::from_value(json!({
            "revision": "1", "database": "d", "connection": { "secretRef": { "name": "s" } },
            "tables": [{ "name": "t", "columns": [{ "name": "a", "type": "int", "check": "a > 0" }],
                         "checks": [{ "name": "c", "expression": "a < 9" }] }],
        }));
        let refusal = |path: &&str| Refusal::of_spec(*path, RefusalKind::Unsupported, "no");
        let refusals: Vec<Refusal> = paths.iter().map(refusal).collect();
        let mut left_out = Vec::new();
        let spec = prune(&spec.unwrap(), &refusals, &mut left_out)?;
        Ok((serde_json::to_value(spec.tables).unwrap(), left_out.iter().map(LeftOut::to_string).collect()))
    }

    #[test]
    fn what_is_refused_goes_and_is_named() {
        let (tables, left_out) = pruned(&["spec.tables[t].checks", "spec.tables[t].columns[a].check"]).unwrap();
        assert_eq!(tables, json!([{ "name": "t", "columns": [{ "name": "a", "type": "int" }] }]));
        assert_eq!(left_out, ["spec.tables[t].checks (c): no", "spec.tables[t].columns[a].check: no"]);
        let (tables, _) = pruned(&["spec.tables[t].columns[a].name", "spec.tables[t].checks[c]"]).unwrap();
        assert_eq!(tables, json!([{ "name": "t", "columns": [], "checks": [] }]));
        assert!(pruned(&["spec.tables[other]"]).is_err());
    }
}
