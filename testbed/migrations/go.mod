// golang-migrate with its driver of MySQL alone, built from its published module.
module schema-operator/testbed/migrations

go 1.25.11

require github.com/golang-migrate/migrate/v4 v4.20.1
