//! The random parts of a scenario. Numbers choose among what there is, modulo its size, so that proptest can make them
//! smaller.

use proptest::prelude::*;

use super::kinds::{KINDS, related};

/// What becomes of an object on the way from A to B.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Kept,
    New,
    /// Declared absent.
    Absent,
    /// Live, and in no declaration.
    Undeclared,
    Renamed,
    /// Renamed, and a new object takes the name.
    Replaced,
}

/// An object's fate, and whether B has its second version.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    pub fate: Fate,
    pub changed: bool,
}

#[derive(Debug, Clone)]
pub struct ScenarioSeed {
    pub tables: Vec<TableSeed>,
    pub keys: Vec<KeySeed>,
    /// Whether the tables are made in a session of another time zone.
    pub zone: bool,
    pub rounds: Vec<RoundSeed>,
    /// Whether the rows go in the end, and all is allowed.
    pub sweep: bool,
}

#[derive(Debug, Clone)]
pub struct TableSeed {
    pub course: Course,
    pub columns: Vec<ColumnSeed>,
    pub primary_key: [Vec<usize>; 2],
    pub auto_increment: bool,
    pub indexes: Vec<IndexSeed>,
    pub checks: Vec<CheckSeed>,
    pub options: [usize; 2],
    pub attribute: Option<usize>,
    pub ranges: Option<[usize; 2]>,
    pub rows: Vec<Vec<usize>>,
}

#[derive(Debug, Clone)]
pub struct ColumnSeed {
    pub course: Course,
    pub kinds: [usize; 2],
    pub nullable: [bool; 2],
    pub defaults: [usize; 2],
    pub commented: [bool; 2],
    pub attribute: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct IndexSeed {
    pub course: Course,
    pub columns: [Vec<usize>; 2],
    pub unique: [bool; 2],
}

#[derive(Debug, Clone)]
pub struct CheckSeed {
    pub course: Course,
    pub column: usize,
}

#[derive(Debug, Clone)]
pub struct KeySeed {
    pub course: Course,
    pub child: usize,
    pub columns: Vec<usize>,
    pub parent: usize,
    /// The primary key, or a unique index.
    pub target: usize,
    pub actions: [usize; 2],
}

/// The consent of one round, and what else happens in it.
#[derive(Debug, Clone)]
pub struct RoundSeed {
    pub allow: u8,
    pub objects: Vec<(usize, u8)>,
    pub approved: Vec<usize>,
    pub small_tables: bool,
    pub removes_undeclared: bool,
    pub left_out: Vec<usize>,
}

pub fn scenario() -> impl Strategy<Value = ScenarioSeed> {
    (
        prop::collection::vec(table(), 1..4),
        prop::collection::vec(key(), 0..4),
        prop::bool::weighted(0.3),
        prop::collection::vec(round(), 1..4),
        any::<bool>(),
    )
        .prop_map(|(tables, keys, zone, rounds, sweep)| ScenarioSeed { tables, keys, zone, rounds, sweep })
}

fn course(changed: f64) -> impl Strategy<Value = Course> {
    let fate = prop_oneof![
        10 => Just(Fate::Kept),
        2 => Just(Fate::New),
        2 => Just(Fate::Absent),
        2 => Just(Fate::Undeclared),
        1 => Just(Fate::Renamed),
        1 => Just(Fate::Replaced),
    ];
    (fate, prop::bool::weighted(changed)).prop_map(|(fate, changed)| Course { fate, changed })
}

fn two<T: std::fmt::Debug>(strategy: impl Strategy<Value = T> + Clone) -> impl Strategy<Value = [T; 2]> {
    (strategy.clone(), strategy).prop_map(|(one, other)| [one, other])
}

fn table() -> impl Strategy<Value = TableSeed> {
    let columns = prop::collection::vec(0..6_usize, 1..3);
    let rows = prop::collection::vec(prop::collection::vec(0..13_usize, 7), 0..6);
    (
        (course(0.3), prop::collection::vec(column(), 1..5)),
        (two(prop_oneof![3 => Just(vec![0]), 1 => columns]), prop::bool::weighted(0.3)),
        prop::collection::vec(index(), 0..3),
        prop::collection::vec(check(), 0..2),
        two(0..6_usize),
        prop::option::weighted(0.15, 0..6_usize),
        prop::option::weighted(0.12, two(0..4_usize)),
        rows,
    )
        .prop_map(|((course, columns), key, indexes, checks, options, attribute, ranges, rows)| TableSeed {
            course,
            columns,
            primary_key: key.0,
            auto_increment: key.1,
            indexes,
            checks,
            options,
            attribute,
            ranges,
            rows,
        })
}

fn column() -> impl Strategy<Value = ColumnSeed> {
    let kinds = (0..KINDS.len(), 0..100_usize, prop::bool::weighted(0.15)).prop_map(|(kind, choice, any)| {
        let other = if any { choice % KINDS.len() } else { related(kind, choice) };
        [kind, other]
    });
    (
        course(0.5),
        kinds,
        two(prop::bool::weighted(0.6)),
        two(0..4_usize),
        two(prop::bool::weighted(0.3)),
        prop::option::weighted(0.15, 0..4_usize),
    )
        .prop_map(|(course, kinds, nullable, defaults, commented, attribute)| ColumnSeed {
            course,
            kinds,
            nullable,
            defaults,
            commented,
            attribute,
        })
}

fn index() -> impl Strategy<Value = IndexSeed> {
    let columns = prop::collection::vec(0..6_usize, 1..3);
    (course(0.4), two(columns), two(any::<bool>())).prop_map(|(course, columns, unique)| IndexSeed {
        course,
        columns,
        unique,
    })
}

fn check() -> impl Strategy<Value = CheckSeed> {
    (course(0.5), 0..6_usize).prop_map(|(course, column)| CheckSeed { course, column })
}

fn key() -> impl Strategy<Value = KeySeed> {
    let columns = prop::collection::vec(0..6_usize, 2);
    let target = prop_oneof![2 => Just(0_usize), 1 => 1..4_usize];
    (course(0.4), 0..3_usize, columns, 0..3_usize, target, two(0..4_usize)).prop_map(
        |(course, child, columns, parent, target, actions)| KeySeed { course, child, columns, parent, target, actions },
    )
}

fn round() -> impl Strategy<Value = RoundSeed> {
    let allow = prop_oneof![2 => Just(15_u8), 3 => 0..16_u8];
    (
        allow,
        prop::collection::vec((0..40_usize, 0..16_u8), 0..3),
        prop::collection::vec(0..8_usize, 0..3),
        any::<bool>(),
        any::<bool>(),
        prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(0..40_usize, 1..4)],
    )
        .prop_map(|(allow, objects, approved, small_tables, removes_undeclared, left_out)| RoundSeed {
            allow,
            objects,
            approved,
            small_tables,
            removes_undeclared,
            left_out,
        })
}
