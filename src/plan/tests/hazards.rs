//! What may go wrong with a change: a risk always comes with a sentence, and the sentence with a cause.

use super::*;
use crate::plan::assess::{Hazards, hazards};
use crate::schema::{Check, ForeignKey, ReferentialAction, StorageOption};

fn modified(from: &str, to: &str) -> Change {
    let (from, to) = (Box::new(column("c", from)), Box::new(column("c", to)));
    Change::ModifyColumn { from, to, position: None }
}

fn altered(alter: impl Fn(&mut Column)) -> Change {
    let from = Box::new(column("c", "varchar(20)"));
    let mut to = from.clone();
    alter(&mut to);
    Change::ModifyColumn { from, to, position: None }
}

fn fulltext(name: &str) -> Index {
    index(name, &["note"], IndexKind::Fulltext { parser: None })
}

fn check() -> Check {
    Check { name: name("positive"), expression: Expression::new("id > 0").unwrap(), enforced: true }
}

fn key() -> ForeignKey {
    ForeignKey {
        name: name("of_team"),
        columns: vec![name("team")],
        referenced_database: None,
        referenced_table: name("team"),
        referenced_columns: vec![name("id")],
        on_delete: ReferentialAction::Restrict,
        on_update: ReferentialAction::Restrict,
    }
}

/// A change, its risks apart from Blocking, and words of its sentences.
type Case = (Change, &'static [Risk], &'static [&'static str]);

fn cases() -> Vec<Case> {
    use Risk::{Breaking, Destructive};
    const BOTH: &[Risk] = &[Breaking, Destructive];
    let plain = || index("i", &["note"], IndexKind::Plain);
    let unique = || index("i", &["note"], IndexKind::Unique);
    let not_null = |column| Column { nullable: false, ..column };
    vec![
        (Change::DropIndex(plain()), &[], &[]),
        (Change::DropIndex(unique()), &[Destructive], &["unique index i"]),
        (Change::DropIndex(fulltext("f")), &[Breaking], &["MATCH", "index f", "1191"]),
        (Change::ReplaceIndex { from: fulltext("f"), to: plain() }, &[Breaking], &["1191"]),
        (
            Change::ReplaceIndex {
                from: fulltext("f"),
                to: Index { parts: parts(&["note", "email"]), ..fulltext("f") },
            },
            &[Breaking],
            &["1191"],
        ),
        (Change::ReplaceIndex { from: fulltext("f"), to: Index { comment: "x".into(), ..fulltext("f") } }, &[], &[]),
        (Change::ReplaceIndex { from: plain(), to: Index { visible: false, ..plain() } }, &[Breaking], &["1176"]),
        (Change::ReplaceIndex { from: unique(), to: plain() }, &[Destructive], &["unique index i"]),
        (Change::SetIndexVisible { index: name("i"), visible: false }, &[Breaking], &["index i", "1176"]),
        (Change::SetIndexVisible { index: name("i"), visible: true }, &[], &[]),
        (Change::SetColumnVisible { column: name("note"), visible: false }, &[Breaking], &["SELECT *", "note"]),
        (modified("enum('a','b')", "enum('b','a')"), &[Breaking], &["column c", "numbers", "ORDER BY"]),
        (modified("enum('a','b')", "enum('a','x','b')"), &[Breaking], &["numbers"]),
        (modified("enum('a','b')", "enum('a','b','c')"), &[], &[]),
        (modified("set('a','b')", "set('b','a')"), &[Breaking], &["numbers"]),
        (modified("enum('a','b','c')", "enum('b','c')"), BOTH, &["does not hold", "numbers"]),
        (modified("enum('a','b')", "enum('a')"), BOTH, &["does not hold"]),
        (modified("timestamp", "datetime"), BOTH, &["UTC", "another time zone"]),
        (modified("datetime(3)", "timestamp(3)"), BOTH, &["UTC"]),
        (modified("timestamp", "varchar(30)"), BOTH, &["UTC"]),
        (modified("datetime", "datetime(3)"), &[], &[]),
        (modified("int", "varchar(20)"), BOTH, &["converts"]),
        (altered(|column| column.nullable = false), &[Breaking], &["1364", "1048"]),
        (altered(|column| column.visible = false), &[Breaking], &["SELECT *"]),
        (altered(|column| column.collation = Some("utf8mb4_bin".into())), &[Breaking], &["equal"]),
        (altered(|column| column.charset = Some("latin1".into())), &[Destructive], &["latin1 lacks"]),
        (altered(|column| column.comment = "x".into()), &[], &[]),
        (
            Change::AddColumn { column: Box::new(not_null(column("c", "int"))), position: None },
            &[Breaking],
            &["column c", "1364"],
        ),
        (Change::RenameTable { to: name("person") }, &[Breaking], &["1146"]),
        (Change::RenameColumn { from: name("a"), to: name("b") }, &[Breaking], &["column a", "1054"]),
        (Change::DropTable(Box::new(user())), BOTH, &["table user", "gone"]),
        (Change::DropColumn(Box::new(column("note", "int"))), BOTH, &["column note", "gone"]),
        (Change::DropForeignKey(key()), &[Destructive], &["of_team", "team"]),
        (Change::DropCheck(check()), &[Destructive], &["positive"]),
        (Change::SetCheckEnforced { check: name("positive"), enforced: false }, &[Destructive], &["positive"]),
        (Change::SetCheckEnforced { check: name("positive"), enforced: true }, &[], &[]),
        (Change::SetEngine { from: "InnoDB".into(), to: "MyISAM".into() }, &[Breaking], &["MyISAM", "InnoDB"]),
        (Change::SetEngine { from: "InnoDB".into(), to: "memory".into() }, BOTH, &["restart"]),
        (Change::SetEngine { from: "InnoDB".into(), to: "BLACKHOLE".into() }, BOTH, &["restart"]),
        (
            Change::SetStorage {
                from: StorageOption::Encryption(Some(true)),
                to: StorageOption::Encryption(Some(false)),
            },
            &[Destructive],
            &["encrypted"],
        ),
    ]
}

#[test]
fn each_cause_of_a_risk_is_a_sentence() {
    for (change, risks, words) in cases() {
        let Hazards { risks: found, sentences } = hazards(&change, Cost::none(), MYSQL);
        assert_eq!(found, risks.iter().copied().collect(), "{change:?}");
        let text = sentences.join("; ");
        for word in words {
            assert!(text.contains(word), "{word} in: {text}");
        }
        assert_eq!(text.is_empty(), risks.is_empty(), "{change:?}: {text}");
    }
}

#[test]
fn a_step_says_what_may_go_wrong_with_each_of_its_changes() {
    let mut schema = declared(vec![DeclaredColumn { nullable: Some(false), ..typed("age", "int") }], vec![]);
    schema.tables[0].absent.columns.push(name("note"));
    let plan = plan(&schema, &live(MYSQL, vec![user()])).unwrap();
    let said: Vec<&String> = plan.steps.iter().flat_map(|step| &step.hazards).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said.iter().any(|text| text.contains("column age")) && said.iter().any(|text| text.contains("column note"))
    );
}
