CREATE INDEX ix ON user (email);
CREATE INDEX ix ON user (email);
