//! Tables that a tool for online schema changes works on: it copies the table into one of its own and then swaps the two,
//! so a change that is made meanwhile is lost.

use crate::schema::Identifier;

/// Ends of the names of tables that tools keep beside the one that they change. gh-ost: the copy, its log, its checkpoint
/// and the former table; pt-online-schema-change and spirit: the copy and the former table; spirit: its checkpoint and
/// what holds up its end.
const KEPT: [&str; 8] = ["_gho", "_ghc", "_ghk", "_del", "_new", "_old", "_chkpnt", "_sentinel"];

/// Those of them that are there as long as a tool works, with the tools' names.
const UNDER_WAY: [(&str, &str); 4] =
    [("_gho", "gh-ost"), ("_ghc", "gh-ost"), ("_new", "pt-online-schema-change or spirit"), ("_chkpnt", "spirit")];

/// The longest name that a table may have; tools cut off what goes beyond.
const LONGEST: usize = 64;

/// A tool at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineChange {
    pub tool: &'static str,
    /// The table of the tool's own that shows it.
    pub seen: Identifier,
}

/// Whether a tool keeps tables under such a name.
pub fn is_kept_by_tool(table: &Identifier) -> bool {
    let name = table.folded();
    name.starts_with('_') && KEPT.iter().any(|suffix| name.ends_with(suffix))
}

/// The tool that works on a table, as the names of the tables that are there tell.
pub fn online_change<'a>(table: &Identifier, there: impl IntoIterator<Item = &'a Identifier>) -> Option<OnlineChange> {
    let of_table = |kept: &&Identifier| is_of(&kept.folded(), &table.folded());
    there.into_iter().filter(of_table).find_map(|kept| {
        let name = kept.folded();
        let (_, tool) = UNDER_WAY.iter().find(|(suffix, _)| name.ends_with(suffix))?;
        Some(OnlineChange { tool, seen: kept.clone() })
    })
}

/// Whether a tool keeps the table `kept` beside `table`: the latter's name with underscores before it (more than one
/// where another table has the name), and a suffix.
fn is_of(kept: &str, table: &str) -> bool {
    let Some(base) = UNDER_WAY.iter().find_map(|(suffix, _)| kept.strip_suffix(suffix)) else { return false };
    let is_cut = kept.chars().count() >= LONGEST;
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
