-- A digest of the rows of `user` when todobox broke: every column that existed then, every row, in order.
SET SESSION group_concat_max_len = 100000000;
SELECT
  COUNT(*) AS people,
  SHA2(GROUP_CONCAT(CONCAT_WS(',', id, QUOTE(username), QUOTE(email), QUOTE(fullname), QUOTE(password_hash),
    QUOTE(oauth_provider), QUOTE(oauth_id)) ORDER BY id), 256) AS digest
FROM user;
