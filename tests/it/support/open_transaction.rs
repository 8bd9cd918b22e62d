//! A transaction that stays open, so that a change of its table waits.

use schema_operator::mysql::Session;

/// A session whose transaction has read a table. It holds the table's metadata lock until it ends.
pub struct OpenTransaction(Session);

impl OpenTransaction {
    /// Begins a transaction with a query, on a session of the test's.
    pub async fn begin(mut session: Session, query: &str) -> Self {
        let sql = format!("START TRANSACTION; {query}");
        session.batch("a test's transaction", &sql).await.expect(query);
        Self(session)
    }

    /// Returns the id of its connection.
    pub fn connection(&self) -> u64 {
        self.0.id
    }

    /// Ends the transaction.
    pub async fn commit(mut self) {
        self.0.batch("a test's transaction", "COMMIT").await.expect("the transaction is still open");
    }
}
