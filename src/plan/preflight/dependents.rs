//! What else of a table has to hold when the values of a column change: its unique keys, its checks, and the columns that
//! are computed from it.

use super::key::ask_for_duplicates_of;
use super::step_questions::StepQuestions;
use crate::plan::change::{Change, TypeChange, type_change};
use crate::schema::{Column, DataType, Dialect, Expression, Identifier, IndexKind, KeyPart, KeyTarget, Storage};

/// Asks whether the live unique keys, checks and generated columns over a column hold with its new definition.
pub fn ask_for_dependents(questions: &mut StepQuestions<'_>, change: &Change, from: &Column, to: &Column) {
    if !changes_comparison(from, to, questions.step.dialect) {
        return;
    }
    let before = questions.before;
    let Some(live) = questions.future.live(&from.name) else { return };
    let name = &live.name;
    let unique =
        before.indexes.iter().filter(|index| index.kind == IndexKind::Unique && !questions.replaces(&index.name));
    let unique = unique.map(|index| (format!("index {}.{}", before.name, index.name), &index.parts));
    let primary = before.primary_key.iter().filter(|_| !questions.replaces_primary_key());
    let primary = primary.map(|key| (format!("primary key of {}", before.name), &key.parts));
    let keys: Vec<(String, &Vec<KeyPart>)> = primary.chain(unique).collect();
    for (object, parts) in keys.into_iter().filter(|(_, parts)| parts.iter().any(|part| uses(part, name))) {
        let object = format!("{} in {object}", change.object(&questions.step.table));
        ask_for_duplicates_of(questions, change, &object, &renamed(questions, parts));
    }
    for check in before.checks.iter().filter(|check| check.enforced && check.expression.names_column(name)) {
        questions.leave_open(format!(
            "whether all rows pass check {}.{} when {} is {}",
            before.name, check.name, to.name, to.data_type
        ));
    }
    for other in before.columns.iter().filter(|other| other.name != *name) {
        let names = |expression: &Expression| expression.names_column(name);
        let is_stored = other
            .generated()
            .is_some_and(|generated| generated.storage == Storage::Stored && names(&generated.expression));
        if is_stored || other.check.as_ref().is_some_and(names) {
            questions.leave_open(format!(
                "whether each value of {}.{} fits when {} is {}",
                before.name, other.name, to.name, to.data_type
            ));
        }
    }
}

/// Whether two values that differ now may be equal then, or compare otherwise with another value.
fn changes_comparison(from: &Column, to: &Column, dialect: Dialect) -> bool {
    let is_members = matches!(from.data_type, DataType::Enum(_) | DataType::Set(_));
    let of_type = match type_change(from, to, dialect) {
        TypeChange::None | TypeChange::Dictionary | TypeChange::Appended => false,
        TypeChange::Wider => is_members,
        TypeChange::Narrower | TypeChange::Family => true,
    };
    of_type || from.charset != to.charset || from.collation != to.collation
}

fn uses(part: &KeyPart, column: &Identifier) -> bool {
    match &part.target {
        KeyTarget::Column { name, .. } => name.matches(column),
        KeyTarget::Expression(expression) => expression.names_column(column),
    }
}

/// Returns the parts with the names that their columns will have.
fn renamed(questions: &StepQuestions<'_>, parts: &[KeyPart]) -> Vec<KeyPart> {
    let new = |name: &Identifier| questions.future.new_name(name).clone();
    let part = |part: &KeyPart| match &part.target {
        KeyTarget::Column { name, prefix } => {
            KeyPart { target: KeyTarget::Column { name: new(name), prefix: *prefix }, ..part.clone() }
        }
        KeyTarget::Expression(_) => part.clone(),
    };
    parts.iter().map(part).collect()
}
