-- A company in the shape of the sample database employees: composite keys, dates, partitions, views.
CREATE TABLE employees (
  emp_no int NOT NULL, birth_date date NOT NULL, first_name varchar(14) NOT NULL, last_name varchar(16) NOT NULL,
  gender enum('M','F') NOT NULL, hire_date date NOT NULL, PRIMARY KEY (emp_no)
);
CREATE TABLE departments (
  dept_no char(4) NOT NULL, dept_name varchar(40) NOT NULL, PRIMARY KEY (dept_no), UNIQUE KEY dept_name (dept_name)
);
CREATE TABLE dept_manager (
  emp_no int NOT NULL, dept_no char(4) NOT NULL, from_date date NOT NULL, to_date date NOT NULL,
  FOREIGN KEY (emp_no) REFERENCES employees (emp_no) ON DELETE CASCADE,
  FOREIGN KEY (dept_no) REFERENCES departments (dept_no) ON DELETE CASCADE, PRIMARY KEY (emp_no, dept_no)
);
CREATE TABLE dept_emp (
  emp_no int NOT NULL, dept_no char(4) NOT NULL, from_date date NOT NULL, to_date date NOT NULL,
  FOREIGN KEY (emp_no) REFERENCES employees (emp_no) ON DELETE CASCADE,
  FOREIGN KEY (dept_no) REFERENCES departments (dept_no) ON DELETE CASCADE, PRIMARY KEY (emp_no, dept_no)
);
CREATE TABLE titles (
  emp_no int NOT NULL, title varchar(50) NOT NULL, from_date date NOT NULL, to_date date, KEY (emp_no), PRIMARY KEY (emp_no, title, from_date)
)
PARTITION BY RANGE COLUMNS (from_date) (
  PARTITION p01 VALUES LESS THAN ('1985-12-31'), PARTITION p02 VALUES LESS THAN ('1995-12-31'), PARTITION p03 VALUES LESS THAN (MAXVALUE)
);
CREATE TABLE salaries (
  emp_no int NOT NULL, salary int NOT NULL, from_date date NOT NULL, to_date date NOT NULL, KEY (emp_no), PRIMARY KEY (emp_no, from_date)
)
PARTITION BY RANGE (YEAR(from_date)) (
  PARTITION p85 VALUES LESS THAN (1985), PARTITION p86 VALUES LESS THAN (1986), PARTITION p87 VALUES LESS THAN (1987), PARTITION pmax VALUES LESS THAN MAXVALUE
);
CREATE TABLE badges (badge char(8) NOT NULL, emp_no int NOT NULL, region tinyint NOT NULL, PRIMARY KEY (badge, region))
PARTITION BY LIST (region) (PARTITION emea VALUES IN (1, 2, 3), PARTITION apac VALUES IN (4, 5));
CREATE TABLE logins (emp_no int NOT NULL, at datetime(6) NOT NULL, PRIMARY KEY (emp_no, at)) PARTITION BY HASH (emp_no) PARTITIONS 4;
CREATE TABLE sessions (id binary(16) NOT NULL, emp_no int NOT NULL, PRIMARY KEY (id)) PARTITION BY KEY (id) PARTITIONS 3;
CREATE VIEW dept_emp_latest_date AS SELECT emp_no, MAX(from_date) AS from_date, MAX(to_date) AS to_date FROM dept_emp GROUP BY emp_no;
CREATE VIEW current_dept_emp AS SELECT l.emp_no, d.dept_no, l.from_date, l.to_date FROM dept_emp d
  JOIN dept_emp_latest_date l ON d.emp_no = l.emp_no AND d.from_date = l.from_date AND l.to_date = d.to_date;
