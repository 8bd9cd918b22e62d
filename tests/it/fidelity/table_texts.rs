//! What a server shows of a database, made comparable.

use std::collections::BTreeMap;

use schema_operator::mysql::Session;
use schema_operator::schema::{Identifier, quote_literal};

/// What `SHOW CREATE TABLE` says of each table, and the collation of each column.
///
/// The order of keys means nothing. A column's collation may be stated although it is the table's own; that depends on
/// history and means nothing. So collations are compared separately, and counters of `AUTO_INCREMENT` not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct TableTexts(BTreeMap<String, Vec<String>>);

pub async fn read_table_texts(
    session: &mut Session,
    database: &Identifier,
    tables: &[&str],
) -> Result<TableTexts, String> {
    let mut texts = BTreeMap::new();
    for table in tables {
        let table = Identifier::new(*table).map_err(|error| error.to_string())?;
        let sql = format!("SHOW CREATE TABLE {}.{}", database.quoted(), table.quoted());
        let rows = session.batch("a test's question", &sql).await.map_err(|error| error.to_string())?;
        let text = rows.first().and_then(|rows| rows.first()).map(|row| row.text(1).to_owned()).unwrap_or_default();
        let mut lines = comparable(&text);
        let sql = format!(
            "SELECT CAST(COLUMN_NAME AS CHAR), CAST(COLLATION_NAME AS CHAR) FROM information_schema.COLUMNS \
             WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} ORDER BY ORDINAL_POSITION",
            quote_literal(database.as_str()),
            quote_literal(table.as_str())
        );
        let rows = session.batch("a test's question", &sql).await.map_err(|error| error.to_string())?;
        let collations = rows.iter().flatten().map(|row| format!("collation of {}: {}", row.text(0), row.text(1)));
        lines.extend(collations);
        texts.insert(table.to_string(), lines);
    }
    Ok(TableTexts(texts))
}

impl TableTexts {
    /// Returns the lines of the first table in which another one differs.
    pub fn difference(&self, found: &Self) -> Option<String> {
        let tables = self.0.keys().chain(found.0.keys());
        for table in tables {
            let (expected, found) = (self.0.get(table), found.0.get(table));
            if expected == found {
                continue;
            }
            let (expected, found) = (lines(expected), lines(found));
            let missing: Vec<&String> = expected.iter().filter(|line| !found.contains(line)).collect();
            let surplus: Vec<&String> = found.iter().filter(|line| !expected.contains(line)).collect();
            let order = if missing.is_empty() && surplus.is_empty() { ", in another order" } else { "" };
            return Some(format!("table {table}{order}:\nexpected {missing:#?}\nfound {surplus:#?}"));
        }
        None
    }
}

fn lines(lines: Option<&Vec<String>>) -> Vec<String> {
    lines.cloned().unwrap_or_else(|| vec!["(no table)".to_owned()])
}

fn comparable(create: &str) -> Vec<String> {
    // MySQL changes the introducers of literals in expressions by itself, when later statements change something else.
    let introducers = ["_utf8mb4'", "_utf8mb3'", "_latin1'", "_ascii'"];
    let create = introducers.iter().fold(create.to_owned(), |text, introducer| text.replace(introducer, "'"));
    // RESTRICT and NO ACTION are InnoDB's default.
    let actions = [" ON DELETE RESTRICT", " ON UPDATE RESTRICT", " ON DELETE NO ACTION", " ON UPDATE NO ACTION"];
    let create = actions.iter().fold(create, |text, action| text.replace(action, ""));
    let create = with_partitions_named(&create);
    // Whether an index states its engine's default depends on history.
    let create = create.replace(" USING HASH", "");
    let create = if create.contains("ENGINE=MEMORY") { create } else { create.replace(" USING BTREE", "") };
    let lines = create.lines().map(|line| line.trim_end_matches(',').to_owned());
    let (columns, mut rest): (Vec<String>, Vec<String>) = lines.partition(|line| line.starts_with("  `"));
    // MariaDB leaves this to keys when their table's own block size goes; InnoDB ignores it.
    rest.iter_mut().filter(|line| line.starts_with("  ")).for_each(|line| *line = without(line, " KEY_BLOCK_SIZE="));
    rest.iter_mut().filter(|line| line.starts_with(')')).for_each(|line| {
        // Rows that have the default format are not rebuilt for the sake of stating it.
        *line = without(line, " AUTO_INCREMENT=").replace(" ROW_FORMAT=DYNAMIC", "");
        // A block size alone makes rows of this format, which are not rebuilt for that either.
        if line.contains(" KEY_BLOCK_SIZE=") {
            *line = line.replace(" ROW_FORMAT=COMPRESSED", "");
        }
    });
    rest.sort();
    let columns = columns.iter().map(|line| without(&without(line, " CHARACTER SET "), " COLLATE "));
    columns.chain(rest).collect()
}

/// Removes a word, and what follows it up to a blank.
fn without(line: &str, word: &str) -> String {
    match line.split_once(word) {
        Some((before, after)) => format!("{before}{}", after.find(' ').map_or("", |end| &after[end..])),
        None => line.to_owned(),
    }
}

/// Puts each partition on a line of its own that does not depend on its position: the order of lists and of their values
/// means nothing, and `PARTITIONS 2` is `p0` and `p1`.
pub fn with_partitions_named(create: &str) -> String {
    let lines = create.lines().flat_map(|line| {
        let of_partitions =
            ["/*!", " PARTITION ", "(PARTITION ", "PARTITIONS "].iter().any(|start| line.starts_with(start));
        let bare = if of_partitions { line.trim_end_matches(" */") } else { line };
        if let Some(count) = bare.strip_prefix("PARTITIONS ").and_then(|count| count.parse::<u32>().ok()) {
            let engine = if create.contains("ENGINE=MyISAM") { "MyISAM" } else { "InnoDB" };
            return (0..count).map(|number| format!("PARTITION p{number} ENGINE = {engine}")).collect();
        }
        match bare.strip_prefix("(PARTITION ").or_else(|| bare.strip_prefix(" PARTITION ")) {
            Some(rest) => {
                let rest = rest.strip_suffix(',').or_else(|| rest.strip_suffix(')')).unwrap_or(rest);
                vec![format!("PARTITION {}", with_values_sorted(&rest.replacen('`', "", 2)))]
            }
            None => vec![bare.to_owned()],
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn with_values_sorted(partition: &str) -> String {
    let sorted = partition.split_once(" VALUES IN (").and_then(|(name, rest)| {
        let (values, engine) = rest.rsplit_once(") ENGINE")?;
        let mut values = split_values(values);
        values.sort_unstable();
        Some(format!("{name} VALUES IN ({}) ENGINE{engine}", values.join(",")))
    });
    sorted.unwrap_or_else(|| partition.to_owned())
}

/// Splits a list of values at the commas that are in neither text nor tuple.
fn split_values(list: &str) -> Vec<&str> {
    let (mut is_text, mut depth) = (false, 0_i32);
    list.split(|character| {
        match character {
            '\'' => is_text = !is_text,
            '(' if !is_text => depth += 1,
            ')' if !is_text => depth -= 1,
            _ => {}
        }
        character == ',' && !is_text && depth == 0
    })
    .collect()
}
