//! What the rows of each tool's table mean for a declared chain.

use super::queries::Outcome;
use super::reading::{Found, SeenLock};
use super::rows::RevisionRow;
use super::{DeclaredChain, RevisionReading, RevisionState, Stamp};
use crate::api::{DatabaseSchemaSpec, Reason};

/// Reads the chain of a spec that declares this revision.
fn chain(revision: &str, table: &str) -> Result<DeclaredChain, String> {
    let text = format!(
        "revision: '{revision}'\ndatabase: shop\nconnection: {{secretRef: {{name: s}}}}\ntables: []\nrevisionTable: {table}\n"
    );
    let spec: DatabaseSchemaSpec = serde_saphyr::from_str(&text).unwrap();
    let read = DeclaredChain::read(&spec);
    read.map(Option::unwrap).map_err(|refusals| refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// Makes rows of words such as `1`, `2 failed`.
fn rows(words: &[&str]) -> Found {
    let row = |word: &&str| {
        let (revision, outcome) = word.split_once(' ').unwrap_or((word, "applied"));
        RevisionRow { revision: revision.to_owned(), outcome: Outcome::of_word(outcome).unwrap() }
    };
    Found::Rows(words.iter().map(row).collect())
}

/// What follows from rows: the reason that stops a plan, and one that is in sync, the reason that Ready has, what is live.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    with_steps: Option<Reason>,
    in_sync: Option<Reason>,
    ready: Option<Reason>,
    live: Vec<String>,
}

fn verdict(chain: &DeclaredChain, found: Found, lock: Option<SeenLock>) -> Verdict {
    let state = RevisionState::of(chain, &RevisionReading::of(found, lock));
    let stops = |has_steps| state.blocking(has_steps).map(|finding| finding.reason);
    let remark = state.remark().filter(|finding| finding.is_reason_of_ready());
    Verdict {
        with_steps: stops(true),
        in_sync: stops(false),
        ready: remark.map(|finding| finding.reason),
        live: state.live.clone(),
    }
}

const ALEMBIC: &str = "{alembic: {chain: [a, b, c, d]}}";

#[test]
fn each_state_of_a_tool_has_its_reason() {
    let blocks = |reason| (Some(reason), Some(reason), None);
    let holds = |reason| (Some(reason), None, None);
    let informs = |reason| (None, None, Some(reason));
    let fine = (None, None, None);
    let flyway = "{flyway: {chain: ['1', '1.1', '2', '10']}}";
    let liquibase = "{liquibase: {chain: [f::1::x, f::2::x]}}";
    let rails = "{rails: {chain: ['001', '2', '3']}}";
    let django = "{django: {chain: [auth.0001_initial, shop.0001_initial, shop.0002_more]}}";
    let golang = "{golangMigrate: {chain: ['000001', '000002']}}";
    let prisma = "{prisma: {chain: [1_init, 2_more]}}";
    let cases: [(&str, &str, &[&str], _, &[&str]); 42] = [
        (ALEMBIC, "d", &["d"], fine, &["d"]),
        (ALEMBIC, "r1", &["d"], fine, &["d"]),
        (ALEMBIC, "d", &[], informs(Reason::RevisionBehind), &[]),
        (ALEMBIC, "d", &["b"], informs(Reason::RevisionBehind), &["b"]),
        (ALEMBIC, "b", &["b"], fine, &["b"]),
        (ALEMBIC, "b", &["d"], holds(Reason::RevisionAhead), &["d"]),
        (ALEMBIC, "d", &["x"], blocks(Reason::RevisionUnknown), &["x"]),
        (ALEMBIC, "d", &["D"], blocks(Reason::RevisionUnknown), &["D"]),
        (ALEMBIC, "d", &["c", "d"], blocks(Reason::RevisionHeads), &["c", "d"]),
        (ALEMBIC, "d", &["x", "d"], blocks(Reason::RevisionHeads), &["x", "d"]),
        (flyway, "r", &["1", "1.1", "2", "10"], fine, &["10"]),
        (flyway, "r", &["1", "1.1.0", "2", "10"], fine, &["10"]),
        (flyway, "r", &["1", "1.1"], informs(Reason::RevisionBehind), &["1.1"]),
        (flyway, "r", &["1", "2", "10"], informs(Reason::RevisionBehind), &["10"]),
        (flyway, "r", &["1", "1.1", "2 failed"], blocks(Reason::RevisionFailed), &["1.1"]),
        (flyway, "r", &["1", "1.1", "2", "10", "R__view.sql failed"], blocks(Reason::RevisionFailed), &["10"]),
        (flyway, "r", &["2 baseline", "10"], fine, &["10"]),
        (flyway, "r", &["1.5 baseline", "2"], informs(Reason::RevisionBehind), &["2"]),
        (flyway, "r", &["0 baseline", "1"], informs(Reason::RevisionBehind), &["1"]),
        (flyway, "r", &["11 baseline"], blocks(Reason::RevisionUnknown), &["10", "11"]),
        (flyway, "r", &["1", "1.1", "2", "10", "10 undone"], informs(Reason::RevisionBehind), &["2"]),
        (flyway, "r", &["1", "1.1", "2", "10", "11", "11.0 undone"], fine, &["10"]),
        (flyway, "r", &["1", "1.1", "2", "10", "11"], blocks(Reason::RevisionUnknown), &["10", "11"]),
        (flyway, "2", &["1", "1.1", "2", "10"], holds(Reason::RevisionAhead), &["10"]),
        (liquibase, "r", &["f::1::x", "f::2::x"], fine, &["f::2::x"]),
        (liquibase, "r", &["f::1::x", "f::2::x failed"], blocks(Reason::RevisionFailed), &["f::1::x"]),
        (liquibase, "r", &["f::1::x", "f::2::y"], blocks(Reason::RevisionUnknown), &["f::1::x", "f::2::y"]),
        (rails, "r", &["1", "2", "3"], fine, &["3"]),
        (rails, "r", &["1", "3"], informs(Reason::RevisionBehind), &["3"]),
        (rails, "2", &["1", "2", "3"], holds(Reason::RevisionAhead), &["3"]),
        (rails, "r", &["1", "2", "3", "4"], blocks(Reason::RevisionUnknown), &["3", "4"]),
        (
            django,
            "r",
            &["auth.0001_initial", "shop.0001_initial", "shop.0002_more"],
            fine,
            &["auth.0001_initial", "shop.0002_more"],
        ),
        (django, "r", &["shop.0001_initial"], informs(Reason::RevisionBehind), &["shop.0001_initial"]),
        (django, "r", &["shop.0003_x"], blocks(Reason::RevisionUnknown), &["shop.0003_x"]),
        (golang, "r", &["2"], fine, &["2"]),
        (golang, "r", &["1"], informs(Reason::RevisionBehind), &["1"]),
        (golang, "r", &["2 dirty"], blocks(Reason::RevisionDirty), &["2"]),
        (golang, "r", &["3 dirty"], blocks(Reason::RevisionDirty), &["3"]),
        (golang, "r", &["3"], blocks(Reason::RevisionUnknown), &["3"]),
        (prisma, "r", &["1_init", "2_more"], fine, &["2_more"]),
        (prisma, "r", &["1_init", "2_more failed"], blocks(Reason::RevisionFailed), &["1_init"]),
        (prisma, "r", &["1_init", "2_more undone", "2_more"], fine, &["2_more"]),
    ];
    for (table, revision, words, (with_steps, in_sync, ready), live) in cases {
        let chain = chain(revision, table).unwrap();
        let live = live.iter().map(|revision| (*revision).to_owned()).collect();
        let expected = Verdict { with_steps, in_sync, ready, live };
        assert_eq!(verdict(&chain, rows(words), None), expected, "{table} at {words:?}, declared {revision}");
    }
}

#[test]
fn what_can_not_be_read_is_no_revision() {
    let chain = chain("d", ALEMBIC).unwrap();
    for (found, stops, ready) in [
        (Found::Missing, None, Some(Reason::RevisionTableMissing)),
        (Found::Hidden, Some(Reason::MissingPrivilege), None),
        (Found::Unreadable, Some(Reason::MissingPrivilege), None),
        (Found::Foreign, Some(Reason::RevisionTableUnreadable), None),
        (Found::TooMany, Some(Reason::RevisionTableUnreadable), None),
    ] {
        let expected = Verdict { with_steps: stops, in_sync: stops, ready, live: Vec::new() };
        assert_eq!(verdict(&chain, found.clone(), None), expected, "{found:?}");
    }
}

/// golang-migrate is dirty while it runs, and Prisma's rows have no end.
#[test]
fn a_tool_at_work_is_waited_for() {
    let golang = chain("r", "{golangMigrate: {chain: ['1', '2']}}").unwrap();
    let lock = || Some(SeenLock::Connection(7));
    let locked = Some(Reason::RevisionLocked);
    for (words, with_steps, in_sync) in [
        (&["2"][..], locked, None),
        (&["1"], locked, None),
        (&["2 dirty"], locked, locked),
        (&["3"], Some(Reason::RevisionUnknown), Some(Reason::RevisionUnknown)),
    ] {
        let Verdict { with_steps: found, in_sync: found_in_sync, .. } = verdict(&golang, rows(words), lock());
        assert_eq!((found, found_in_sync), (with_steps, in_sync), "{words:?}");
    }
    let liquibase = chain("r", "{liquibase: {chain: [f::1::x]}}").unwrap();
    let by = SeenLock::Process { by: "web-1 (10.0.0.7)".to_owned(), since: "2026-01-02 03:04:05".to_owned() };
    let state = RevisionState::of(&liquibase, &RevisionReading::of(rows(&["f::1::x"]), Some(by)));
    let message = &state.blocking(true).unwrap().message;
    assert!(
        message.contains("web-1 (10.0.0.7) holds Liquibase's lock in DATABASECHANGELOGLOCK since 2026-"),
        "{message}"
    );
}

#[test]
fn a_chain_names_each_revision_once() {
    for (table, word) in [
        ("{alembic: {chain: [a, b, a]}}", "spec.revisionTable.alembic.chain[2]"),
        ("{flyway: {chain: ['1', '1.0']}}", "spec.revisionTable.flyway.chain[1]"),
        ("{rails: {chain: ['01', '1']}}", "spec.revisionTable.rails.chain[1]"),
        ("{golangMigrate: {chain: ['1'], table: 'a '}}", "spec.revisionTable.golangMigrate.table"),
        ("{liquibase: {chain: [f::1::x], lockTable: ''}}", "spec.revisionTable.liquibase.lockTable"),
        ("{alembic: {chain: []}}", "spec.revisionTable.alembic.chain"),
    ] {
        let refused = chain("r", table).unwrap_err();
        assert!(refused.contains(word), "{table}: {refused}");
    }
}

#[test]
fn only_named_migrations_are_skipped() {
    let table = |only: &str| format!("{{alembic: {{chain: [a, b, c, d], stamp: {{schemaOnly: [{only}]}}}}}}");
    let conflict = Some(Reason::RevisionConflict);
    for (only, declared, found, stops, statement) in [
        (
            "c, d",
            "d",
            rows(&["b"]),
            None,
            Some("UPDATE `alembic_version` SET version_num = 'd' WHERE version_num = 'b' AND"),
        ),
        (
            "c, d",
            "c",
            rows(&["b"]),
            None,
            Some("UPDATE `alembic_version` SET version_num = 'c' WHERE version_num = 'b' AND"),
        ),
        (
            "a, b, c, d",
            "d",
            rows(&[]),
            None,
            Some("INSERT INTO `alembic_version` (version_num) SELECT 'd' FROM DUAL WHERE"),
        ),
        ("a, b, c, d", "d", Found::Missing, None, Some("INSERT INTO")),
        ("c", "d", rows(&["b"]), conflict, None),
        ("", "d", rows(&["c"]), conflict, None),
        ("b, c, d", "d", Found::Missing, conflict, None),
        ("", "d", rows(&["d"]), None, None),
        ("a, b, c, d", "b", rows(&["d"]), Some(Reason::RevisionAhead), None),
        ("a, b, c, d", "d", rows(&["x"]), Some(Reason::RevisionUnknown), None),
        ("a, b, c, d", "d", rows(&["a", "b"]), Some(Reason::RevisionHeads), None),
        ("a, b, c, d", "d", Found::Foreign, Some(Reason::RevisionTableUnreadable), None),
    ] {
        let chain = chain(declared, &table(only)).unwrap();
        let state = RevisionState::of(&chain, &RevisionReading::of(found.clone(), None));
        assert_eq!(state.blocking(true).map(|finding| finding.reason), stops, "{only} {found:?}");
        let written = state.stamp().map(Stamp::statement);
        let is_written = written.as_deref().zip(statement).is_some_and(|(sql, begin)| sql.starts_with(begin));
        assert!(is_written || written.is_none() && statement.is_none(), "{only} {found:?}: {written:?}");
    }
    let contract = chain("d", &format!("{}\nmode: Require", table(""))).unwrap();
    let state = RevisionState::of(&contract, &RevisionReading::of(rows(&["b"]), None));
    assert_eq!((state.blocking(false), state.stamp()), (None, None), "a contract writes nothing");
    let refused = chain("d", &table("a, x")).unwrap_err();
    assert!(refused.contains("spec.revisionTable.alembic.stamp.schemaOnly[1]"), "{refused}");
}

#[test]
fn messages_fit_a_condition_and_say_what_to_do() {
    let alembic = chain("d1f2e3c4b5a6", "{alembic: {chain: [6793349c088c, 366e5694a9ad, d1f2e3c4b5a6]}}").unwrap();
    let prisma = chain("r", "{prisma: {chain: [20260101000000_init, 20260102000000_more_of_it]}}").unwrap();
    for (chain, found) in [
        (&alembic, rows(&["6793349c088c"])),
        (&alembic, rows(&["000000000000"])),
        (&alembic, rows(&["6793349c088c", "366e5694a9ad", "d1f2e3c4b5a6", "000000000000"])),
        (&alembic, Found::Missing),
        (&alembic, Found::Foreign),
        (&alembic, Found::Hidden),
        (&alembic, Found::TooMany),
        (&prisma, rows(&["20260101000000_init", "20260102000000_more_of_it failed"])),
        (&prisma, rows(&[])),
        (&prisma, Found::Foreign),
    ] {
        let state = RevisionState::of(chain, &RevisionReading::of(found, None));
        let message = &state.remark().unwrap().message;
        assert!(message.len() <= 300, "{} {message}", message.len());
    }
}
