//! Tables that a tool for online schema changes works on. The tool copies the table into one of its own and then swaps the
//! two, so a change made meanwhile is lost.

use crate::schema::Identifier;

/// The suffixes of tables that tools keep beside the one that they change. gh-ost: the copy, its log, its checkpoint and
/// the former table. pt-online-schema-change and spirit: the copy and the former table. spirit: its checkpoint, and the
/// table that delays its cut-over.
const TOOL_SUFFIXES: [&str; 8] = ["_gho", "_ghc", "_ghk", "_del", "_new", "_old", "_chkpnt", "_sentinel"];

/// The suffixes of tables that exist only while a tool works, with the tools' names.
const AT_WORK_SUFFIXES: [(&str, &str); 4] =
    [("_gho", "gh-ost"), ("_ghc", "gh-ost"), ("_new", "pt-online-schema-change or spirit"), ("_chkpnt", "spirit")];

/// The longest name of a table, in characters; tools cut off the rest.
const LONGEST_NAME: usize = 64;

/// A tool at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineChange {
    pub tool: &'static str,
    /// The table of the tool that shows it.
    pub seen: Identifier,
}

/// Whether a name looks like that of a tool's table.
pub fn is_kept_by_tool(table: &Identifier) -> bool {
    let name = table.folded();
    name.starts_with('_') && TOOL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Finds the tool that works on a table, by the names of the tables in the database.
pub fn online_change<'a>(table: &Identifier, tables: impl IntoIterator<Item = &'a Identifier>) -> Option<OnlineChange> {
    let of_table = |kept: &&Identifier| is_of(&kept.folded(), &table.folded());
    tables.into_iter().filter(of_table).find_map(|kept| {
        let name = kept.folded();
        let (_, tool) = AT_WORK_SUFFIXES.iter().find(|(suffix, _)| name.ends_with(suffix))?;
        Some(OnlineChange { tool, seen: kept.clone() })
    })
}

/// Whether a tool keeps the table `kept` beside `table`. Its name is that of `table` after underscores (more than one where
/// another table has the name), with a suffix.
fn is_of(kept: &str, table: &str) -> bool {
    let Some(base) = AT_WORK_SUFFIXES.iter().find_map(|(suffix, _)| kept.strip_suffix(suffix)) else { return false };
    let is_cut = kept.chars().count() >= LONGEST_NAME;
    let bare = base.trim_start_matches('_');
    let is_same = base.strip_suffix(table).is_some_and(|before| !before.is_empty() && before.chars().all(|c| c == '_'));
    is_same || is_cut && base.starts_with('_') && !bare.is_empty() && table.trim_start_matches('_').starts_with(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Identifier {
        Identifier::new(text).unwrap()
    }

    fn tool(table: &str, there: &[&str]) -> Option<&'static str> {
        let there: Vec<Identifier> = there.iter().map(|text| name(text)).collect();
        online_change(&name(table), &there).map(|change| change.tool)
    }

    #[test]
    fn each_tool_is_known_by_its_tables() {
        assert_eq!(tool("t", &["t", "_t_gho", "_t_ghc"]), Some("gh-ost"));
        assert_eq!(tool("t", &["_t_ghc"]), Some("gh-ost"));
        assert_eq!(tool("t", &["_t_new"]), Some("pt-online-schema-change or spirit"));
        assert_eq!(tool("t", &["__t_new"]), Some("pt-online-schema-change or spirit"));
        assert_eq!(tool("t", &["_t_chkpnt"]), Some("spirit"));
        assert_eq!(tool("T", &["_t_GHO"]), Some("gh-ost"));
        assert_eq!(tool("_t", &["__t_gho"]), Some("gh-ost"));
    }

    #[test]
    fn a_tool_that_has_ended_leaves_the_former_table() {
        for left in ["_t_del", "_t_20261128030000_del", "_t_old", "_t_ghk", "_t_sentinel"] {
            assert_eq!(tool("t", &["t", left]), None, "{left}");
            assert!(is_kept_by_tool(&name(left)), "{left}");
        }
    }

    #[test]
    fn other_tables_are_not_taken_for_it() {
        for there in ["t_gho", "t_new", "_tt_gho", "_t_gho_x", "_new", "_at_new"] {
            assert_eq!(tool("t", &[there]), None, "{there}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let table = "a".repeat(64);
        let copy = format!("_{}_gho", "a".repeat(59));
        assert_eq!(tool(&table, &[&copy]), Some("gh-ost"));
        assert_eq!(tool(&"b".repeat(64), &[&copy]), None);
    }
}
