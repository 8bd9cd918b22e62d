//! What a tenant writes to reach others: in Secrets, specs, queries and texts.

use crate::support::World;

/// What a terminal obeys: it erases a line, and writes from right to left.
const OBEYED: &str = r"\u001b[2K\r\u202edrop";

/// The most parentheses that fit into declared statements.
const PARENTHESES: usize = 260_000;

/// A resource that attacks, and the reason that it gets.
pub struct Attack {
    pub name: &'static str,
    pub reason: &'static str,
    /// What the Secret has beside the login.
    pub secret: Vec<(&'static str, &'static str)>,
    /// The keys of the Secret that the resource uses.
    pub keys: &'static str,
    pub spec: String,
}

impl Attack {
    /// An attack by the spec alone.
    fn by_spec(name: &'static str, reason: &'static str, spec: String) -> Self {
        Self { name, reason, secret: Vec::new(), keys: "{}", spec }
    }

    fn by_query(name: &'static str, reason: &'static str, query: &str) -> Self {
        let verify = format!("verify: [{{name: q, query: {}}}]\n", serde_json::Value::from(query));
        Self::by_spec(name, reason, format!("{}{verify}", table("")))
    }

    fn by_secret(name: &'static str, reason: &'static str, secret: (&'static str, &'static str)) -> Self {
        Self { secret: vec![secret], ..Self::by_spec(name, reason, table("")) }
    }

    /// Applies the Secret and the resource.
    pub fn apply(&self, world: &World) {
        let Self { name, reason: _, secret, keys, spec } = self;
        world.apply(&world.secret(name, secret)).unwrap();
        let reference = format!("name: {name}, keys: {keys}}}");
        world.apply(&world.schema_named(name, spec).replace("name: db}", &reference)).unwrap();
    }
}

/// Declares a table whose column has further attributes.
fn table(attributes: &str) -> String {
    let name = if attributes.is_empty() { "t" } else { "attributes" };
    format!("tables:\n- name: {name}\n  columns:\n  - {{name: id, type: int{attributes}}}\n")
}

/// Declares as many tables as a resource may have, with 15 columns each: some 1 MB.
fn large_spec() -> String {
    let column = |at| format!("{{name: column_{at}, type: varchar(255), nullable: true, default: {{value: x}}}}");
    let columns = (0..15).map(column).collect::<Vec<_>>().join(", ");
    let tables: String = (0..500).map(|at| format!("- {{name: t{at}, columns: [{columns}]}}\n")).collect();
    format!("mode: Plan\ntables:\n{tables}")
}

fn nested_ddl() -> String {
    let nested = format!("{}1{}", "(".repeat(PARENTHESES), ")".repeat(PARENTHESES));
    format!("ddl: {{inline: 'CREATE TABLE t (id int DEFAULT {nested})'}}\n")
}

/// Creates the functions that the queries call.
pub async fn create_functions(world: &World) {
    for (name, body) in [("sleeps", "SLEEP(1000)"), ("takes_a_lock", "GET_LOCK('schema_operator', 1000)")] {
        let function = format!("CREATE FUNCTION {name}() RETURNS int DETERMINISTIC NO SQL RETURN {body}");
        world.sql(&function).await;
    }
}

pub fn all() -> Vec<Attack> {
    let key = Attack::by_secret("key-of-another", "SecretInvalid", ("api-key", "hunter2"));
    vec![
        Attack { keys: "{host: api-key}", ..key },
        Attack::by_secret("metadata", "HostNotAllowed", ("host", "169.254.169.254")),
        Attack::by_secret("metadata-mapped", "HostNotAllowed", ("host", "::ffff:a9fe:a9fe")),
        Attack::by_query("sleep", "InvalidSpec", "SELECT SLEEP(1000)"),
        Attack::by_query("lock", "InvalidSpec", "SELECT GET_LOCK('schema_operator', 1000)"),
        Attack::by_query("lock-of-rows", "InvalidSpec", "SELECT id FROM t FOR UPDATE"),
        Attack::by_query("sleep-in-a-function", "VerifyFailed", "SELECT sleeps()"),
        Attack::by_query("lock-in-a-function", "InSync", "SELECT takes_a_lock()"),
        Attack::by_query("error-that-a-terminal-obeys", "VerifyFailed", "SELECT `\u{1b}[2K\u{202e}` FROM t"),
        Attack::by_spec("large", "Planned", large_spec()),
        Attack::by_spec("nested", "InvalidSpec", nested_ddl()),
        Attack::by_spec("comment", "InSync", table(&format!(", comment: \"{OBEYED}\""))),
        Attack::by_spec("type", "InvalidSpec", table("").replace("int", &format!("\"{OBEYED}\""))),
        Attack::by_spec("default", "InvalidSpec", table(&format!(", default: {{expression: \"{OBEYED}\"}}"))),
    ]
}
