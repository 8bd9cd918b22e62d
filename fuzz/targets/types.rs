//! Checks that a type that was read is written so that it is read as the same, and that its canonical form is canonical.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::schema::{DataType, Dialect, Flavor};

fuzz_target!(|text: &str| {
    let Ok(data_type) = DataType::parse(text) else { return };
    let written = data_type.render();
    assert_eq!(DataType::parse(&written).as_ref(), Ok(&data_type), "{text:?} is written {written:?}");
    for dialect in [
        Dialect { flavor: Flavor::MySql, version: (9, 7, 4), clustered: false },
        Dialect { flavor: Flavor::MariaDb, version: (10, 11, 0), clustered: false },
    ] {
        let canonical = data_type.canonical(dialect);
        assert_eq!(canonical.canonical(dialect), canonical, "{text:?}");
        let _ = data_type.unsupported_by(dialect);
    }
});
