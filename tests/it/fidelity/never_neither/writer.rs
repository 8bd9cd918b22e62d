//! Writes a scenario from its random parts.

use schema_operator::api::RiskSpec;
use schema_operator::schema::Dialect;

use super::kinds::KINDS;
use super::scenario::{AllowedRisks, ObjectKind, ObjectPath, Round, Scenario};
use super::seeds::{Fate, RoundSeed, ScenarioSeed};
use super::small_schema::{self, Side, SmallTable};
use crate::fidelity::schema_pair::{KeptTable, NamePair, SchemaPair};

/// The column that tells rows apart.
pub const ROW_NUMBER: &str = "row_number_";

/// Writes the scenario for a server.
pub fn write(seed: &ScenarioSeed, dialect: Dialect) -> Scenario {
    let (a, b) = (small_schema::tables(seed, Side::A), small_schema::tables(seed, Side::B));
    let kept: Vec<KeptTable> =
        a.iter().filter_map(|from| Some(kept(from, b.iter().find(|to| to.id == from.id)?))).collect();
    let pair = SchemaPair {
        a: statements(seed, &a, true, dialect),
        b: statements(seed, &b, false, dialect),
        // Twice, so that children come after their parents.
        rows: [rows(seed, &a), rows(seed, &a)].concat(),
        kept,
        one_way: true,
    };
    let declared: Vec<ObjectPath> = b.iter().flat_map(SmallTable::paths).collect();
    let mut rounds: Vec<Round> = seed.rounds.iter().map(|round| self::round(round, &declared)).collect();
    if seed.sweep {
        rounds.push(Round { allow: risks(15), small_table_rows: 1000, sweep: true, ..Round::default() });
    }
    Scenario { undeclared: undeclared(seed, &a, &b), pair, rounds }
}

fn statements(seed: &ScenarioSeed, tables: &[SmallTable], numbered: bool, dialect: Dialect) -> Vec<String> {
    let mut statements = vec!["SET foreign_key_checks = 1".to_owned()];
    if seed.zone {
        statements.push("SET time_zone = '+05:00'".to_owned());
    }
    // In a strict session an unknown attribute is an error (1911).
    if dialect.is_mariadb() && tables.iter().any(SmallTable::has_attributes) {
        statements.push("SET sql_mode = 'IGNORE_BAD_TABLE_OPTIONS'".to_owned());
    }
    statements.extend(tables.iter().map(|table| table.statement(numbered, dialect)));
    statements.extend(tables.iter().flat_map(|table| table.key_statements(tables)));
    statements
}

/// Writes rows of which some do not fit B. What does not fit A is left out, or cut.
fn rows(seed: &ScenarioSeed, a: &[SmallTable]) -> Vec<String> {
    let mut statements = vec!["SET foreign_key_checks = 1".to_owned()];
    for table in a {
        let Some(seeds) = seed.tables.get(table.id) else { continue };
        for (number, choices) in seeds.rows.iter().enumerate() {
            let values = table.columns.iter().enumerate().map(|(at, column)| {
                if column.id == 0 && KINDS[column.kind].family == 0 {
                    return (number + 1).to_string();
                }
                let values = KINDS[column.kind].values;
                let value = values[choices[at % choices.len()] % values.len()];
                if value == "NULL" && !column.nullable { values[0].to_owned() } else { value.to_owned() }
            });
            let values: Vec<String> = values.collect();
            let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
            statements.push(format!(
                "INSERT IGNORE INTO {} ({}, {ROW_NUMBER}) VALUES ({}, {})",
                table.name,
                names.join(", "),
                values.join(", "),
                number + 1
            ));
        }
    }
    statements
}

