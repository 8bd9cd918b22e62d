//! The questions about rows before a step.

use super::*;

fn questions(declared: &DeclaredSchema, live: &Schema) -> Vec<String> {
    let plan = plan(declared, live).unwrap();
    let asked = preflights(&plan.steps, live).into_iter().flat_map(|preflights| preflights.questions);
    asked.map(|question| question.rows).collect()
}

#[test]
fn a_step_that_no_row_can_hinder_asks_nothing() {
    let harmless = [
        declared(vec![typed("age", "int")], vec![declared_index("by_note", &["note"], IndexKind::Plain)]),
        declared(vec![typed("note", "varchar(40)")], vec![]),
        declared(vec![DeclaredColumn { comment: Some("x".into()), ..declared_column("email") }], vec![]),
        // A larger key than one that is unique already, and a column whose values are NULL.
        declared(vec![], vec![declared_index("wide", &["note", "email"], IndexKind::Unique)]),
        declared(vec![typed("token", "int")], vec![declared_index("by_token", &["token"], IndexKind::Unique)]),
    ];
    for declared in harmless {
        assert_eq!(questions(&declared, &live(MYSQL, vec![user()])), Vec::<String>::new(), "{declared:?}");
    }
}

#[test]
fn rows_are_looked_for_under_the_collation_to_come() {
    let note = DeclaredColumn { collation: Some("utf8mb4_bin".into()), ..declared_column("note") };
    let declared = declared(vec![note], vec![declared_index("by_note", &["note"], IndexKind::Unique)]);
    let asked = questions(&declared, &live(MYSQL, vec![user()]));
    assert_eq!(
        asked,
        ["SELECT CONVERT(`note` USING utf8mb4) COLLATE utf8mb4_bin, COUNT(*) AS number FROM `app`.`user` \
          WHERE CONVERT(`note` USING utf8mb4) COLLATE utf8mb4_bin IS NOT NULL \
          GROUP BY CONVERT(`note` USING utf8mb4) COLLATE utf8mb4_bin HAVING COUNT(*) > 1"]
    );
}

#[test]
fn rows_are_counted_within_bounds() {
    let declared = declared(vec![], vec![declared_index("by_note", &["note"], IndexKind::Unique)]);
    for (dialect, begin) in
        [(MYSQL, "SELECT /*+ MAX_EXECUTION_TIME(7000) */"), (MARIADB, "SET STATEMENT max_statement_time = 7 FOR")]
    {
        let live = live(dialect, vec![user()]);
        let plan = plan(&declared, &live).unwrap();
        let asked = preflights(&plan.steps, &live)[0].questions[0].count(100, 7, dialect);
        assert!(asked.starts_with(begin) && asked.contains("LIMIT 100"), "{asked}");
    }
}

#[test]
fn a_new_date_without_a_default_asks_for_rows() {
    use crate::plan::RowProblem;
    for (data_type, nullable, asks) in [
        ("date", false, true),
        ("datetime(3)", false, true),
        ("timestamp", false, true),
        ("date", true, false),
        ("time", false, false),
        ("int", false, false),
    ] {
        let schema = declared(vec![DeclaredColumn { nullable: Some(nullable), ..typed("at", data_type) }], vec![]);
        for dialect in [MYSQL, MARIADB] {
            let live = live(dialect, vec![user()]);
            let plan = plan(&schema, &live).unwrap();
            let asked = preflights(&plan.steps, &live);
            let found =
                asked.iter().flat_map(|asked| &asked.questions).any(|asked| asked.problem == RowProblem::ZeroDate);
            assert_eq!(found, asks, "{data_type} {nullable}");
        }
    }
}
