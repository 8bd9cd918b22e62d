//! Expressions of a contract that are not provably those that are live under the same name. Only the server can tell
//! whether they mean the same: by what becomes of the live one when it is made so.

use super::place::{ObjectRef, TableObject};
use super::requirement::unmet;
use crate::schema::{DeclaredCheck, DeclaredColumn, DeclaredSchema, DeclaredTable, Expression, Generation, Schema};

/// A required expression, and the live one that may be the same in another spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionProbe {
    pub place: ObjectRef,
    pub live: Expression,
    /// The declaration of just this expression in place of the live one.
    pub probe: DeclaredSchema,
}

/// All of `required` that stand under the name of another expression in `live`.
pub fn expression_probes(required: &DeclaredSchema, live: &Schema) -> Vec<ExpressionProbe> {
    let of_expressions = unmet(required, live).into_iter().filter(|unmet| unmet.attribute.is_expression());
    of_expressions.filter_map(|unmet| spelling(required, live, unmet.place)).collect()
}

fn spelling(required: &DeclaredSchema, live: &Schema, place: ObjectRef) -> Option<ExpressionProbe> {
    let required = required.tables.iter().find(|table| table.name == place.table)?;
    let table = live.table(&place.table)?;
    let mut probe = DeclaredTable::named(table.name.clone());
    let live = match &place.object {
        TableObject::Check(name) => {
            let live = table.check(name)?;
            let expression = required.checks.iter().find(|check| check.name == *name)?.expression.clone();
            probe.checks = vec![DeclaredCheck { name: live.name.clone(), expression, enforced: None }];
            live.expression.clone()
        }
        TableObject::Column(name) => {
            let required = required.columns.iter().find(|column| column.name == *name)?;
            let live = table.column(name)?;
            let column = DeclaredColumn::named(live.name.clone());
            let (column, expression) = match (&required.generated, live.generated()) {
                (Some(required), Some(live)) => {
                    let generated = Generation { expression: required.expression.clone(), storage: live.storage };
                    (DeclaredColumn { generated: Some(generated), ..column }, live.expression.clone())
                }
                _ => (DeclaredColumn { check: required.check.clone(), ..column }, live.check.clone()?),
            };
            probe.columns = vec![column];
            expression
        }
        _ => return None,
    };
    Some(ExpressionProbe { place, live, probe: DeclaredSchema { tables: vec![probe], absent_tables: Vec::new() } })
}
