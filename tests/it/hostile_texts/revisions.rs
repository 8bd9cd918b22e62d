//! Texts as names and rows of a migration tool's table, and as what a chain says: each is read as what it is.

use schema_operator::schema::{Identifier, quote_literal};
use serde_json::json;

use super::{Target, is_in, name, taken};

/// Reads a table with each text as its name, its row and an app of Django's. Returns what is wrong.
pub async fn try_all(target: &Target) -> Vec<String> {
    let mut wrong = Vec::new();
    for text in taken::texts(&target.database, target.charset) {
        // Names are stored in utf8mb3 everywhere.
        if let Some(table) = name(&text) {
            wrong.extend(read_table(target, &table).await);
        }
        if is_in(target.charset, &text) {
            wrong.extend(read_app(target, &text).await);
        }
    }
    wrong
}

/// Reads a table of this name, which holds a revision of this name that no chain has.
async fn read_table(target: &Target, table: &Identifier) -> Option<String> {
    let (quoted, row) = (table.quoted(), quote_literal(table.as_str()));
    let columns = "version_num varchar(100) CHARACTER SET utf8mb4 NOT NULL PRIMARY KEY";
    target.sql(&format!("CREATE TABLE {quoted} ({columns}); INSERT INTO {quoted} VALUES ({row})")).await;
    let fields = json!({ "tables": [], "revisionTable": { "alembic": { "chain": ["1"], "table": table.as_str() } } });
    let said = target.apply(target.read(&fields).expect("a name like any other")).await;
    target.sql(&format!("DROP TABLE {quoted}")).await;
    let shown: String = table.as_str().chars().take(60).collect();
    let is_read = said.as_ref().is_err_and(|message| message.contains(&format!("{table} holds {shown}")));
    (!is_read).then(|| format!("table {quoted}: {said:?}"))
}

/// Reads the rows of an app of this name, up to its first dot, where a migration's own name begins.
async fn read_app(target: &Target, text: &str) -> Option<String> {
    let app = text.split('.').next().unwrap_or_default();
    let row = quote_literal(app);
    let columns = "id int AUTO_INCREMENT PRIMARY KEY, app varchar(255) CHARACTER SET utf8mb4, name varchar(255)";
    target.sql(&format!("CREATE TABLE django_migrations ({columns})")).await;
    let insert = format!("INSERT INTO django_migrations (app, name) VALUES ({row}, 'unknown'), ('other', 'unknown')");
    target.sql(&insert).await;
    let fields = json!({ "tables": [], "revisionTable": { "django": { "chain": [format!("{app}.0001_initial")] } } });
    let said = target.apply(target.read(&fields).expect("a revision like any other")).await;
    target.sql("DROP TABLE django_migrations").await;
    let shown: String = format!("{app}.unknown").chars().take(60).collect();
    let is_read = said.as_ref().is_err_and(|message| message.contains(&format!("django_migrations holds {shown}")));
    (!is_read).then(|| format!("app {app:?}: {said:?}"))
}
