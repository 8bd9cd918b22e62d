//! Checks that a URL that was read is written so that it is read as the same, and that no message and no debug text
//! repeats the password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schema_operator::cli::DatabaseUrl;

const PASSWORD: &str = "hunter2";

fuzz_target!(|parts: (&str, &str, &str)| {
    let (before, after, location) = parts;
    if location.contains(PASSWORD) {
        return;
    }
    let url = format!("mysql://u:{before}{PASSWORD}{after}@{location}");
    let shown = match DatabaseUrl::parse(&url) {
        Err(error) => error.to_string(),
        Ok(parsed) => {
            let DatabaseUrl { address, user, password, database } = &parsed;
            let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let (user, password) = (encode(user.reveal()), encode(password.reveal()));
            let written = format!("mysql://{user}:{password}@{address}/{}", encode(database.as_str()));
            assert_eq!(DatabaseUrl::parse(&written).as_ref(), Ok(&parsed), "{url:?} is written {written:?}");
            format!("{parsed:?}")
        }
    };
    assert!(!shown.contains(PASSWORD), "{url:?}: {shown}");
});