fn kept(from: &SmallTable, to: &SmallTable) -> KeptTable {
    let pair = |a: &str, b: &str| (a != b).then(|| NamePair { a: a.to_owned(), b: b.to_owned() });
    let columns = from.columns.iter().filter_map(|old| pair(&old.name, &to.column(old.id)?.name));
    let indexes =
        from.indexes.iter().filter_map(|old| pair(&old.name, &to.indexes.iter().find(|new| new.id == old.id)?.name));
    KeptTable {
        table: NamePair { a: from.name.clone(), b: to.name.clone() },
        columns: columns.collect(),
        indexes: indexes.collect(),
        unchanged: Vec::new(),
    }
}

/// Returns what only A has and no declaration names.
fn undeclared(seed: &ScenarioSeed, a: &[SmallTable], b: &[SmallTable]) -> Vec<ObjectPath> {
    let mut paths = Vec::new();
    for from in a {
        let Some(seeds) = seed.tables.get(from.id) else { continue };
        let Some(to) = b.iter().find(|to| to.id == from.id) else {
            if seeds.course.fate == Fate::Undeclared {
                paths.push(ObjectPath::new(&from.name, ObjectKind::Table, ""));
            }
            continue;
        };
        let mut add = |kind, name: &str| paths.push(ObjectPath::new(&to.name, kind, name));
        add(ObjectKind::Column, ROW_NUMBER);
        for column in from.columns.iter().filter(|column| to.column(column.id).is_none()) {
            let seed = column.id.checked_sub(1).and_then(|at| seeds.columns.get(at));
            if seed.is_some_and(|seed| seed.course.fate == Fate::Undeclared) {
                add(ObjectKind::Column, &column.name);
            }
        }
        for index in from.indexes.iter().filter(|index| !to.indexes.iter().any(|other| other.id == index.id)) {
            if seeds.indexes.get(index.id).is_some_and(|seed| seed.course.fate == Fate::Undeclared) {
                add(ObjectKind::Index, &index.name);
            }
        }
        for key in from.keys.iter().filter(|key| !to.keys.iter().any(|other| other.name == key.name)) {
            let seed = key.name.get(1..).and_then(|at| at.parse::<usize>().ok()).and_then(|at| seed.keys.get(at));
            if seed.is_some_and(|seed| seed.course.fate == Fate::Undeclared) {
                add(ObjectKind::ForeignKey, &key.name);
                add(ObjectKind::Index, &key.name);
            }
        }
        for check in from.checks.iter().filter(|check| !to.checks.iter().any(|other| other.name == check.name)) {
            let at = check.name.rsplit('_').next().and_then(|at| at.parse::<usize>().ok());
            let seed = at.and_then(|at| seeds.checks.get(at));
            if seed.is_some_and(|seed| seed.course.fate == Fate::Undeclared) {
                add(ObjectKind::Check, &check.name);
            }
        }
    }
    paths
}

fn round(seed: &RoundSeed, declared: &[ObjectPath]) -> Round {
    let object = |at: usize| (!declared.is_empty()).then(|| declared[at % declared.len()].clone());
    let objects =
        seed.objects.iter().filter_map(|(at, allow)| Some(AllowedRisks { object: object(*at)?, risks: risks(*allow) }));
    // Where a rename is no longer declared, what took the name stands for the object itself.
    let is_renamed = |path: &ObjectPath| path.table.ends_with("_r") || path.name.ends_with("_r");
    let left_out = seed.left_out.iter().filter_map(|at| object(*at)).filter(|path| !is_renamed(path));
    Round {
        allow: risks(seed.allow),
        objects: objects.collect(),
        approved: seed.approved.clone(),
        small_table_rows: if seed.small_tables { 1000 } else { 0 },
        removes_undeclared: seed.removes_undeclared,
        left_out: left_out.collect(),
        sweep: false,
    }
}

/// Returns the risks whose bits are set.
fn risks(bits: u8) -> Vec<RiskSpec> {
    let all = [RiskSpec::Blocking, RiskSpec::Breaking, RiskSpec::Destructive, RiskSpec::Unknown];
    all.into_iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, risk)| risk).collect()
}
