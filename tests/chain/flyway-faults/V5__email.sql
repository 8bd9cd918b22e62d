ALTER TABLE `user`
  ADD COLUMN email varchar(120);
CALL upgrade();
