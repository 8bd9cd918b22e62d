//! Checks that a key part that was read is written so that it is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::schema::KeyPart;

fuzz_target!(|text: &str| {
    let Ok(part) = KeyPart::parse(text) else { return };
    let written = part.render();
    let again = KeyPart::parse(&written).unwrap_or_else(|error| panic!("{text:?} is written {written:?}: {error}"));
    assert!(part.same_as(&again), "{text:?} is written {written:?}");
});
