//! Runs `kubectl schema chain`: reads a folder of migrations, and says whether their chain is whole.

mod fault;
mod folder;
#[cfg(test)]
mod golden;
mod markdown;
mod revision_table;
mod text;
mod view;

use std::path::{Path, PathBuf};

use super::arguments::{ChainArguments, ChainFormat};
use super::outcome::{CliError, Outcome};
use super::output::{print, report};
use crate::chain::{Chain, Source, Tool, find};
pub use fault::ChainError;
use folder::FolderOnDisk;
use view::ChainView;

/// What was read, for printing.
struct ReadChain {
    chain: Chain,
    view: ChainView,
}

/// Reads the folder and prints its chain.
///
/// # Errors
/// The folder can't be read, or holds no migrations.
pub async fn run(arguments: &ChainArguments) -> Result<Outcome, CliError> {
    let (path, tool) = (arguments.folder.clone(), arguments.tool.map(Into::into));
    let read = tokio::task::spawn_blocking(move || {
        read_chain(&path, tool, &prefix(&path)).map_err(|error| of_folder(&path, error))
    });
    let ReadChain { chain, view } = read.await.map_err(CliError::Task)??;
    let outcome = if view.findings.is_empty() { Outcome::Done } else { Outcome::ToDo };
    if arguments.spec {
        let yaml = revision_table::yaml(&chain);
        for finding in &view.findings {
            report(&format!("{}: {}", finding.at(), finding.message));
        }
        print(&yaml.map_err(|error| of_folder(&arguments.folder, error.into()))?)?;
        return Ok(outcome);
    }
    print(&match arguments.output {
        ChainFormat::Text => text::render(&view),
        ChainFormat::Json => format!("{}\n", serde_json::to_string_pretty(&view)?),
        ChainFormat::Markdown => markdown::render(&view),
    })?;
    Ok(outcome)
}

fn of_folder(path: &Path, error: ChainError) -> CliError {
    CliError::Chain { path: PathBuf::from(path), error: Box::new(error) }
}

/// Returns what stands before the paths of files, so that they are as a person would name them.
fn prefix(path: &Path) -> String {
    let path = path.to_string_lossy();
    match path.trim_end_matches('/').trim_start_matches("./") {
        "" if path.starts_with('/') => "/".to_owned(),
        "" | "." => String::new(),
        path => format!("{path}/"),
    }
}

fn read_chain(path: &Path, tool: Option<Tool>, prefix: &str) -> Result<ReadChain, ChainError> {
    let folder = FolderOnDisk::list(path)?;
    let layout = find(folder.view(), tool)?;
    let files = folder.read(&layout.files)?;
    let source = Source { tool: layout.tool, is_tool_given: tool.is_some(), folder_name: folder.name(), files: &files };
    let chain = Chain::read(source)?;
    let view = ChainView::of(&chain, &layout.folders, prefix);
    Ok(ReadChain { chain, view })
}
