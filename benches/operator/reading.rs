//! Measures reading and comparing a large database that is in sync: against the bare queries, and against `skeema diff`,
//! which does the same for a folder of CREATE TABLE files. Measures also what the guard adds to the bare queries.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use schema_operator::schema::Identifier;

use crate::environment::BenchEnvironment;
use crate::pass::{BareQueries, pass};
use crate::stats::{median, millis};
use crate::support::Server;
use crate::table::Row;
use crate::{Result, Scale, many_tables};

pub async fn measure(environment: &BenchEnvironment, scale: Scale) -> Result<Vec<Row>> {
    let tables = scale.of(1000, 100);
    let database = Identifier::new(environment.database("many"))?;
    many_tables::create(environment, &database, tables).await;
    let bare = against_bare_queries(environment, &database, tables, scale.of(31, 5)).await?;
    let commands = Commands::new(environment, &database)?;
    let skeema = commands.measure(tables, scale.of(3, 1));
    std::fs::remove_dir_all(&commands.folder)?;
    Ok(bare.into_iter().chain([skeema?]).collect())
}

async fn against_bare_queries(
    environment: &BenchEnvironment,
    database: &Identifier,
    tables: usize,
    rounds: usize,
) -> Result<[Row; 2]> {
    let declared = many_tables::declaration(database, tables, false)?;
    let login = environment.server.login();
    let mut session = environment.server.session().await;
    let mut bare = BareQueries::connect(&login, database, session.dialect).await?;
    let mut guarded = BareQueries::connect_guarded(&login, database, session.dialect).await?;
    // Once each beforehand: the first one fills the server's caches.
    bare.run().await?;
    guarded.run().await?;
    pass(&mut session, database, &declared, 0).await?;
    let (mut bare_times, mut guarded_times, mut shares) = (vec![], vec![], vec![]);
    let (mut read_times, mut compare_times, mut whole_times) = (vec![], vec![], vec![]);
    for _ in 0..rounds {
        let (without, with) = (bare.run().await?, guarded.run().await?);
        bare_times.push(without);
        guarded_times.push(with);
        shares.push(with / without);
        let pass = pass(&mut session, database, &declared, 0).await?;
        read_times.push(pass.read);
        compare_times.push(pass.compare);
        whole_times.push(pass.whole());
    }
    let (server, of) = (environment.server, format!("{tables} tables x 8 columns"));
    let (bare, guarded) = (median(&bare_times), median(&guarded_times));
    let (read, compare) = (median(&read_times), median(&compare_times));
    let whole = Row::at_most("read and compare against bare queries", server, median(&whole_times) / bare, 2.0, "");
    let guard = Row::at_most("bare queries through the guard against without", server, median(&shares), 1.03, "");
    Ok([
        whole.with_detail(format!("{of}: {read:.0} + {compare:.1} ms to {bare:.0} ms, medians of {rounds}")),
        guard.with_detail(format!("{of}: {guarded:.1} ms to {bare:.1} ms, medians of {rounds}")),
    ])
}

/// The two commands as a person runs them, each on the files that it exported itself.
struct Commands {
    server: Server,
    database: String,
    /// Holds `skeema/`, `schema.yaml`, and skeema's home.
    folder: PathBuf,
}

impl Commands {
    fn new(environment: &BenchEnvironment, database: &Identifier) -> Result<Self> {
        let commands = Self {
            server: environment.server,
            database: database.to_string(),
            folder: std::env::temp_dir().join(database.as_str()),
        };
        std::fs::create_dir(&commands.folder)?;
        Ok(commands)
    }

    fn measure(&self, tables: usize, rounds: usize) -> Result<Row> {
        let server = ["--host", &self.server.value("HOST"), "--port", &self.server.value("PORT")].map(str::to_owned);
        let login = ["--user".to_owned(), self.server.value("USER"), "--schema".to_owned(), self.database.clone()];
        run(self.skeema(&self.folder).args(["init", "--dir", "skeema"]).args(server).args(login))?;
        let file = self.folder.join("schema.yaml");
        run(self.kubectl_schema().arg("export").stdout(std::fs::File::create(&file)?))?;
        let (mut skeema_times, mut own_times) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            own_times.push(run(self.kubectl_schema().arg("plan").arg("-f").arg(&file))?);
            skeema_times.push(run(self.skeema(&self.folder.join("skeema")).arg("diff"))?);
        }
        let (skeema, own) = (median(&skeema_times), median(&own_times));
        let row = Row::at_least("skeema diff against kubectl schema plan", self.server, skeema / own, 20.0, "");
        Ok(row.with_detail(format!(
            "{tables} tables x 8 columns, nothing to do: {skeema:.0} ms to {own:.0} ms, medians of {rounds}"
        )))
    }

    fn skeema(&self, folder: &Path) -> Command {
        let mut command = Command::new("skeema");
        // A file of the user's own would be read from the home.
        command.current_dir(folder).env("HOME", &self.folder).env("MYSQL_PWD", self.server.value("PASSWORD"));
        command.stdout(Stdio::null());
        command
    }

    fn kubectl_schema(&self) -> Command {
        let [user, password, host, port] = ["USER", "PASSWORD", "HOST", "PORT"].map(|name| self.server.value(name));
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-schema"));
        command.env("DATABASE_URL", format!("mysql://{user}:{password}@{host}:{port}/{}", self.database));
        command.stdout(Stdio::null());
        command
    }
}

/// Runs a command that has to find nothing to do. Returns the milliseconds.
fn run(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output();
    let took = millis(began.elapsed());
    let program = command.get_program().to_string_lossy().into_owned();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(took);
    }
    let message = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}: {}", output.status, message.lines().last().unwrap_or_default()).into())
}
