//! Properties of every plan.

use proptest::prelude::*;

use super::*;

fn any_column() -> impl Strategy<Value = Column> {
    let types =
        prop::sample::select(vec!["int", "bigint unsigned", "varchar(50)", "datetime(3)", "decimal(10,2)", "text"]);
    (types, any::<bool>(), prop::option::of("[a-z']{0,5}"), "[a-z ]{0,5}", any::<bool>(), 0_u8..4).prop_map(
        |(data_type, nullable, value, comment, visible, fill)| {
            let mut column = Column { nullable, comment, visible, ..column("c", data_type) };
            match (fill, value) {
                (0, Some(value)) if column.data_type.is_character() => {
                    column.fill = Fill::Default(ColumnDefault::Value(value));
                }
                (1, _) if column.data_type.is_temporal_with_now() => {
                    column.fill = Fill::Default(ColumnDefault::Expression(Expression::current_timestamp(3)));
                    column.on_update_now = nullable;
                }
                _ => {}
            }
            column
        },
    )
}

/// Leaves out the collation, unless both columns are text.
fn for_both(mask: [bool; 7], now: &Column, wanted: &Column) -> [bool; 7] {
    let [data_type, nullable, default, on_update, comment, visible, collation] = mask;
    let is_text = now.data_type.is_character() && wanted.data_type.is_character();
    [data_type, nullable, default, on_update, comment, visible, collation && is_text]
}

/// Declares the attributes of a column that the mask selects.
fn partly(column: &Column, mask: [bool; 7]) -> DeclaredColumn {
    let [data_type, nullable, default, on_update, comment, visible, collation] = mask;
    DeclaredColumn {
        data_type: data_type.then(|| column.data_type.clone()),
        nullable: nullable.then_some(column.nullable),
        default: match &column.fill {
            Fill::Default(value) if default => Some(value.clone()),
            _ => None,
        },
        on_update_now: on_update.then_some(column.on_update_now),
        comment: comment.then(|| column.comment.clone()),
        visible: visible.then_some(column.visible),
        collation: column.collation.clone().filter(|_| collation),
        ..declared_column(column.name.as_str())
    }
}

proptest! {
    #[test]
    fn a_live_column_plans_nothing_when_it_is_declared(column in any_column(), mask: [bool; 7]) {
        let mut table = user();
        table.columns.push(column.clone());
        for dialect in [MYSQL, MARIADB] {
            let mask = for_both(mask, &column, &column);
            let plan = plan(&declared(vec![partly(&column, mask)], vec![]), &live(dialect, vec![table.clone()]));
            prop_assert!(plan.unwrap().is_empty());
        }
    }

    /// You own what you declare: the target has each declared attribute, and every other one as it is live.
    #[test]
    fn no_undeclared_attribute_changes(now in any_column(), wanted in any_column(), mask: [bool; 7]) {
        let mut table = user();
        table.columns.push(now.clone());
        let partial = partly(&wanted, for_both(mask, &now, &wanted));
        let schema = declared(vec![partial.clone()], vec![]);
        let targets = target(&schema, &live(MYSQL, vec![table.clone()])).unwrap();
        prop_assert_eq!(&targets.tables[0].table.columns[..3], &table.columns[..3]);
        let got = &targets.tables[0].table.columns[3];
        prop_assert_eq!(got.nullable, partial.nullable.unwrap_or(now.nullable));
        prop_assert_eq!(&got.comment, partial.comment.as_ref().unwrap_or(&now.comment));
        prop_assert_eq!(got.visible, partial.visible.unwrap_or(now.visible));
        prop_assert_eq!(&got.data_type, partial.data_type.as_ref().unwrap_or(&now.data_type));
        if let Some(default) = &partial.default {
            prop_assert_eq!(&got.fill, &Fill::Default(default.clone()));
        } else if partial.data_type.is_none() {
            prop_assert_eq!(&got.fill, &now.fill);
        }
    }

    /// Every step has a statement for both servers, and so has its undo.
    #[test]
    fn every_plan_can_be_written(now in any_column(), wanted in any_column(), mask: [bool; 7]) {
        let mut table = user();
        let mask = for_both(mask, &now, &wanted);
        table.columns.push(now);
        for dialect in [MYSQL, MARIADB] {
            let plan = plan(&declared(vec![partly(&wanted, mask)], vec![]), &live(dialect, vec![table.clone()])).unwrap();
            for step in &plan.steps {
                prop_assert!(step.sql().starts_with("ALTER TABLE `user` "));
                prop_assert!(step.undo().is_some());
                prop_assert!(!step.object().is_empty());
            }
        }
    }
}
