//! Tests that hold the source to ARCHITECTURE.md: which room may import which, and which files may import each other
//! in a circle. And each path that a text of the repository names has to be there, with each test of docs/safety.md and
//! docs/threat-model.md.

mod circles;
mod crates;
mod dependencies;
mod guarantees;
mod imports;
mod paths;
mod rooms;
mod tables;
mod texts;

use std::path::PathBuf;

use dependencies::{Dependency, Modules};
use paths::Tree;
use rooms::Rooms;

const ROOTS: [&str; 3] = ["src/lib.rs", "src/bin/schema-operator.rs", "src/bin/kubectl-schema.rs"];

#[test]
fn a_room_imports_only_what_its_row_allows() {
    let modules = Modules::read(&ROOTS, &read).unwrap();
    let rooms = Rooms::read(&architecture());
    let mut faults = rooms.faults(&modules.files());
    faults.extend(rooms.strays(&modules.files()));
    faults.extend(rooms.violations(&modules.dependencies()));
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_room_without_io_uses_only_the_crates_of_its_row() {
    let modules = Modules::read(&ROOTS, &read).unwrap();
    let rooms = crates::pure_rooms(&architecture());
    let known = crates::dependencies(&read("Cargo.toml").unwrap());
    let found = crates::violations(&rooms, &known, &modules.external_paths());
    assert!(!rooms.is_empty() && known.contains("sqlx"), "{rooms:?} {known:?}");
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn files_import_each_other_only_where_architecture_lists_them() {
    let modules = Modules::read(&ROOTS, &read).unwrap();
    let allowed = circles::allowed(&architecture());
    let faults = circles::faults(&circles::circles(&modules.dependencies()), &allowed);
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn each_path_that_a_text_names_is_there() {
    let missing = Tree::read(&root()).unwrap().missing_paths();
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

#[test]
fn each_link_of_a_document_leads_somewhere() {
    let broken = Tree::read(&root()).unwrap().broken_links();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn each_guarantee_names_a_test_that_is_there() {
    let tree = Tree::read(&root()).unwrap();
    let texts = guarantees::DOCUMENTS.map(|document| (document, read(document.path).unwrap()));
    let unproven = texts.iter().flat_map(|(document, text)| guarantees::unproven(*document, text, &tree));
    let unproven: Vec<String> = unproven.collect();
    assert!(unproven.is_empty(), "\n{}\n", unproven.join("\n"));
}

/// Returns the root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

fn architecture() -> String {
    read("ARCHITECTURE.md").unwrap()
}

/// Tests of the checks themselves, on sources that are made up.
mod made_up {
    use super::*;

    const TABLE: &str = "\
| room | what it holds | imports |
|---|---|---|
| `src/low` | values | |
| `src/high` | code | `low::Value` |
| `src/high/left` | | |
| `src/high/right` | | `high/left` |
";

    /// Returns the dependencies among files that are made up.
    fn dependencies(files: &[(&str, &str)]) -> Vec<Dependency> {
        let read = |path: &str| files.iter().find(|(file, _)| *file == path).map(|(_, text)| (*text).to_owned());
        Modules::read(&["src/lib.rs"], &read).unwrap().dependencies().into_iter().collect()
    }

    fn violations(files: &[(&str, &str)]) -> Vec<String> {
        Rooms::read(TABLE).violations(&dependencies(files))
    }

    #[test]
    fn an_import_that_no_row_allows_is_named_with_its_line_and_row() {
        let found = violations(&[
            ("src/lib.rs", "mod high; mod low;"),
            ("src/low/mod.rs", "\nuse crate::high::{\n  left::{Left},\n};\npub struct Value;"),
            ("src/high/mod.rs", "pub mod left;"),
            ("src/high/left/mod.rs", "pub struct Left;"),
        ]);
        let expected =
            "src/low/mod.rs:3 imports Left of src/high/left/mod.rs; src/low may import nothing (ARCHITECTURE.md:3)";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn an_import_is_found_in_whatever_form_it_is_written() {
        for form in [
            "use crate::low::Other;",
            "use crate::low::{Value, Other as Alias};",
            "pub use super::super::low::Other;",
            "use crate::low; fn f(_: low::Other) {}",
            "use crate::low::*; fn f() { Other::new() }",
            "fn f() { use crate::low::Other; }",
            "fn f() -> crate::low::Other { loop {} }",
            "fn f() { println!(\"{}\", crate::low::Other::new()) }",
            "#[serde(with = \"crate::low::Other\")] struct S;",
            "impl crate::low::Other for S {}",
        ] {
            let found = violations(&[
                ("src/lib.rs", "mod high; mod low;"),
                ("src/low/mod.rs", "mod file; pub use file::Other; pub struct Value;"),
                ("src/low/file.rs", "pub struct Other;"),
                ("src/high/mod.rs", "mod left;"),
                ("src/high/left/mod.rs", form),
            ]);
            assert!(found.iter().any(|line| line.contains("imports Other of src/low/file.rs")), "{form}: {found:?}");
        }
    }

    #[test]
    fn a_row_may_allow_a_single_item() {
        let files = [
            ("src/lib.rs", "mod high; mod low;"),
            ("src/low/mod.rs", "pub struct Value;"),
            ("src/high/mod.rs", "use crate::low::Value;"),
        ];
        assert_eq!(violations(&files), [""; 0]);
    }

    #[test]
    fn rooms_inside_of_a_room_have_rows_too() {
        let found = violations(&[
            ("src/lib.rs", "mod high;"),
            ("src/high/mod.rs", "mod left; mod right;"),
            ("src/high/left/mod.rs", "use super::right::Right; pub struct Left;"),
            ("src/high/right/mod.rs", "use super::left::Left; pub struct Right;"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("src/high/left/mod.rs:1 imports Right of src/high/right/mod.rs"), "{found:?}");
    }

    #[test]
    fn tests_may_import_anything() {
        let files = [
            ("src/lib.rs", "mod high; mod low;"),
            ("src/low/mod.rs", "#[cfg(test)] mod tests { use crate::high::High; } #[cfg(test)] mod more;"),
            ("src/high/mod.rs", "pub struct High;"),
        ];
        assert_eq!(violations(&files), [""; 0]);
    }

    #[test]
    fn a_table_whose_rooms_import_what_is_below_them_is_refused() {
        let table = "| room | imports |\n|---|---|\n| `src/a` | `b` |\n| `src/b` | |\n";
        let files = ["src/a/mod.rs", "src/b/mod.rs", "src/c.rs"].map(str::to_owned).into();
        let rooms = Rooms::read(table);
        assert_eq!(rooms.faults(&files), ["ARCHITECTURE.md:3: src/a may import b, which no row above it describes"]);
        assert_eq!(rooms.strays(&files), ["src/c.rs is in no room"]);
    }

    #[test]
    fn a_crate_that_a_room_without_io_may_not_use_is_named() {
        let read = |path: &str| match path {
            "src/lib.rs" => Some("mod low; mod high;".to_owned()),
            "src/low.rs" => Some("fn f() { tokio::spawn(x) }".to_owned()),
            "src/high/mod.rs" => {
                Some("use std::fmt;\nuse hex::encode;\nuse std::net::IpAddr;\nuse sqlx as db;".to_owned())
            }
            _ => None,
        };
        let paths = Modules::read(&["src/lib.rs"], &read).unwrap().external_paths();
        let rooms = crates::pure_rooms("| room without I/O | crates |\n|---|---|\n| `src/high` | `hex` |\n");
        let known =
            crates::dependencies("[dependencies]\nhex = \"0\"\nsqlx = { version = \"0\" }\n\n[dev-dependencies]\n");
        let expected = [
            "src/high/mod.rs:3 uses std::net::IpAddr, which src/high may not (ARCHITECTURE.md:3)",
            "src/high/mod.rs:4 uses sqlx, which src/high may not (ARCHITECTURE.md:3)",
        ];
        assert_eq!(crates::violations(&rooms, &known, &paths), expected);
    }

    #[test]
    fn files_that_import_each_other_are_named_with_what_ties_them() {
        let dependencies = dependencies(&[
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "use crate::b::B; pub struct A;"),
            ("src/b/mod.rs", "mod inner; pub use inner::B;"),
            ("src/b/inner.rs", "pub struct B(crate::c::C);"),
            ("src/c.rs", "use crate::a::A; pub struct C;"),
        ]);
        let [circle] = &circles::circles(&dependencies)[..] else { panic!("{dependencies:?}") };
        let expected = "\
3 files import each other:
  src/a.rs -> src/b/inner.rs: B
  src/b/inner.rs -> src/c.rs: C
  src/c.rs -> src/a.rs: A";
        assert_eq!(circle.text(), expected);
    }

    #[test]
    fn the_list_of_circles_holds_each_circle_and_no_other() {
        let dependencies = dependencies(&[
            ("src/lib.rs", "mod a; mod b;"),
            ("src/a.rs", "use crate::b::B; pub struct A;"),
            ("src/b.rs", "use crate::a::A; pub struct B;"),
        ]);
        let circles = circles::circles(&dependencies);
        let allowed = circles::allowed("| circle | why |\n|---|---|\n| `src/a.rs`, `src/b.rs` | small |\n");
        let other = circles::allowed("| circle | why |\n|---|---|\n| `src/a.rs`, `src/c.rs` | small |\n");
        assert_eq!(circles::faults(&circles, &allowed), [""; 0]);
        assert_eq!(circles::faults(&circles, &[]).len(), 1);
        assert_eq!(circles::faults(&[], &other), ["ARCHITECTURE.md:3 lists a circle that is not there"]);
    }

    #[test]
    fn a_file_that_hands_on_the_names_of_its_folder_is_in_no_circle() {
        let dependencies = dependencies(&[
            ("src/lib.rs", "mod a;"),
            ("src/a/mod.rs", "mod child; pub use child::Child; pub struct A;"),
            ("src/a/child.rs", "use super::A; pub struct Child;"),
        ]);
        assert_eq!(circles::circles(&dependencies), []);
    }

    #[test]
    fn a_path_that_is_not_there_is_named_with_its_line() {
        let tree = Tree::of(&[
            (
                "src/plan/order/mod.rs",
                "//! See `src/plan/order.rs`.\nfn f() { g(\"src/no.rs\") } // pace.rs, not `peace.rs`\n",
            ),
            ("src/plan/order/pace.rs", ""),
            (
                "docs/a.md",
                "`src/plan/order/{mod,pace,race}.rs`, src/plan/*/pace.rs,\nsrc/plan/order/pace.rs/ and ./docs/a.md.",
            ),
        ]);
        let expected = [
            "docs/a.md:1 names src/plan/order/race.rs, which is not there",
            "docs/a.md:2 names src/plan/order/pace.rs/, which is not there",
            "src/plan/order/mod.rs:1 names src/plan/order.rs, which is not there",
            "src/plan/order/mod.rs:2 names peace.rs, which is not there",
        ];
        assert_eq!(tree.missing_paths(), expected);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_named_with_its_line() {
        let tree = Tree::of(&[
            (
                "README.md",
                "# A `b`: c\n[x](docs/a.md#one-more), [y](#a-b-c)\n[z](docs/b.md) [w](#d) [u](https://a.b/c.md)",
            ),
            ("docs/a.md", "## One more\n[up](../README.md), [gone](a.md#two)\n```\n[code](no.md)\n```\n"),
        ]);
        let expected = [
            "README.md:3 links to docs/b.md, which is not there",
            "README.md:3 links to #d, which is not there",
            "docs/a.md:2 links to a.md#two, which is not there",
        ];
        assert_eq!(tree.broken_links(), expected);
    }

    #[test]
    fn a_guarantee_without_its_test_is_named_with_its_line() {
        let tree = Tree::of(&[("tests/it/during/locks.rs", "fn one() {}"), ("tests/it/cost.rs", "")]);
        let document = "\
| guarantee | shown by |
|---|---|
| a | `cost`, `during/locks`: `one`, `tests/it/during` |
| b | `during/two`, `three` |
| c | a promise |
";
        let expected = [
            "docs/safety.md:4 names the test during/two, which is not there",
            "docs/safety.md:4 names the test three, which is not there",
            "docs/safety.md:5 names no test",
        ];
        assert_eq!(guarantees::unproven(guarantees::DOCUMENTS[0], document, &tree), expected);
    }
}
