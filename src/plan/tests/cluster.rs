//! The cost of a change on a Galera cluster.

use super::*;

/// Plans a new column, a new index, and the removal of an index.
fn plans(dialect: Dialect) -> Vec<Plan> {
    let by_note = declared_index("by_note", &["note"], IndexKind::Plain);
    let mut indexed = user();
    indexed.indexes.push(index("by_note", &["note"], IndexKind::Plain));
    let schemas = [declared(vec![typed("age", "int")], vec![]), declared(vec![], vec![by_note])];
    let mut plans: Vec<Plan> =
        schemas.iter().map(|schema| plan(schema, &live(dialect, vec![user()])).unwrap()).collect();
    let mut dropped = declared(vec![], vec![]);
    dropped.tables[0].absent.indexes.push(name("by_note"));
    plans.push(plan(&dropped, &live(dialect, vec![indexed])).unwrap());
    plans
}

#[test]
fn a_change_that_takes_more_than_a_moment_holds_up_the_cluster() {
    let clustered = Dialect { clustered: true, ..MARIADB };
    let (alone, on_cluster) = (plans(MARIADB), plans(clustered));
    let expected: [&[Risk]; 3] = [&[], &[Risk::Blocking], &[]];
    for ((alone, on_cluster), risks) in alone.iter().zip(&on_cluster).zip(expected) {
        let (alone, step) = (&alone.steps[0], &on_cluster.steps[0]);
        assert!(alone.risks.is_empty() && !alone.holds_cluster_up(alone.cost), "{alone:?}");
        assert_eq!(step.risks, risks.iter().copied().collect(), "{step:?}");
        assert_eq!(step.holds_cluster_up(step.cost), !risks.is_empty());
        // An approval for a single server does not cover the cluster, though the statement is the same.
        assert_eq!(step.id == alone.id, risks.is_empty());
        assert_eq!(step.sql_as_planned(), alone.sql_as_planned());
    }
}

#[test]
fn a_dearer_algorithm_holds_up_the_cluster_too() {
    let clustered = Dialect { clustered: true, ..MARIADB };
    let plan = plans(clustered).remove(0);
    let dearer = plan.at_costs(&name("app"), std::iter::once(Some(Cost::IN_PLACE)));
    assert_eq!(dearer.risks(), BTreeSet::from([Risk::Blocking]));
}
